"""Base of REDUCE_MAX and REDUCE_MIN: values are compared as integers, so that nothing is scaled."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.scales import check_same_quantization
from scons_tinyml.stages.graph.families.reducing.reduction import Reduction
from scons_tinyml.stages.graph.ir import LayerView, TensorType


class Extreme(Reduction):
    """A reduction to the largest or smallest value."""

    strided = "STRIDED_EXTREME"
    litert_types: ClassVar[tuple[TensorType, ...]] = ("int16", "int32")
    largest: ClassVar[bool]

    def _check_scales(self, view: LayerView) -> list[str]:
        return check_same_quantization(view.input(0), view.output(), "input and output")

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<operator>_<type>_params`, or one struct for all types."""
        if self.computation(view) == self.strided:
            fields = {**self.geometry(view), "largest": int(self.largest)}
            return CStruct("tinyml_strided_extreme_params", fields)
        return CStruct(f"tinyml_{self.name.lower()}_{self.number_type(view)}_params", self.geometry(view))
