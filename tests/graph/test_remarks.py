"""Remarks on a valid network: each kind is named with its layer and with what to do, and a good network has none."""

from __future__ import annotations

import numpy as np

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.remarks import remarks
from support.networks import small_int8
from support.tflite_builder import NetworkBuilder

POOL = {"padding": "VALID", "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}


def channels_first(order: tuple[int, ...], shape: tuple[int, ...]) -> Graph:
    net = NetworkBuilder()
    source = net.activation(shape, "float32")
    moved = net.activation([shape[axis] for axis in order], "float32")
    output = net.activation((1, 2, 2, moved and shape[order[3]]), "float32")
    net.layer("TRANSPOSE", [source, net.constant(np.array(order, np.int32))], [moved])
    net.layer("MAX_POOL_2D", [moved], [output], **POOL, fused_activation_function="NONE")
    return net.finish([source], [output])


def test_a_transpose_for_a_window_is_named_with_its_bytes():
    assert remarks(channels_first((0, 2, 3, 1), (1, 3, 4, 4))) == (
        "layer 0 (TRANSPOSE) moves 192 bytes for layer 1 (MAX_POOL_2D), as the channels come first: "
        "convert the network with channels last, as TensorFlow and onnx2tf have them",
    )


def test_a_transpose_that_moves_nothing_is_not_named():
    assert remarks(channels_first((0, 2, 3, 1), (1, 1, 4, 4))) == ()


def test_a_float_layer_between_integers_is_named():
    net = NetworkBuilder()
    source, before, output = (net.activation((1, 4), "int8", scale=0.5) for _ in range(3))
    real, absolute = (net.activation((1, 4), "float32") for _ in range(2))
    net.layer("RELU", [source], [before])
    net.layer("DEQUANTIZE", [before], [real])
    net.layer("ABS", [real], [absolute])
    net.layer("QUANTIZE", [absolute], [output])
    assert remarks(net.finish([source], [output])) == (
        "layer 2 (ABS) computes in float32 between integer layers, which is slow without an FPU and needs conversions: "
        "quantize it too, or use an operator that has an int8 version",
    )


def test_an_output_that_hardly_varies_is_named():
    net = NetworkBuilder()
    source = net.activation((1, 4), "int8", scale=1.0)
    flat, output = (net.activation((1, 4), "int8", scale=scale) for scale in (1e-6, 0.5))
    net.layer("TANH", [source], [flat])
    net.layer("QUANTIZE", [flat], [output])
    assert remarks(net.finish([source], [output])) == (
        "layer 0 (TANH) has an output that hardly varies: it spans 0.00025, the widest activation 2.6e+02: "
        "look at the samples that it was quantized with, and at the training",
    )


def test_a_good_network_has_no_remarks():
    assert remarks(small_int8()) == ()
