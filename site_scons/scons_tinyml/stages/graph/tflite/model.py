"""The TensorFlow Lite model: the tables of a `.tflite` file as objects, which passes change in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from scons_tinyml.records.network_limits import CONSTANT_BYTES
from scons_tinyml.stages.graph.tflite.schema import enum_names, schema

_ABSENT = -1
_LAST_OF_A_BYTE = 127
"""Value of the old one-byte operator code for operators that exceed it."""


@dataclass(frozen=True)
class Source:
    """File of a model: its path, its bytes, and the signature that the user chose."""

    path: Path
    data: bytes
    signature: str | None = None


class TfliteModel:
    """A model with the network in subgraph 0, followed by the subgraphs that it calls.

    `tables` is a `ModelT` of the generated schema module.
    """

    def __init__(self, tables: Any, source: Source) -> None:
        self.tables = tables
        self.source = source
        self._constant_bytes = 0

    @property
    def tensors(self) -> list[Any]:
        """Tables of the tensors; inputs and outputs of layers are positions in this list."""
        found: list[Any] = self.tables.subgraphs[0].tensors
        return found

    @property
    def operators(self) -> list[Any]:
        """Tables of the layers, in execution order."""
        found: list[Any] = self.tables.subgraphs[0].operators
        return found

    def name(self, operator: Any) -> str:
        """Return the name of the builtin operator."""
        return operator_name(self.tables, operator)

    def set_name(self, operator: Any, name: str) -> None:
        """Change the builtin operator of a layer to `name`."""
        number = getattr(schema().BuiltinOperator, name)
        operator.opcodeIndex = len(self.tables.operatorCodes)
        code = schema().OperatorCodeT(deprecatedBuiltinCode=min(number, _LAST_OF_A_BYTE), builtinCode=number)
        self.tables.operatorCodes.append(code)

    def type(self, tensor: int) -> str:
        """Return the name of the type of a tensor, in capitals."""
        return enum_names("TensorType").get(self.tensors[tensor].type, "")

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Return the shape of a tensor, with 1 for an open batch."""
        return tuple(map(int, listed(self.tensors[tensor].shape)))

    def constant(self, tensor: int) -> bytes | None:
        """Return the bytes of the tensor when it is constant, else None."""
        data = self.tables.buffers[self.tensors[tensor].buffer].data
        return bytes(data) if self.is_constant(tensor) else None

    def is_constant(self, tensor: int) -> bool:
        """Return True when the tensor is constant."""
        table = self.tensors[tensor]
        data = self.tables.buffers[table.buffer].data
        return data is not None and len(data) > 0 and not table.isVariable

    def require_constants(self) -> None:
        """Raise ModelFileError for more bytes of constants than their limit.

        Passes copy the constant of each tensor, and many tensors may have the same one.
        """
        found = (self.tables.buffers[table.buffer].data for table in self.tensors)
        self._constant_bytes = sum(len(data) for data in found if data is not None)
        CONSTANT_BYTES.require(self._constant_bytes, where=self.source.path)

    def set_constant(self, tensor: int, data: bytes) -> None:
        """Store `data` in a new buffer of the tensor. Raises ModelFileError like `require_constants`."""
        import numpy as np

        self._constant_bytes += len(data)
        CONSTANT_BYTES.require(self._constant_bytes, where=self.source.path, key=f"tensor {tensor}")

        buffer = schema().BufferT()
        buffer.data = np.frombuffer(data, np.uint8)
        self.tensors[tensor].buffer = len(self.tables.buffers)
        self.tables.buffers.append(buffer)

    def set_type(self, tensor: int, type_name: str) -> None:
        """Change the type of a tensor to `type_name`, in capitals."""
        self.tensors[tensor].type = getattr(schema().TensorType, type_name)

    def drop(self, operators: Sequence[Any], instead: Mapping[int, int] | None = None) -> None:
        """Remove layers. `instead` maps tensors that they wrote to replacements for their readers."""
        gone, ends = set(map(id, operators)), _ends(instead or {})
        graph = self.tables.subgraphs[0]
        graph.operators = [operator for operator in graph.operators if id(operator) not in gone]

        def moved(index: int) -> int:
            return ends.get(index, index)

        for operator in graph.operators:
            operator.inputs = list(map(moved, indices(operator.inputs)))
        graph.outputs = list(map(moved, indices(graph.outputs)))
        for signature in listed(self.tables.signatureDefs):
            for entry in listed(signature.outputs):
                entry.tensorIndex = moved(entry.tensorIndex)


def _ends(instead: Mapping[int, int]) -> dict[int, int]:
    """Return the last replacement of each tensor.

    A damaged file may replace tensors in a circle; all of it then gets one of them, and the reader reports it.
    """
    ends: dict[int, int] = {}
    for index in instead:
        passed: dict[int, None] = {}
        while index in instead and index not in ends and index not in passed:
            passed[index] = None
            index = instead[index]
        ends |= dict.fromkeys(passed, ends.get(index, index))
    return ends


def listed(found: Any) -> list[Any]:
    """Return a vector of a table as a list, empty when it is absent."""
    return [] if found is None else list(found)


def indices(found: Any) -> list[int]:
    """Return a vector of tensor numbers."""
    return list(map(int, listed(found)))


def present(found: Any) -> list[int]:
    """Return a vector of tensor numbers, without those of absent inputs."""
    return [index for index in indices(found) if index != _ABSENT]


def operator_name(model: Any, operator: Any) -> str:
    """Return the name of the builtin operator; older files have its code in a one-byte field."""
    code = model.operatorCodes[operator.opcodeIndex]
    return enum_names("BuiltinOperator").get(max(code.builtinCode, code.deprecatedBuiltinCode), "")


def elements(shape: Iterable[int]) -> int:
    """Return the number of values of a tensor of this shape."""
    return prod(shape)


def check_references(model: TfliteModel) -> list[str]:
    """Return problems with numbers that refer to no table. Turns absent vectors into empty ones.

    The reader names the place in the file; one sentence is enough here to skip the passes.
    """
    tables = model.tables
    if not tables.subgraphs or tables.buffers is None:
        return ["has no subgraph or no buffer"]
    found = (_check_subgraph(tables, number) for number in range(len(tables.subgraphs)))
    return [problem for problems in found for problem in problems]


def _check_subgraph(tables: Any, number: int) -> list[str]:
    graph, where = tables.subgraphs[number], f"subgraph {number}"
    graph.tensors, graph.operators = listed(graph.tensors), listed(graph.operators)
    read = [index for layer in graph.operators for index in present(layer.inputs)]
    written = [index for layer in graph.operators for index in indices(layer.outputs)]
    numbers = [*read, *written, *indices(graph.inputs), *indices(graph.outputs)]
    if not all(0 <= index < len(graph.tensors) for index in numbers):
        return [f"{where} has no tensor with one of the numbers that its layers use"]
    if any(tensor.buffer >= len(tables.buffers) for tensor in graph.tensors):
        return [f"{where} has a tensor in a buffer that does not exist"]
    if any(layer.opcodeIndex >= len(listed(tables.operatorCodes)) for layer in graph.operators):
        return [f"{where} has a layer with an operator code that does not exist"]
    return []
