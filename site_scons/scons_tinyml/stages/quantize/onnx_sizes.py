"""Sizes of an `.onnx` file, checked before its converter reads it.

Field numbers are those of onnx.proto of ONNX 1.19 (github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path

from scons_tinyml.records.bounded_file import check_file, read_file
from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.network_limits import (
    ACTIVATION_BYTES,
    DIMENSIONS,
    FLOAT_FILE,
    GRAPH_NODES,
    NESTING,
    ONNX_INITIALIZERS,
    ONNX_IR_VERSION,
)
from scons_tinyml.stages.protobuf import DamagedMessage, Value, fields, numbers, parts

_IR_VERSION, _GRAPH, _FUNCTIONS = 1, 7, 25
"""Of ModelProto."""
_NODE, _INITIALIZER, _INPUT, _SPARSE = 1, 5, 11, 15
"""Of GraphProto."""
_NODE_ATTRIBUTE, _FUNCTION_NODE = 5, 7
_TENSOR, _SUBGRAPH, _TENSORS, _SUBGRAPHS = 5, 6, 10, 11
"""Of AttributeProto."""
_DIMS, _DATA_TYPE, _EXTERNAL_DATA, _LOCATION_KEY = 1, 2, 13, b"location"
"""Of TensorProto."""
_SHAPE_OF_INPUT = (2, 1, 2, 1)
"""ValueInfoProto.type.tensor_type.shape.dim."""
_DIM_VALUE = 1
_ITEM_BYTES = {
    1: 4,
    2: 1,
    3: 1,
    4: 2,
    5: 2,
    6: 4,
    7: 8,
    9: 1,
    10: 2,
    11: 8,
    12: 4,
    13: 8,
    14: 8,
    15: 16,
    16: 2,
}
"""Bytes of a value by TensorProto.DataType; others take less than a byte or are text."""


def check_onnx(path: Path) -> None:
    """Raise ModelFileError for an `.onnx` file that is damaged, or larger than its limits in any part."""
    data = memoryview(read_file(path, FLOAT_FILE))
    try:
        _Sizes(path).model(data)
    except DamagedMessage as error:
        raise ModelFileError(
            f"is not a valid .onnx file: {error}", where=path, hint="copy or export the network again"
        ) from None


class _Sizes:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._nodes = self._initializers = self._weight_bytes = 0

    def model(self, message: memoryview) -> None:
        versions = numbers(message, _IR_VERSION)
        graphs = list(parts(message, _GRAPH))
        if not versions or not graphs:
            raise DamagedMessage("it has no version or no graph")
        ONNX_IR_VERSION.require(max(versions), where=self._path, key="ir_version")
        for graph in graphs:
            for port in parts(graph, _INPUT):
                self._input(port)
            self._graph(graph, 1)
        for node in parts(message, _FUNCTIONS, _FUNCTION_NODE):
            self._node(node, 1)

    def _input(self, port: memoryview) -> None:
        sizes = [max(numbers(size, _DIM_VALUE), default=1) for size in parts(port, *_SHAPE_OF_INPUT)]
        DIMENSIONS.require(len(sizes), where=self._path, key="inputs of the network")
        ACTIVATION_BYTES.require(prod(sizes), where=self._path, key="inputs of the network")

    def _graph(self, graph: memoryview, depth: int) -> None:
        NESTING.require(depth, where=self._path, key="subgraphs")
        for number, value in _messages(graph):
            if number == _NODE:
                self._node(value, depth)
            elif number in (_INITIALIZER, _SPARSE):
                self._initializers += 1
                ONNX_INITIALIZERS.require(self._initializers, where=self._path)
                for tensor in (value,) if number == _INITIALIZER else parts(value, 1):
                    self._tensor(tensor)

    def _node(self, node: memoryview, depth: int) -> None:
        self._nodes += 1
        GRAPH_NODES.require(self._nodes, where=self._path)
        for attribute in parts(node, _NODE_ATTRIBUTE):
            for number, value in _messages(attribute):
                if number in (_TENSOR, _TENSORS):
                    self._tensor(value)
                elif number in (_SUBGRAPH, _SUBGRAPHS):
                    self._graph(value, depth + 1)

    def _tensor(self, tensor: memoryview) -> None:
        """Check what a tensor declares: a few bytes can stand for any number of values."""
        sizes = numbers(tensor, _DIMS)
        DIMENSIONS.require(len(sizes), where=self._path, key="initializers")
        item_bytes = _ITEM_BYTES.get(max(numbers(tensor, _DATA_TYPE), default=0), 1)
        self._weight_bytes += prod(sizes) * item_bytes
        FLOAT_FILE.require(self._weight_bytes, where=self._path, key="initializers")
        for entry in parts(tensor, _EXTERNAL_DATA):
            found = dict(_messages(entry))
            if bytes(found.get(1, b"")) == _LOCATION_KEY:
                self._outside(bytes(found.get(2, b"")))

    def _outside(self, name: bytes) -> None:
        """Check the size of a file with values of tensors."""
        try:
            check_file(self._path.parent / name.decode("utf-8"), FLOAT_FILE)
        except ValueError as error:
            raise DamagedMessage(f"a file of weights has no valid name: {error}") from None


def _messages(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields of `message` that are not numbers."""
    found: Iterator[tuple[int, Value]] = fields(message)
    return ((number, value) for number, value in found if isinstance(value, memoryview))
