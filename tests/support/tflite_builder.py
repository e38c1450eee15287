"""Small networks for tests: built as the typed graph of scons_tinyml, written as a `.tflite` file.

    net = NetworkBuilder()
    x = net.activation((1, 4), "int8", scale=0.5)
    y = net.activation((1, 4), "int8", scale=1 / 256, zero_point=-128)
    net.layer("SOFTMAX", [x], [y], beta=1.0)
    graph = net.finish([x], [y])
    data = to_tflite(graph)

The file is written with the schema classes of the wheel `tflite-micro`. So one description gives the graph for our code
and the file for the oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from flatbuffers import flexbuffers
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from scons_tinyml.stages.graph.ir import Graph, Layer, OptionValue, Quantization, Tensor, TensorType
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.tflite.hidden_states import NOT_IN_FILE, with_hidden_states
from scons_tinyml.stages.graph.tflite.variables import at_rest

_OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "SUM": "ReducerOptions",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_MIN": "ReducerOptions",
    "ARG_MAX": "ArgMaxOptions",
    "ARG_MIN": "ArgMinOptions",
    "CUMSUM": "CumsumOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "TRANSPOSE_CONV": "TransposeConvOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "ADD": "AddOptions",
    "MUL": "MulOptions",
    "SOFTMAX": "SoftmaxOptions",
    "RESHAPE": "ReshapeOptions",
    "PAD": "PadOptions",
    "QUANTIZE": "QuantizeOptions",
    "DEQUANTIZE": "DequantizeOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "SPACE_TO_DEPTH": "SpaceToDepthOptions",
    "DEPTH_TO_SPACE": "DepthToSpaceOptions",
    "CONCATENATION": "ConcatenationOptions",
    "SPLIT": "SplitOptions",
    "SPLIT_V": "SplitVOptions",
    "PACK": "PackOptions",
    "UNPACK": "UnpackOptions",
    "SQUEEZE": "SqueezeOptions",
    "MIRROR_PAD": "MirrorPadOptions",
    "GATHER": "GatherOptions",
    "GATHER_ND": "GatherNdOptions",
    "ADD_N": "AddNOptions",
    "ONE_HOT": "OneHotOptions",
    "TOPK_V2": "TopKV2Options",
    "FLOOR_DIV": "FloorDivOptions",
    "FLOOR_MOD": "FloorModOptions",
    "POW": "PowOptions",
    "SIGN": "SignOptions",
    "FILL": "FillOptions",
    "REDUCE_ALL": "ReducerOptions",
    "REDUCE_ANY": "ReducerOptions",
    "L2_POOL_2D": "Pool2DOptions",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "RESIZE_BILINEAR": "ResizeBilinearOptions",
    "SUB": "SubOptions",
    "DIV": "DivOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "SQUARED_DIFFERENCE": "SquaredDifferenceOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "GELU": "GeluOptions",
    "CAST": "CastOptions",
    "IF": "IfOptions",
    "WHILE": "WhileOptions",
    "SVDF": "SVDFOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
}
"""Tables of builtin options by operator, for the operators of tests that have one."""

_ENUMS = {
    "padding": schema.Padding,
    "fused_activation_function": schema.ActivationFunctionType,
    "weights_format": schema.FullyConnectedOptionsWeightsFormat,
    "mode": schema.MirrorPadMode,
    "output_type": schema.TensorType,
    "quantized_bias_type": schema.TensorType,
}

FILE_IDENTIFIER = b"TFL3"


class NetworkBuilder:
    """Collects tensors and layers; every method that adds a tensor returns its index."""

    def __init__(self, name: str = "network") -> None:
        self._name = name
        self._tensors: list[Tensor] = []
        self._layers: list[Layer] = []

    def activation(
        self, shape: Sequence[int], type_name: TensorType, *, scale: float | None = None, zero_point: int = 0
    ) -> int:
        """Add a tensor that is an input, an output or lies between two layers."""
        quantization = None if scale is None else Quantization((_float32(scale),), (zero_point,))
        return self._add(tuple(shape), type_name, quantization, None)

    def state(
        self, shape: Sequence[int], type_name: TensorType, *, scale: float | None = None, zero_point: int = 0
    ) -> int:
        """Add a tensor that is marked as variable: it keeps its values from one inference to the next."""
        index = self.activation(shape, type_name, scale=scale, zero_point=zero_point)
        self._tensors[index] = replace(self._tensors[index], state=at_rest(self._tensors[index]))
        return index

    def constant(
        self, values: Any, *, scales: Sequence[float] = (), zero_points: Sequence[int] = (), axis: int = 0
    ) -> int:
        """Add a tensor with the values, shape and type of the numpy array `values`."""
        array = np.asarray(values)
        quantization = None
        if len(scales):
            points = tuple(zero_points) or (0,) * len(scales)
            quantization = Quantization(tuple(_float32(scale) for scale in scales), points, axis)
        data = array.astype(array.dtype.newbyteorder("<")).tobytes()
        return self._add(array.shape, array.dtype.name, quantization, data)

    def packed(self, values: Any, *, scales: Sequence[float], axis: int = 0) -> int:
        """Add a constant of int4, with two of the integers `values` in a byte."""
        array = np.asarray(values)
        halves = np.append(array.reshape(-1), [0] * (array.size % 2)).astype(np.uint8) & 15
        data = (halves[::2] | halves[1::2] << 4).tobytes()
        quantization = Quantization(tuple(map(_float32, scales)), (0,) * len(scales), axis)
        return self._add(array.shape, "int4", quantization, data)

    def add(self, tensor: Tensor) -> int:
        """Add a copy of a tensor of another network."""
        index = len(self._tensors)
        self._tensors.append(replace(tensor, index=index, name=f"tensor_{index}"))
        return index

    def layer(
        self, operator: str, inputs: Sequence[int | None], outputs: Sequence[int], **options: OptionValue
    ) -> None:
        """Add a layer; options have the names of the schema in snake case, and enums are names."""
        index = len(self._layers)
        name = f"{operator.lower()}_{index}"
        self._layers.append(Layer(index, name, operator, tuple(inputs), tuple(outputs), options))

    def finish(self, inputs: Sequence[int], outputs: Sequence[int]) -> Graph:
        """Return the network."""
        return Graph(self._name, tuple(self._tensors), tuple(self._layers), tuple(inputs), tuple(outputs))

    def finish_with_states(self, inputs: Sequence[int], outputs: Sequence[int]) -> Graph:
        """Return the network with the states inside of operators as tensors, as the reader does."""
        return with_hidden_states(self.finish(inputs, outputs), Path(f"{self._name}.tflite"))

    def _add(
        self, shape: tuple[int, ...], type_name: Any, quantization: Quantization | None, data: bytes | None
    ) -> int:
        return self.add(Tensor(0, "", shape, type_name, quantization, data))


def to_tflite(graph: Graph) -> bytes:
    """Return the bytes of a `.tflite` file with this network."""
    model = schema.ModelT()
    model.version = 3
    model.description = graph.name
    model.buffers = [_buffer(None)]
    operators = list(dict.fromkeys(layer.operator for layer in graph.layers))
    model.operatorCodes = [_operator_code(operator) for operator in operators]
    subgraph = schema.SubGraphT()
    subgraph.name = graph.name
    subgraph.tensors = [_tensor(tensor, model.buffers) for tensor in graph.tensors]
    hidden = {tensor.index for tensor in graph.tensors if tensor.file_index == NOT_IN_FILE}
    subgraph.operators = [_operator(layer, operators.index(layer.operator), hidden) for layer in graph.layers]
    subgraph.inputs = list(graph.inputs)
    subgraph.outputs = list(graph.outputs)
    model.subgraphs = [subgraph]
    if graph.input_names or graph.output_names:
        model.signatureDefs = [_signature(graph)]
    return packed(model)


def packed(model: Any) -> bytes:
    """Return the bytes of a `.tflite` file of a `ModelT`."""
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def changed(network: Graph | bytes, change: Callable[[Any], object]) -> bytes:
    """Return the bytes of the `.tflite` file of `network`, after a call of `change` with its `ModelT`."""
    file = network if isinstance(network, bytes) else to_tflite(network)
    model = schema.ModelT.InitFromPackedBuf(file)
    change(model)
    return packed(model)


def _signature(graph: Graph) -> Any:
    def named(tensors: Sequence[int], names: Sequence[str]) -> list[Any]:
        found = []
        for tensor, name in zip(tensors, names, strict=True):
            entry = schema.TensorMapT()
            entry.name, entry.tensorIndex = name, tensor
            found.append(entry)
        return found

    table = schema.SignatureDefT()
    table.signatureKey = "serving_default"
    table.inputs = named(graph.inputs, graph.input_names)
    table.outputs = named(graph.outputs, graph.output_names)
    return table


def _buffer(data: bytes | None) -> Any:
    buffer = schema.BufferT()
    if data is not None:
        buffer.data = np.frombuffer(data, np.uint8)
    return buffer


def _tensor(tensor: Tensor, buffers: list[Any]) -> Any:
    table = schema.TensorT()
    table.name = tensor.name
    table.shape = list(tensor.shape)
    table.type = getattr(schema.TensorType, tensor.type.upper())
    table.isVariable = tensor.is_state
    if tensor.data is not None:
        table.buffer = len(buffers)
        buffers.append(_buffer(tensor.data))
    if tensor.quantization is not None:
        table.quantization = schema.QuantizationParametersT()
        table.quantization.scale = list(tensor.quantization.scales)
        table.quantization.zeroPoint = list(tensor.quantization.zero_points)
        table.quantization.quantizedDimension = tensor.quantization.axis
    return table


def _operator_code(operator: str) -> Any:
    code = schema.OperatorCodeT()
    custom = _custom_code(operator)
    code.builtinCode = getattr(schema.BuiltinOperator, "CUSTOM" if custom else operator)
    code.customCode = custom or None
    # Codes above 126 do not fit the field of one byte that older readers use.
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = 1
    return code


def _custom_code(operator: str) -> str:
    found = find_operator(operator)
    return found.custom_code if found else ""


def _operator(layer: Layer, code: int, hidden: Set[int] = frozenset()) -> Any:
    """Return the table of a layer; tensors in `hidden` are inside of the operator."""
    table = schema.OperatorT()
    table.opcodeIndex = code
    table.inputs = [-1 if index is None else index for index in layer.inputs if index not in hidden]
    table.outputs = list(layer.outputs)
    if _custom_code(layer.operator):
        table.customOptions = np.frombuffer(flexbuffers.Dumps(dict(layer.options)), np.uint8)
    if layer.operator in _OPTIONS:
        name = _OPTIONS[layer.operator]
        table.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        table.builtinOptions = getattr(schema, f"{name}T")()
        for option, value in layer.options.items():
            setattr(table.builtinOptions, _camel_case(option), _schema_value(option, value))
    return table


def _schema_value(option: str, value: OptionValue) -> Any:
    return getattr(_ENUMS[option], str(value)) if option in _ENUMS else value


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _float32(value: float) -> float:
    return float(np.float32(value))
