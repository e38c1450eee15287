"""ELU: each value, or exp(x) - 1 where it is negative."""

from __future__ import annotations

from collections.abc import Callable
from math import exp

from scons_tinyml.stages.graph.families.quantization.scales import round_to_float32
from scons_tinyml.stages.graph.families.tables.lookup import Tabulated, check_through_float, through_float
from scons_tinyml.stages.graph.ir import LayerView


class Elu(Tabulated):
    """Exponential linear unit."""

    name = "ELU"

    def _check_values(self, view: LayerView) -> list[str]:
        return check_through_float(view) if self.number_type(view) == "int8" else []

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return the function, computed in float32."""
        return through_float(view, lambda x: round_to_float32(exp(x)) - 1 if x < 0 else x)


OPERATOR = Elu()
