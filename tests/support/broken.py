"""Networks that cannot be built; each function is named after the fault."""

from __future__ import annotations

from typing import Any

import numpy as np

from scons_tinyml.stages.graph.ir import Graph, TensorType
from support.control_flow import loop
from support.networks import small_int8
from support.tflite_builder import NetworkBuilder, changed, to_tflite


def small() -> bytes:
    """Return a valid network."""
    return to_tflite(small_int8())


def small_float() -> bytes:
    """Return a valid network of float32 from four values to four."""
    net = NetworkBuilder()
    x, y = (net.activation((1, 4), "float32") for _ in range(2))
    net.layer("SOFTMAX", [x], [y], beta=1.0)
    return to_tflite(net.finish([x], [y]))


def empty() -> bytes:
    return b""


def text() -> bytes:
    return b"This is not a network, whatever its name says.\n"


def pointer() -> bytes:
    """Return what a clone without Git LFS has in place of a large file."""
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 300568\n"


def compiled() -> bytes:
    """Return a network as Vela makes it: one layer of its own operator."""

    def custom(model: Any) -> None:
        (code,) = model.operatorCodes
        code.builtinCode, code.deprecatedBuiltinCode, code.customCode = 32, 32, "ethos-u"
        model.subgraphs[0].operators[0].builtinOptionsType = 0
        model.subgraphs[0].operators[0].builtinOptions = None

    return changed(_softmax((1, 4), "int8"), custom)


def truncated() -> bytes:
    return small()[:1000]


def damaged() -> bytes:
    """Return a file whose root table lies behind its end."""
    return (2**24).to_bytes(4, "little") + small()[4:]


def dynamic_shape() -> bytes:
    def open_size(model: Any) -> None:
        model.subgraphs[0].tensors[0].shapeSignature = [1, -1]

    return changed(_softmax((1, 4), "int8"), open_size)


def unknown_operator() -> bytes:
    net = NetworkBuilder()
    x, y = (net.activation((1, 4), "int8", scale=1 / 128) for _ in range(2))
    net.layer("RFFT2D", [x], [y])
    return to_tflite(net.finish([x], [y]))


def loop_of_unknown_steps() -> bytes:
    return loop(3, counted=False)


def uint8() -> bytes:
    return to_tflite(_softmax((1, 4), "uint8"))


def int16() -> bytes:
    """Return a network with int8 inputs and outputs, and between them an int16 layer without a kernel."""
    net = NetworkBuilder()
    x = net.activation((1, 4), "int8", scale=0.5)
    wide = [net.activation((1, 4), "int16", scale=2**-15) for _ in range(2)]
    y = net.activation((1, 4), "int8", scale=1 / 128)
    net.layer("QUANTIZE", [x], [wide[0]])
    net.layer("LOG_SOFTMAX", [wide[0]], [wide[1]])
    net.layer("QUANTIZE", [wide[1]], [y])
    return to_tflite(net.finish([x], [y]))


def not_a_number() -> bytes:
    net = NetworkBuilder()
    x, y = (net.activation((1, 2), "float32") for _ in range(2))
    weights = net.constant(np.array([[1, np.nan], [0, 1]], np.float32))
    options: dict[str, Any] = {"fused_activation_function": "NONE", "weights_format": "DEFAULT"}
    net.layer("FULLY_CONNECTED", [x, weights, None], [y], keep_num_dims=False, **options)
    return to_tflite(net.finish([x], [y]))


def _softmax(shape: tuple[int, ...], type_name: TensorType) -> Graph:
    net = NetworkBuilder()
    x = net.activation(shape, type_name, scale=0.5)
    y = net.activation(shape, type_name, scale=1 / 256, zero_point=-128 if type_name == "int8" else 0)
    net.layer("SOFTMAX", [x], [y], beta=1.0)
    return net.finish([x], [y])
