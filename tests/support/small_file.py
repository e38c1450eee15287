"""A small `.tflite` file that tests of the reader change and damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scons_tinyml.stages.graph.ir import Graph
from support.tflite_builder import NetworkBuilder, to_tflite


def small_network() -> Graph:
    """FULLY_CONNECTED without a bias, per channel, then SOFTMAX."""
    net = NetworkBuilder("small")
    x = net.activation((1, 4), "int8", scale=0.5, zero_point=3)
    weights = net.constant(np.arange(12, dtype=np.int8).reshape(3, 4), scales=(0.1, 0.2, 0.3))
    y = net.activation((1, 3), "int8", scale=0.25)
    z = net.activation((1, 3), "int8", scale=1 / 256, zero_point=-128)
    net.layer(
        "FULLY_CONNECTED",
        [x, weights, None],
        [y],
        fused_activation_function="RELU6",
        weights_format="DEFAULT",
        keep_num_dims=True,
    )
    net.layer("SOFTMAX", [y], [z], beta=1.5)
    return net.finish([x], [z])


SMALL = to_tflite(small_network())


def write(folder: Path, data: bytes) -> Path:
    """Write `data` to a file in `folder` and return its path."""
    path = folder / "small.tflite"
    path.write_bytes(data)
    return path
