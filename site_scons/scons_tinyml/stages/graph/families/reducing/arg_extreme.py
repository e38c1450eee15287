"""Base of ARG_MAX and ARG_MIN: the position along an axis of the largest or smallest value, the first of several."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.reducing.one_axis import OneAxis, axis_of
from scons_tinyml.stages.graph.families.tensors import check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView


class ArgExtreme(OneAxis):
    """Output of int32 or int64; the input gives the type of the kernels.

    int32 values and int64 positions, which TensorFlow Lite Micro lacks, use one computation for both
    operators: ARG_EXTREME.
    """

    litert_types = ("int32",)
    largest: ClassVar[bool]

    def _check_tensors(self, view: LayerView) -> list[str]:
        shape, axis = view.input(0).shape, axis_of(view)
        return check_shape(view.output(), "output", shape[:axis] + shape[axis + 1 :])

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True for types of the input or output that TensorFlow Lite Micro lacks."""
        return super().is_judged_by_litert(view) or view.output().type == "int64"

    def computation(self, view: LayerView) -> str:
        """Return the operator's name, or ARG_EXTREME."""
        return "ARG_EXTREME" if self.is_judged_by_litert(view) else self.name

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the input; None when the output cannot hold positions."""
        found = one_type(("int8", "int32", "float32"), view.input(0))
        return found if view.output().type in ("int32", "int64") else None

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the sizes around the axis; for ARG_EXTREME also the 32-bit words of a position."""
        if self.computation(view) == self.name:
            return super().attributes(view)
        return {**super().attributes(view), "output_words": 2 if view.output().type == "int64" else 1}

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<computation>_params`, the same for all types."""
        computation = self.computation(view)
        direction = {} if computation == self.name else {"largest": int(self.largest)}
        return CStruct(f"tinyml_{computation.lower()}_params", {**self.attributes(view), **direction})
