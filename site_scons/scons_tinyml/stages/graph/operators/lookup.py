"""LOOKUP: any function of one int8 value, with its table as a constant. The pass `merge_lookups` makes such layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from scons_tinyml.stages.graph.families.tables.lookup import Tabulated
from scons_tinyml.stages.graph.ir import LayerView

_RESULTS = 256


class Lookup(Tabulated):
    """The table has the results of 0 to 127, then of -128 to -1."""

    name = "LOOKUP"
    input_names = ("input", "table")
    folded_inputs: ClassVar[tuple[int, ...]] = (1,)
    types = ("int8",)
    made_by = "merge_lookups"

    def _check_values(self, view: LayerView) -> list[str]:
        table = view.input(1)
        if table.is_constant and table.type == "int8" and table.elements == _RESULTS:
            return []
        return [f"table is {table.type} of {table.elements} values, expected {_RESULTS} constants of int8"]

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return the results in the table; a negative value counts from its end."""
        results = memoryview(view.input(1).data or b"").cast("b")
        return lambda value: results[value]


OPERATOR = Lookup()
