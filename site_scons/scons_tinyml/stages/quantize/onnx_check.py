"""Check of an `.onnx` file before its converter reads it: sizes, files that it refers to, makers of its operators.

Field numbers are those of onnx.proto of ONNX 1.19 (github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path

from scons_tinyml.records.errors import InputError, ModelFileError, UnsupportedError
from scons_tinyml.records.input_file import check_file, read_file
from scons_tinyml.records.network_limits import (
    ACTIVATION_BYTES,
    DIMENSIONS,
    FLOAT_FILE,
    GRAPH_NODES,
    NESTING,
    ONNX_INITIALIZERS,
    ONNX_IR_VERSION,
)
from scons_tinyml.records.paths import inner_path, locate
from scons_tinyml.stages.protobuf import DamagedMessage, fields, numbers, parts

DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Sets of operators that the converter knows: those of ONNX, and some of ONNX Runtime."""
_IR_VERSION, _GRAPH, _TRAINING, _FUNCTIONS = 1, 7, 20, 25
"""Of ModelProto."""
_TRAINING_GRAPHS = (1, 2)
"""Of TrainingInfoProto: initialization and algorithm."""
_FUNCTION_NODE, _FUNCTION_DOMAIN, _FUNCTION_DEFAULT = 7, 10, 11
_NODE, _INITIALIZER, _INPUT, _SPARSE = 1, 5, 11, 15
"""Of GraphProto."""
_OPERATOR, _NODE_ATTRIBUTE, _DOMAIN = 4, 5, 7
_TENSORS, _SUBGRAPHS, _SPARSE_TENSORS = (5, 10), (6, 11), (22, 23)
"""Of AttributeProto: one, and a list."""
_SPARSE_PARTS = (1, 2)
"""Of SparseTensorProto: values and indices."""
_DIMS, _DATA_TYPE, _EXTERNAL_DATA, _KEY, _VALUE = 1, 2, 13, 1, 2
"""Of TensorProto, and of the entries of its external data."""
_LOCATION = b"location"
_SHAPE_OF_INPUT = (2, 1, 2, 1)
"""ValueInfoProto.type.tensor_type.shape.dim."""
_DIM_VALUE = 1
_ITEM_BYTES = {
    **dict.fromkeys((2, 3, 9), 1),
    **dict.fromkeys((4, 5, 10, 16), 2),
    **dict.fromkeys((1, 6, 12), 4),
    **dict.fromkeys((7, 11, 13, 14), 8),
    15: 16,
}
"""Bytes of a value by TensorProto.DataType; others take less than a byte or are text."""


def check_onnx(path: Path) -> None:
    """Check the `.onnx` file `path`.

    Raises ModelFileError where it is damaged, larger than its limits in any part, or refers to a file that is not
    below its folder; UnsupportedError for operators of another maker.
    """
    data = memoryview(read_file(path, FLOAT_FILE))
    try:
        _Check(path).model(data)
    except DamagedMessage as error:
        raise ModelFileError(
            f"is not a valid .onnx file: {error}", where=path, hint="copy or export the network again"
        ) from None


class _Check:
    """Walk over all messages that lead to operators and tensors."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nodes = self._initializers = self._weight_bytes = 0
        self._domains = {domain.encode() for domain in DOMAINS}

    def model(self, message: memoryview) -> None:
        versions = numbers(message, _IR_VERSION)
        graphs = list(parts(message, _GRAPH))
        if not versions or not graphs:
            raise DamagedMessage("it has no version or no graph")
        ONNX_IR_VERSION.require(max(versions), where=self._path, key="ir_version")
        self._domains |= {bytes(name) for name in parts(message, _FUNCTIONS, _FUNCTION_DOMAIN)}
        for graph in graphs:
            for port in parts(graph, _INPUT):
                self._input(port)
        for training in _TRAINING_GRAPHS:
            graphs += parts(message, _TRAINING, training)
        for graph in graphs:
            self._graph(graph, 1)
        for node in parts(message, _FUNCTIONS, _FUNCTION_NODE):
            self._node(node, 1)
        for attribute in parts(message, _FUNCTIONS, _FUNCTION_DEFAULT):
            self._attribute(attribute, 1)

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
                self._tensors(value, sparse=number == _SPARSE)

    def _node(self, node: memoryview, depth: int) -> None:
        self._nodes += 1
        GRAPH_NODES.require(self._nodes, where=self._path)
        found = dict(_messages(node))
        domain = bytes(found.get(_DOMAIN, b""))
        if domain not in self._domains:
            operator, maker = (_text(name) for name in (found.get(_OPERATOR, b""), domain))
            raise UnsupportedError(
                f"has the operator {operator!r} of {maker!r}, which is not of ONNX",
                where=self._path,
                hint="give a .tflite that was converted by who made the operator",
            )
        for attribute in parts(node, _NODE_ATTRIBUTE):
            self._attribute(attribute, depth)

    def _attribute(self, attribute: memoryview, depth: int) -> None:
        for number, value in _messages(attribute):
            if number in _SUBGRAPHS:
                self._graph(value, depth + 1)
            elif number in (*_TENSORS, *_SPARSE_TENSORS):
                self._tensors(value, sparse=number in _SPARSE_TENSORS)

    def _tensors(self, message: memoryview, *, sparse: bool) -> None:
        """Check a tensor, or the tensors that a sparse one is made of."""
        if not sparse:
            self._tensor(message)
            return
        for part in _SPARSE_PARTS:
            for tensor in parts(message, part):
                self._tensor(tensor)

    def _tensor(self, tensor: memoryview) -> None:
        """Check the declared size of a tensor: a few bytes can stand for any number of values."""
        sizes = numbers(tensor, _DIMS)
        DIMENSIONS.require(len(sizes), where=self._path, key="initializers")
        item_bytes = _ITEM_BYTES.get(max(numbers(tensor, _DATA_TYPE), default=0), 1)
        self._weight_bytes += prod(sizes) * item_bytes
        FLOAT_FILE.require(self._weight_bytes, where=self._path, key="initializers")
        for entry in parts(tensor, _EXTERNAL_DATA):
            found = dict(_messages(entry))
            if bytes(found.get(_KEY, b"")) == _LOCATION:
                self._external(_text(found.get(_VALUE, b"")))

    def _external(self, location: str) -> None:
        """Check the file `location` with values of a tensor."""
        folder = self._path.resolve().parent
        try:
            inner_path(location)
            found = locate(location, folder, where=self._path, key="external_data")
            check_file(found, FLOAT_FILE)
        except ModelFileError:
            raise  # about that file
        except (InputError, ValueError) as error:
            problem = error.problem if isinstance(error, InputError) else str(error)
            raise ModelFileError(f"has weights in another file: {problem}", where=self._path) from None


def _text(name: memoryview | bytes) -> str:
    return bytes(name).decode("utf-8", errors="backslashreplace")


def _messages(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields of `message` that are not numbers."""
    return ((number, value) for number, value in fields(message) if isinstance(value, memoryview))
