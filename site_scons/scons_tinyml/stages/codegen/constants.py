"""Constant arrays of a network: each content once, under the name of its first use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.literals import array_lines, item_bytes, pack


@dataclass(frozen=True)
class Array:
    """A constant array of the generated C. Start-up code copies it to RAM if `in_ram` is set."""

    name: str
    c_type: str
    data: bytes
    comment: str
    in_ram: bool = False

    @property
    def elements(self) -> int:
        """Number of values in C."""
        return len(self.data) // item_bytes(self.c_type)

    @property
    def lines(self) -> Iterator[str]:
        """Lines of the initializer."""
        return array_lines(self.c_type, self.data)


class ConstantPool:
    """The arrays of the network with the C prefix `prefix`."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._arrays: dict[tuple[str, bytes, bool], Array] = {}

    @property
    def arrays(self) -> tuple[Array, ...]:
        """All arrays in the order of their first use."""
        return tuple(self._arrays.values())

    def add(self, constant: ConstantData, name: str) -> str:
        """Return the name of the array that holds `constant`."""
        if not constant.data:
            raise InternalError(f"{name} would be an array of no elements, which C does not have")
        array = Array(
            f"{self._prefix}_{name}", constant.c_type, constant.data, constant.comment, constant.in_ram
        )
        return self._arrays.setdefault((array.c_type, array.data, array.in_ram), array).name


def struct_fields(pool: ConstantPool, layer: str, struct: CStruct) -> dict[str, int | float | str]:
    """Return the initializers of `struct`: numbers, and names of arrays that were put into `pool`."""
    return {
        name: pool.add(parameter_data(value, name), f"{layer}_{name}") if isinstance(value, CArray) else value
        for name, value in struct.fields.items()
    }


def parameter_data(array: CArray, name: str) -> ConstantData:
    """Return the values of the parameter `name` as the array that they become."""
    return ConstantData(name, array.c_type, pack(array.c_type, array.values), f"parameter {name}")
