"""Functions of real numbers, computed in float32 and tabulated for quantized layers: EXP, LOG, SQRT, GELU."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.elementwise.binary import QUANTIZED
from scons_tinyml.stages.graph.families.quantization.scales import (
    INT16_MAX,
    INT16_MIN,
    round_to_float32,
    scale,
)
from scons_tinyml.stages.graph.families.tables.interpolation import Function, interpolation_table
from scons_tinyml.stages.graph.families.tables.lookup import (
    WITH_INT16,
    Tabulated,
    check_through_float,
    through_float,
)
from scons_tinyml.stages.graph.ir import LayerView


class RealFunction(Tabulated):
    """A function as LOOKUP: a table of all results for int8, an interpolated table for int16."""

    types = WITH_INT16

    def computation(self, view: LayerView) -> str:
        """Return LOOKUP for quantized values, the operator's name for others."""
        return "LOOKUP" if self.number_type(view) in QUANTIZED else self.name

    @abstractmethod
    def real_function(self, view: LayerView) -> Function:
        """Return the function of a real float32 input; its result is rounded to float32."""

    def _check_values(self, view: LayerView) -> list[str]:
        return check_through_float(view) if self.number_type(view) in QUANTIZED else []

    def _int16_fields(self, view: LayerView) -> Mapping[str, int | CArray]:
        low, high = (round_to_float32(scale(view.input(0)) * end) for end in (INT16_MIN, INT16_MAX))
        return {"table": interpolation_table(self.real_function(view), low, high, scale(view.output()))}

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return the function, computed in float32."""
        return through_float(view, self.real_function(view))
