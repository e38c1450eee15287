"""What ARG_MAX and ARG_MIN share: the place along an axis of the first value that no other one exceeds."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.one_axis import OneAxis, axis_of
from scons_tinyml.stages.graph.families.tensors import check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView


class ArgExtreme(OneAxis):
    """The output is int32; the type of the kernels is that of the input."""

    def _check_tensors(self, view: LayerView) -> list[str]:
        shape, axis = view.input(0).shape, axis_of(view)
        return check_shape(view.output(), "output", shape[:axis] + shape[axis + 1 :])

    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the input; None when the output is not int32."""
        return one_type(("int8", "float32"), view.input(0)) if view.output().type == "int32" else None

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_<operator>_params`, the same for all types."""
        return CStruct(f"tinyml_{self.name.lower()}_params", self.attributes(view))
