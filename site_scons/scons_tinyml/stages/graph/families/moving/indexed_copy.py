"""INDEXED_COPY: the computation of operators that copy rows from offsets in tables.

It is not an operator of the schema. Every output axis has a table with one offset into the input per value.
The offsets of all axes are added.
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
"""Largest number of output values: more than any device holds, few enough to compute tables quickly."""

OffsetTable = Sequence[int]
"""Byte offset into the input for each index of an output axis."""


class IndexedCopy(Copying):
    """An operator that copies rows of its first input.

    Its other inputs are constants that control the copy.
    """

    computes = "INDEXED_COPY"

    def _check_axes(self, view: LayerView) -> list[str]:
        if view.output().elements > _MOST_VALUES:
            return [f"output has {view.output().elements} values, expected at most {_MOST_VALUES}"]
        count = len(self._tables(view)[0])
        return [f"takes {count} nested loops around dense rows, kernels have {AXES}"] if count > AXES else []

    @abstractmethod
    def _tables(self, view: LayerView) -> tuple[Sequence[OffsetTable], int]:
        """Return a table per output axis, outermost first, and the number of bytes per copied row."""

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the length of each of four loops, innermost last; bytes of a row and of a copied unit."""
        tables, row_bytes = self._tables(view)
        lengths = {f"length_{axis}": len(table) for axis, table in enumerate(_padded(tables))}
        units = unit_bytes(row_bytes, *(offset for table in tables for offset in table))
        return {**lengths, "row_bytes": row_bytes, "element_bytes": units}

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_indexed_copy_any_params`."""
        tables = enumerate(_padded(self._tables(view)[0]))
        offsets = {f"offsets_{axis}": CArray("int32_t", tuple(table)) for axis, table in tables}
        return CStruct("tinyml_indexed_copy_any_params", {**self.attributes(view), **offsets})


def _padded(tables: Sequence[OffsetTable]) -> Sequence[OffsetTable]:
    return [*[(0,)] * (AXES - len(tables)), *tables]
