from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.kernel import Constraint, Kernel
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.declared import DeclaredKernels
from scons_tinyml.stages.lowering.implementation import Implementation, Lowered
from scons_tinyml.stages.lowering.lower import lower
from support.tflite_builder import NetworkBuilder


def network(filter_type: type = np.int8) -> Graph:
    """FULLY_CONNECTED from 4 to 3 values, then RESHAPE."""
    net = NetworkBuilder()
    x = net.activation((1, 4), "int8", scale=0.5)
    weights = net.constant(np.ones((3, 4), filter_type), scales=(0.1,))
    y, z = (net.activation(shape, "int8", scale=0.25) for shape in ((1, 3), (3,)))
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [x, weights], [y], **options)
    net.layer("RESHAPE", [y], [z])
    return net.finish([x], [z])


def kernel(name: str = "set/any", **changes: Any) -> Kernel:
    fields = {
        "name": name,
        "operator": "FULLY_CONNECTED",
        "type": "int8",
        "function": "tinyml_" + name.replace("/", "_"),
        "description": "",
        "sources": ("any.c",),
    }
    return Kernel(**{**fields, **changes})


def reasons(
    graph: Graph, *kernels: Kernel, features: tuple[Any, ...] = ()
) -> list[tuple[str, int, str | None]]:
    found = lowered(graph, *kernels, features=features)
    assert list(found) == [0], "the RESHAPE runs nothing"
    return [
        (item.name, item.scratch_bytes, None)
        if isinstance(item, Implementation)
        else (item.name, 0, item.reason)
        for item in found[0]
    ]


def lowered(graph: Graph, *kernels: Kernel, features: tuple[Any, ...] = ()) -> dict[int, tuple[Lowered, ...]]:
    return lower(graph, [DeclaredKernels(kernels)], Core("cortex-m4", frozenset(features)))


def test_each_kernel_of_the_operator_is_judged_and_others_are_left_out() -> None:
    assert reasons(
        network(),
        kernel("set/plain"),
        kernel("set/other", operator="CONV_2D"),
        kernel("set/float", type="float32"),
        kernel("set/scratch", scratch_bytes="2 * input_size + (100 if dsp else 0)"),
        kernel("set/dsp", requires=("fpu", "dsp")),
        kernel(
            "set/wide",
            constraints=(
                Constraint(require="input_size >= 1", reason="never"),
                Constraint(require="input_size % 16 == 0", reason="inputs come in groups of 16"),
            ),
        ),
    ) == [
        ("set/plain", 0, None),
        ("set/float", 0, "is for float32, the layer is int8"),
        ("set/scratch", 8, None),
        ("set/dsp", 0, "needs fpu and dsp, which the core does not have"),
        ("set/wide", 0, "inputs come in groups of 16"),
    ]


def test_features_of_the_core_are_names_in_expressions() -> None:
    found = reasons(
        network(),
        kernel("set/a", scratch_bytes="2 * input_size + (100 if dsp else 0)"),
        kernel("set/b", requires=("dsp",)),
        features=("dsp",),
    )
    assert found == [("set/a", 108, None), ("set/b", 0, None)]


def test_mixed_types_have_no_kernel() -> None:
    assert reasons(network(np.float32), kernel()) == [
        ("set/any", 0, "is for int8, the layer's tensors are not")
    ]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("-1", "kernels/set/any.toml: scratch_bytes: '-1' is -1, expected 0 or more"),
        ("4 // (rows - 1)", "kernels/set/any.toml: scratch_bytes: '4 // (rows - 1)': 4 is divided by 0"),
    ],
)
def test_wrong_declarations(expression: str, message: str) -> None:
    with pytest.raises(RecordError) as caught:
        lowered(network(), kernel(scratch_bytes=expression))
    assert str(caught.value) == message


def test_unknown_name_in_a_constraint() -> None:
    wrong = kernel(constraints=(Constraint(require="input_sise == 4", reason=""),))
    with pytest.raises(
        RecordError, match=r"constraints\.0\.require: .* unknown name 'input_sise'; did you mean"
    ):
        lowered(network(), wrong)
