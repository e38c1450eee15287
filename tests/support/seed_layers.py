"""Layers with the attributes of a row and made-up weights and inputs, to measure a row again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scons_tinyml.costs.rows import CostRow
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.measure.sample import Sample
from support.tflite_builder import NetworkBuilder

Attributes = Mapping[str, int]


def layer_of(row: CostRow) -> Graph:
    """Return a network of one int8 layer. Raises KeyError for an operator that is not in OPERATORS."""
    return _BUILD[row.key.operator](dict(row.key.attributes), np.random.default_rng(1))


def sample_of(graph: Graph) -> Sample:
    """Return a sample with inputs of all values, without expected outputs."""
    random = np.random.default_rng(2)
    (source,), (target,) = graph.inputs, graph.outputs
    data = random.integers(-128, 128, graph.tensors[source].shape).astype(np.int8)
    return Sample((data.tobytes(),), (bytes(graph.tensors[target].size_bytes),))


def _window(a: Attributes) -> dict[str, int | str]:
    padded = any(a[f"padding_{side}"] for side in ("top", "bottom", "left", "right"))
    return {
        "padding": "SAME" if padded else "VALID",
        "stride_h": a["stride_height"],
        "stride_w": a["stride_width"],
        "fused_activation_function": "NONE",
    }


def _convolution(a: Attributes, random: np.random.Generator) -> Graph:
    depthwise = "depth_multiplier" in a
    outputs, taps = a["output_channels"], (a["filter_height"], a["filter_width"])
    shape, axis = ((1, *taps, outputs), 3) if depthwise else ((outputs, *taps, a["input_channels"]), 0)
    net = NetworkBuilder("again")
    source = net.activation((1, a["input_height"], a["input_width"], a["input_channels"]), "int8", scale=0.05)
    scales = random.uniform(0.005, 0.02, outputs if a["per_channel"] else 1).tolist()
    weights = net.constant(random.integers(-127, 128, shape).astype(np.int8), scales=scales, axis=axis)
    bias = net.constant(random.integers(-200, 200, outputs).astype(np.int32))
    target = net.activation((1, a["output_height"], a["output_width"], outputs), "int8", scale=0.5)
    options = {
        "dilation_h_factor": a["dilation_height"],
        "dilation_w_factor": a["dilation_width"],
        **_window(a),
    }
    if depthwise:
        options["depth_multiplier"] = a["depth_multiplier"]
    operator = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    net.layer(operator, [source, weights, bias], [target], **options)
    return net.finish([source], [target])


def _fully_connected(a: Attributes, random: np.random.Generator) -> Graph:
    net = NetworkBuilder("again")
    source = net.activation((a["rows"], a["input_size"]), "int8", scale=0.05)
    values = random.integers(-127, 128, (a["output_size"], a["input_size"])).astype(np.int8)
    matrix = net.constant(values, scales=[0.01])
    bias = net.constant(random.integers(-200, 200, a["output_size"]).astype(np.int32))
    target = net.activation((a["rows"], a["output_size"]), "int8", scale=0.5)
    net.layer(
        "FULLY_CONNECTED",
        [source, matrix, bias],
        [target],
        fused_activation_function="NONE",
        weights_format="DEFAULT",
        keep_num_dims=False,
    )
    return net.finish([source], [target])


def _softmax(a: Attributes, _: np.random.Generator) -> Graph:
    net = NetworkBuilder("again")
    source = net.activation((a["rows"], a["row_size"]), "int8", scale=0.1)
    target = net.activation((a["rows"], a["row_size"]), "int8", scale=1 / 256, zero_point=-128)
    net.layer("SOFTMAX", [source], [target], beta=1.0)
    return net.finish([source], [target])


def _average_pool(a: Attributes, _: np.random.Generator) -> Graph:
    net = NetworkBuilder("again")
    source = net.activation((1, a["input_height"], a["input_width"], a["channels"]), "int8", scale=0.1)
    target = net.activation((1, a["output_height"], a["output_width"], a["channels"]), "int8", scale=0.1)
    taps = {"filter_height": a["filter_height"], "filter_width": a["filter_width"]}
    net.layer("AVERAGE_POOL_2D", [source], [target], **taps, **_window(a))
    return net.finish([source], [target])


_BUILD = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "FULLY_CONNECTED": _fully_connected,
    "SOFTMAX": _softmax,
    "AVERAGE_POOL_2D": _average_pool,
}

OPERATORS = frozenset(_BUILD)
"""Operators whose layers can be built."""
