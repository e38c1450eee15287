"""Base of REDUCE_ALL and REDUCE_ANY: the smallest or largest of truth values, 0 or 1."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.reducing.extreme import Extreme
from scons_tinyml.stages.graph.families.tensors import one_type
from scons_tinyml.stages.graph.ir import LayerView, TensorType


class Truth(Extreme):
    """A reduction of truth values, which STRIDED_EXTREME computes."""

    computes = Extreme.strided
    types = ("bool",)
    strided_types = ("bool",)
    litert_types: ClassVar[tuple[TensorType, ...]] = ()

    @property
    def other_computations(self) -> tuple[str, ...]:
        """None: truth values have one computation."""
        return ()

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return bool, None for other types."""
        return one_type(self.types, view.input(0), view.output())

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_strided_extreme_params`."""
        fields = {**self.geometry(view), "largest": int(self.largest)}
        return CStruct("tinyml_strided_extreme_params", fields)
