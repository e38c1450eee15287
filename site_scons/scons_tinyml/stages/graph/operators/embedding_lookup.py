"""EMBEDDING_LOOKUP: rows of a table, such as the vectors of words."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved, unit_bytes
from scons_tinyml.stages.graph.families.quantization.scales import check_quantization, scale, zero_point
from scons_tinyml.stages.graph.families.tensors import check_counts, check_rank, check_shape, integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, TensorType


class EmbeddingLookup(Operator):
    """Rows are copied, or made floats of int8 with one scale and the zero point 0."""

    name = "EMBEDDING_LOOKUP"
    input_names = ("positions", "table")
    typed_input = 1
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_rank(view.input(0), "positions", 1)
        if problems:
            return problems
        positions, table, output = view.input(0), view.input(1), view.output()
        if positions.type != "int32":
            return [f"positions are {positions.type}, expected int32"]
        if len(table.shape) < 2 or 0 in table.shape or not positions.elements:
            return [f"table or positions have no row: shapes {list(table.shape)} and {list(positions.shape)}"]
        return (
            self._check_types(view)
            or check_shape(output, "output", (*positions.shape, *table.shape[1:]))
            or self._check_positions(view)
        )

    def _check_types(self, view: LayerView) -> list[str]:
        table = view.input(1)
        if not _to_float(view):
            return check_moved(table, view.output(), self.types, ("the table", "output"))
        problems = check_quantization(table, "table")
        if not problems and zero_point(table):
            problems = [f"table has the zero point {zero_point(table)}, expected 0 for an output of float32"]
        return problems

    @staticmethod
    def _check_positions(view: LayerView) -> list[str]:
        """Return problems with constant positions; the kernel keeps computed ones in range."""
        positions, rows = view.input(0), view.input(1).shape[0]
        wrong = [n for n in integers(positions) if not 0 <= n < rows] if positions.is_constant else []
        return [f"position {wrong[0]} does not exist in a table of {rows} rows"] if wrong else []

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return 'any' when rows are copied, 'int8' when they become floats."""
        return "int8" if _to_float(view) else "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the numbers of positions and rows, and the size of a row."""
        table = view.input(1)
        row_size, found = prod(table.shape[1:]), {"position_count": view.input(0).elements}
        found |= {"rows": table.shape[0]}
        if _to_float(view):
            return {**found, "row_size": row_size}
        row_bytes = row_size * ITEM_BYTES[table.type]
        return {**found, "row_bytes": row_bytes, "element_bytes": unit_bytes(row_bytes)}

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:
        """Return the limits of positions: the rows of the table."""
        return (0, view.input(1).shape[0] - 1) if position == 0 else None

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_embedding_lookup_<type>_params`."""
        factor = {"scale": scale(view.input(1))} if _to_float(view) else {}
        c_type = f"tinyml_embedding_lookup_{self.number_type(view)}_params"
        return CStruct(c_type, {**self.attributes(view), **factor})


def _to_float(view: LayerView) -> bool:
    return view.input(1).type == "int8" and view.output().type == "float32"


OPERATOR = EmbeddingLookup()
