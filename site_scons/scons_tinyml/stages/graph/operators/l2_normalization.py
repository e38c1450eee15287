"""L2_NORMALIZATION: rows along the last dimension, each divided by its length."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.scales import check_quantization, scale, zero_point
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape, common_type
from scons_tinyml.stages.graph.ir import LayerView

_MOST_DIMENSIONS = 4
_LARGEST_ROW = (2**31 - 1) // 255**2
"""Longest row: squares of differences of int8 values are added in 32 bits."""


class L2Normalization(Operator):
    """Rows divided by their length; in int8 the result is value / 128."""

    name = "L2_NORMALIZATION"
    input_names = ("input",)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        shape, activation = view.input(0).shape, view.option_text("fused_activation_function")
        if not 1 <= len(shape) <= _MOST_DIMENSIONS or 0 in shape:
            return [
                f"input has the shape {list(shape)}, expected 1 to {_MOST_DIMENSIONS} dimensions of values"
            ]
        if activation != "NONE":
            return [f"has the fused activation {activation}, expected NONE"]
        problems = [
            *check_shape(view.output(), "output", shape),
            *check_quantization(view.input(0), "input"),
            *check_quantization(view.output(), "output"),
        ]
        return problems or (self._check_int8(view) if self.number_type(view) == "int8" else [])

    @staticmethod
    def _check_int8(view: LayerView) -> list[str]:
        problems = []
        found = (scale(view.output()), zero_point(view.output()))
        if found != (1 / 128, 0):
            problems.append(f"output has scale {found[0]!r} and zero point {found[1]}, expected 1/128 and 0")
        if view.input(0).shape[-1] > _LARGEST_ROW:
            problems.append(f"rows have {view.input(0).shape[-1]} values; int8 sums at most {_LARGEST_ROW}")
        return problems

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return common_type(view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number and length of the rows."""
        row_size = view.input(0).shape[-1]
        return {"rows": view.input(0).elements // row_size, "row_size": row_size}

    def macs(self, view: LayerView) -> int:
        """Every value is squared and added."""
        return view.input(0).elements

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_l2_normalization_<type>_params`."""
        if self.number_type(view) == "float32":
            return CStruct("tinyml_l2_normalization_float32_params", self.attributes(view))
        fields = {**self.attributes(view), "input_offset": -zero_point(view.input(0))}
        return CStruct("tinyml_l2_normalization_int8_params", fields)


OPERATOR = L2Normalization()
