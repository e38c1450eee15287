"""Attributes, work and parameters of valid layers."""

from __future__ import annotations

import numpy as np
import pytest

from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators import find_operator, known_operators
from support.tflite_builder import NetworkBuilder


def _only_layer(net: NetworkBuilder, *inputs: int) -> LayerView:
    graph = net.finish(inputs, [graph_output(net)])
    return graph.view(graph.layers[0])


def graph_output(net: NetworkBuilder) -> int:
    return net.finish([], []).layers[0].outputs[0]


def _convolution() -> LayerView:
    net = NetworkBuilder()
    source = net.activation((1, 5, 4, 4), "int8", scale=0.5, zero_point=-3)
    weights = net.constant(np.zeros((6, 3, 2, 2), np.int8), scales=[0.25] * 6)
    bias = net.constant(np.zeros(6, np.int32))
    output = net.activation((1, 3, 2, 6), "int8", scale=1.0, zero_point=7)
    net.layer(
        "CONV_2D",
        [source, weights, bias],
        [output],
        padding="SAME",
        stride_h=2,
        stride_w=2,
        dilation_h_factor=1,
        dilation_w_factor=1,
        fused_activation_function="RELU",
    )
    return _only_layer(net, source)


@pytest.mark.parametrize("name", known_operators())
def test_known_operator(name: str) -> None:
    operator = find_operator(name)
    assert operator is not None
    assert operator.name == name
    assert operator.input_names
    assert all(position < len(operator.input_names) for position in operator.folded_inputs)


@pytest.mark.parametrize("name", ["WINDOWS", "BASE", "__INIT__", "LSTM", "TENSORS", "TABLE"])
def test_unknown_operators(name: str) -> None:
    assert find_operator(name) is None


def test_convolution() -> None:
    view, operator = _convolution(), find_operator("CONV_2D")
    assert operator is not None
    assert operator.check(view) == []
    assert operator.number_type(view) == "int8"
    assert operator.macs(view) == 3 * 2 * 6 * 3 * 2 * 2
    geometry = {
        "input_height": 5,
        "input_width": 4,
        "input_channels": 4,
        "filter_height": 3,
        "filter_width": 2,
        "output_height": 3,
        "output_width": 2,
        "output_channels": 6,
        "stride_height": 2,
        "stride_width": 2,
        "dilation_height": 1,
        "dilation_width": 1,
        "padding_top": 1,
        "padding_left": 0,
    }
    far = {"padding_bottom": 1, "padding_right": 0}
    assert operator.attributes(view) == {**geometry, **far, "groups": 2, "per_channel": 1, "has_bias": 1}
    assert operator.parameters(view) == CStruct(
        "tinyml_conv_2d_int8_params",
        {
            **geometry,
            "groups": 2,
            "input_offset": 3,
            "output_offset": 7,
            "activation_min": 7,
            "activation_max": 127,
            "multiplier": CArray("int32_t", (1 << 30,) * 6),
            "shift": CArray("int32_t", (-2,) * 6),
        },
    )


def test_one_scale_of_a_convolution_counts_for_all_channels() -> None:
    net = NetworkBuilder()
    source = net.activation((1, 1, 1, 3), "int8", scale=0.5)
    weights = net.constant(np.zeros((1, 1, 1, 3), np.int8), scales=[0.25], axis=3)
    output = net.activation((1, 1, 1, 3), "int8", scale=1.0)
    options = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    net.layer(
        "DEPTHWISE_CONV_2D",
        [source, weights],
        [output],
        padding="VALID",
        depth_multiplier=1,
        fused_activation_function="NONE",
        **options,
    )
    view, operator = _only_layer(net, source), find_operator("DEPTHWISE_CONV_2D")
    assert operator is not None
    assert operator.check(view) == []
    assert operator.attributes(view)["per_channel"] == 0
    assert operator.attributes(view)["has_bias"] == 0
    assert operator.parameters(view).fields["shift"] == CArray("int32_t", (-2, -2, -2))


def test_hybrid_layers_have_no_type() -> None:
    net = NetworkBuilder()
    source = net.activation((1, 4), "float32")
    weights = net.constant(np.zeros((2, 4), np.int8), scales=[0.5])
    net.layer(
        "FULLY_CONNECTED",
        [source, weights, None],
        [net.activation((1, 2), "float32")],
        fused_activation_function="NONE",
        weights_format="DEFAULT",
        keep_num_dims=False,
    )
    view, operator = _only_layer(net, source), find_operator("FULLY_CONNECTED")
    assert operator is not None
    assert operator.check(view) == []
    assert operator.number_type(view) is None
    assert operator.macs(view) == 8
