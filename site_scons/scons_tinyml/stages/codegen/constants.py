"""Constant arrays of a network: each content once, under the name of its first use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.codegen.literals import C_TYPES, array_lines, pack
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.ir import LayerView, Tensor
from scons_tinyml.stages.graph.operators import find_operator


@dataclass(frozen=True)
class Constant:
    """A `const` array of the generated C."""

    name: str
    c_type: str
    data: bytes
    elements: int
    comment: str

    @property
    def lines(self) -> Iterator[str]:
        """Lines of the initializer."""
        return array_lines(self.c_type, self.data)


class ConstantPool:
    """The arrays of the network with the C prefix `prefix`."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._arrays: dict[tuple[str, bytes], Constant] = {}

    @property
    def arrays(self) -> tuple[Constant, ...]:
        """All arrays in the order of their first use."""
        return tuple(self._arrays.values())

    def tensor(self, tensor: Tensor, name: str) -> str:
        """Name of the array that holds the constant `tensor`."""
        comment = f"{tensor.type} {shape_text(tensor.shape)}, '{comment_text(tensor.name)}'"
        elements = tensor.size_bytes if tensor.type == "int4" else tensor.elements
        return self._add(C_TYPES[tensor.type], tensor.data or b"", elements, name, comment)

    def values(self, array: CArray, name: str, comment: str) -> str:
        """Name of the array that holds the values of a parameter."""
        return self._add(array.c_type, pack(array.c_type, array.values), len(array.values), name, comment)

    def _add(self, c_type: str, data: bytes, elements: int, name: str, comment: str) -> str:
        if not elements:
            raise InternalError(f"{name} would be an array of no elements, which C does not have")
        added = Constant(f"{self._prefix}_{name}", c_type, data, elements, comment)
        return self._arrays.setdefault((c_type, data), added).name


def struct_fields(pool: ConstantPool, layer: str, struct: CStruct) -> dict[str, int | float | str]:
    """Initializers of `struct`: numbers, and names of arrays that were put into `pool`."""
    return {
        name: pool.values(value, f"{layer}_{name}", f"parameter {name}")
        if isinstance(value, CArray)
        else value
        for name, value in struct.fields.items()
    }


def kernel_inputs(view: LayerView) -> tuple[tuple[str, Tensor | None], ...]:
    """Role and tensor of each input that is passed to a kernel, None for an optional one that is absent."""
    operator = known_operator(view)
    roles: Sequence[str] = operator.input_names
    count = max(len(roles), len(view.layer.inputs))
    folded = operator.folded(view)
    passed = (position for position in range(count) if position not in folded)
    return tuple(
        (roles[position] if position < len(roles) else f"input_{position}", view.optional_input(position))
        for position in passed
    )


def known_operator(view: LayerView) -> Operator:
    """The operator of a layer that passed the graph's checks."""
    operator = find_operator(view.layer.operator)
    if operator is None:
        raise InternalError(
            f"layer {view.layer.index}: operator {view.layer.operator} reached code generation"
        )
    return operator


def shape_text(shape: tuple[int, ...]) -> str:
    """'1x49x10x1'; a single number has the shape 'scalar'."""
    return "x".join(map(str, shape)) or "scalar"


def comment_text(text: str) -> str:
    """`text` inside of a C comment: it neither ends the comment nor begins one, and stays on its line."""
    printable = "".join(char if char.isprintable() else "?" for char in text)
    return printable.replace("*/", "* /").replace("/*", "/ *")
