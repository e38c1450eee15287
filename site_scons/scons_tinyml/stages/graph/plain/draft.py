"""A `.tflite` file while it is changed: its tables as objects, and what several changes need of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

from scons_tinyml.stages.graph.schema import enum_names, schema

_ABSENT = -1
_LAST_OF_A_BYTE = 127
"""What the older field of an operator's code holds for all later operators."""


class Draft:
    """The network of one subgraph; subgraphs that it calls once come after it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    @property
    def tensors(self) -> list[Any]:
        """Tables of the tensors, by the numbers that layers know them by."""
        found: list[Any] = self.model.subgraphs[0].tensors
        return found

    @property
    def operators(self) -> list[Any]:
        """Tables of the layers, in execution order."""
        found: list[Any] = self.model.subgraphs[0].operators
        return found

    def name(self, operator: Any) -> str:
        """Name of the builtin operator."""
        return operator_name(self.model, operator)

    def set_name(self, operator: Any, name: str) -> None:
        """Make the layer one of another builtin operator."""
        number = getattr(schema().BuiltinOperator, name)
        operator.opcodeIndex = len(self.model.operatorCodes)
        code = schema().OperatorCodeT(deprecatedBuiltinCode=min(number, _LAST_OF_A_BYTE), builtinCode=number)
        self.model.operatorCodes.append(code)

    def type(self, tensor: int) -> str:
        """Name of the type of a tensor, in capitals."""
        return enum_names("TensorType").get(self.tensors[tensor].type, "")

    def shape(self, tensor: int) -> tuple[int, ...]:
        """The shape that the file fixes."""
        return tuple(map(int, listed(self.tensors[tensor].shape)))

    def constant(self, tensor: int) -> bytes | None:
        """Bytes of a constant, None when the tensor is none."""
        table = self.tensors[tensor]
        data = self.model.buffers[table.buffer].data
        filled = data is not None and len(data) > 0 and not table.isVariable
        return bytes(data) if filled else None

    def set_constant(self, tensor: int, data: bytes) -> None:
        """Give the tensor a buffer of its own."""
        import numpy as np

        buffer = schema().BufferT()
        buffer.data = np.frombuffer(data, np.uint8)
        self.tensors[tensor].buffer = len(self.model.buffers)
        self.model.buffers.append(buffer)

    def set_type(self, tensor: int, type_name: str) -> None:
        """Give the tensor another type, by its name in capitals."""
        self.tensors[tensor].type = getattr(schema().TensorType, type_name)

    def drop(self, operators: Sequence[Any], instead: Mapping[int, int] | None = None) -> None:
        """Leave layers out; where there is a tensor `instead` of what one wrote, that is read in its place."""
        gone = set(map(id, operators))
        graph = self.model.subgraphs[0]
        graph.operators = [operator for operator in graph.operators if id(operator) not in gone]

        def moved(index: int) -> int:
            while instead and index in instead:
                index = instead[index]
            return index

        for operator in graph.operators:
            operator.inputs = list(map(moved, indices(operator.inputs)))
        graph.outputs = list(map(moved, indices(graph.outputs)))
        for signature in listed(self.model.signatureDefs):
            for entry in listed(signature.outputs):
                entry.tensorIndex = moved(entry.tensorIndex)


def listed(found: Any) -> list[Any]:
    """A vector of a table, empty where it is absent."""
    return [] if found is None else list(found)


def indices(found: Any) -> list[int]:
    """A vector of tensor numbers."""
    return list(map(int, listed(found)))


def present(found: Any) -> list[int]:
    """A vector of tensor numbers without those of inputs that are absent."""
    return [index for index in indices(found) if index != _ABSENT]


def operator_name(model: Any, operator: Any) -> str:
    """Name of the builtin operator; older files have its code in a field of one byte."""
    code = model.operatorCodes[operator.opcodeIndex]
    return enum_names("BuiltinOperator").get(max(code.builtinCode, code.deprecatedBuiltinCode), "")


def elements(shape: Iterable[int]) -> int:
    """Number of values of a tensor of this shape."""
    return prod(shape)


def is_sound(model: Any) -> bool:
    """All numbers of tables lead to a table, and lists that are absent are made empty.

    Where a number leads nowhere, the reader tells which.
    """
    if not model.subgraphs or model.buffers is None:
        return False
    for graph in model.subgraphs:
        graph.tensors, graph.operators = listed(graph.tensors), listed(graph.operators)
        count, tables = len(graph.tensors), graph.operators
        read = [index for table in tables for index in present(table.inputs)]
        written = [index for table in tables for index in indices(table.outputs)]
        numbers = [*read, *written, *indices(graph.inputs), *indices(graph.outputs)]
        if not all(0 <= index < count for index in numbers):
            return False
        if any(table.buffer >= len(model.buffers) for table in graph.tensors):
            return False
        if any(table.opcodeIndex >= len(listed(model.operatorCodes)) for table in tables):
            return False
    return True
