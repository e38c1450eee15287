"""The network of a new project: a small int8 classifier with weights that mean nothing.

It has 12 x 12 grey pixels as input and four classes: CONV_2D, AVERAGE_POOL_2D, FULLY_CONNECTED, SOFTMAX. Its bytes are
the same on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from scons_tinyml.stages.graph.tflite.objects import packed
from scons_tinyml.stages.graph.tflite.schema import schema

_CHANNELS, _CLASSES = 8, 4
_INPUT_SCALE, _WEIGHT_SCALE, _SCALE = 1 / 255, 1 / 128, 1 / 32
_LOWEST = -128


def example_network() -> bytes:
    """Return the content of the `.tflite` file. Raises EnvironmentProblem when the schema is not installed."""
    network = _Network()
    image = network.activation((1, 12, 12, 1), _INPUT_SCALE, _LOWEST)
    maps = network.activation((1, 5, 5, _CHANNELS), _SCALE, _LOWEST)
    mean = network.activation((1, 1, 1, _CHANNELS), _SCALE, _LOWEST)
    scores = network.activation((1, _CLASSES), _SCALE, 0)
    classes = network.activation((1, _CLASSES), 1 / 256, _LOWEST)
    t = schema()
    relu = {"fusedActivationFunction": t.ActivationFunctionType.RELU}
    windows = {"padding": t.Padding.VALID, **relu}
    filters = network.weights((_CHANNELS, 3, 3, 1), _INPUT_SCALE)
    network.layer("CONV_2D", "Conv2DOptions", [image, *filters], maps, strideH=2, strideW=2, **windows)
    whole = {"strideH": 1, "strideW": 1, "filterHeight": 5, "filterWidth": 5, "padding": t.Padding.VALID}
    network.layer("AVERAGE_POOL_2D", "Pool2DOptions", [maps], mean, **whole)
    network.layer(
        "FULLY_CONNECTED",
        "FullyConnectedOptions",
        [mean, *network.weights((_CLASSES, _CHANNELS), _SCALE)],
        scores,
    )
    network.layer("SOFTMAX", "SoftmaxOptions", [scores], classes, beta=1.0)
    return network.file(image, classes)


class _Network:
    """The objects of the schema, as they are collected."""

    def __init__(self) -> None:
        self._schema = schema()
        self._model = self._schema.ModelT()
        self._model.version = 3
        self._model.buffers = [self._schema.BufferT()]  # the empty one of tensors without content
        self._model.operatorCodes = []
        self._graph = self._schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []

    def activation(self, shape: Sequence[int], scale: float, zero_point: int) -> int:
        """Add an int8 tensor; return its number."""
        return self._tensor(shape, self._schema.TensorType.INT8, scale, zero_point)

    def weights(self, shape: Sequence[int], input_scale: float) -> tuple[int, int]:
        """Add int8 weights and their bias of zeros, int32; return their numbers."""
        count = 1
        for size in shape:
            count *= size
        content = hashlib.shake_128(str(shape).encode()).digest(count)
        types = self._schema.TensorType
        bias = bytes(4 * shape[0])
        return (
            self._tensor(shape, types.INT8, _WEIGHT_SCALE, 0, content.replace(b"\x80", b"\x81")),
            self._tensor(shape[:1], types.INT32, _WEIGHT_SCALE * input_scale, 0, bias),
        )

    def layer(self, name: str, options: str, inputs: Sequence[int], output: int, **fields: Any) -> None:
        """Add an operator with the `fields` of its options."""
        code, operator = self._schema.OperatorCodeT(), self._schema.OperatorT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(self._schema.BuiltinOperator, name)
        code.version = 1
        operator.opcodeIndex = len(self._model.operatorCodes)
        self._model.operatorCodes.append(code)
        operator.inputs, operator.outputs = list(inputs), [output]
        operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, options)
        operator.builtinOptions = getattr(self._schema, f"{options}T")()
        for field, value in fields.items():
            setattr(operator.builtinOptions, field, value)
        self._graph.operators.append(operator)

    def file(self, first: int, last: int) -> bytes:
        """Return the network from the tensor `first` to `last` as a file."""
        self._graph.inputs, self._graph.outputs = [first], [last]
        self._model.subgraphs = [self._graph]
        return packed(self._model)

    def _tensor(
        self, shape: Sequence[int], kind: int, scale: float, zero_point: int, content: bytes | None = None
    ) -> int:
        tensor, tensor.quantization = self._schema.TensorT(), self._schema.QuantizationParametersT()
        tensor.shape, tensor.type = list(shape), kind
        tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero_point]
        number = len(self._graph.tensors)
        tensor.name = f"tensor_{number}"
        if content is not None:
            buffer = self._schema.BufferT()
            buffer.data = list(content)
            tensor.buffer = len(self._model.buffers)
            self._model.buffers.append(buffer)
        self._graph.tensors.append(tensor)
        return number
