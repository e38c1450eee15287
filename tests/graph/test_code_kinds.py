"""Kinds of code that layers are."""

from __future__ import annotations

import numpy as np
import pytest

from scons_tinyml.records.code_kind import CodeKind
from scons_tinyml.stages.graph.code_kinds import code_kind
from scons_tinyml.stages.graph.ir import Graph
from support.tflite_builder import NetworkBuilder


def dense(type_name: str = "int8", rows: int = 1) -> Graph:
    """A product of `rows` of four values and a constant matrix."""
    net = NetworkBuilder()
    scale = {} if type_name == "float32" else {"scale": 0.5}
    x, y = net.activation((rows, 4), type_name, **scale), net.activation((rows, 3), type_name, **scale)
    weights = net.constant(np.ones((3, 4), type_name), scales=[] if type_name == "float32" else [0.5])
    net.layer("FULLY_CONNECTED", [x, weights, None], [y], fused_activation_function="NONE", **DENSE)
    return net.finish([x], [y])


DENSE = {"weights_format": "DEFAULT", "keep_num_dims": False}


def softmax(type_name: str) -> Graph:
    net = NetworkBuilder()
    scales = ({}, {}) if type_name == "float32" else ({"scale": 0.5}, {"scale": 1 / 256, "zero_point": -128})
    x, y = (net.activation((1, 4), type_name, **scale) for scale in scales)
    net.layer("SOFTMAX", [x], [y], beta=1.0)
    return net.finish([x], [y])


@pytest.mark.parametrize(
    ("graph", "in_flash", "in_ram"),
    [
        (dense(), CodeKind.READ_ONCE, CodeKind.RAM),
        (dense(rows=2), CodeKind.INTEGER, CodeKind.RAM),
        (dense("float32"), CodeKind.FLOAT, CodeKind.FLOAT),
        (softmax("int8"), CodeKind.INTEGER, CodeKind.INTEGER),
        (softmax("float32"), CodeKind.FLOAT, CodeKind.FLOAT),
    ],
    ids=["each weight once", "each weight twice", "float", "no weights", "no weights, float"],
)
def test_kinds(graph, in_flash, in_ram):
    view = graph.view(graph.layers[0])
    assert code_kind(view, weights_in_ram=False) is in_flash
    assert code_kind(view, weights_in_ram=True) is in_ram
