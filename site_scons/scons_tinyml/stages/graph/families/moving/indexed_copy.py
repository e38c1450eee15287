"""INDEXED_COPY: the computation of operators that copy rows from places in tables.

It is no operator of the schema. Every output axis has a table with one offset into the input per value. The
offsets of all axes are added.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.graph.families.moving.copying import Copying
from scons_tinyml.stages.graph.families.moving.loops import unit_bytes
from scons_tinyml.stages.graph.ir import LayerView

AXES = 4

_MOST_VALUES = 2**22
"""Most values of an output: more than any device holds, and few enough to make tables of them in a moment."""

OffsetTable = Sequence[int]
"""Bytes into the input for each value of an output axis."""


class IndexedCopy(Copying):
    """An operator whose first input is copied and whose other inputs, constants, say how."""

    computes = "INDEXED_COPY"

    def _check_axes(self, view: LayerView) -> list[str]:
        if view.output().elements > _MOST_VALUES:
            return [f"output has {view.output().elements} values, expected at most {_MOST_VALUES}"]
        count = len(self._tables(view)[0])
        return [f"takes {count} nested loops around dense rows, kernels have {AXES}"] if count > AXES else []

    @abstractmethod
    def _tables(self, view: LayerView) -> tuple[Sequence[OffsetTable], int]:
        """A table per output axis, the outermost first, and the bytes that are copied from each place."""

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Length of each of four loops, the last the innermost, bytes of a row and of a unit in it."""
        tables, row_bytes = self._tables(view)
        lengths = {f"length_{axis}": len(table) for axis, table in enumerate(_padded(tables))}
        units = unit_bytes(row_bytes, *(offset for table in tables for offset in table))
        return {**lengths, "row_bytes": row_bytes, "element_bytes": units}

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_indexed_copy_any_params`."""
        tables = enumerate(_padded(self._tables(view)[0]))
        offsets = {f"offsets_{axis}": CArray("int32_t", tuple(table)) for axis, table in tables}
        return CStruct("tinyml_indexed_copy_any_params", {**self.attributes(view), **offsets})


def _padded(tables: Sequence[OffsetTable]) -> Sequence[OffsetTable]:
    return [*[(0,)] * (AXES - len(tables)), *tables]
