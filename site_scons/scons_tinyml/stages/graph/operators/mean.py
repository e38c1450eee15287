"""MEAN: average over the axes in a constant second input, such as height and width of an image."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.base import CStruct, Operator
from scons_tinyml.stages.graph.operators.quantized import (
    FixedPoint,
    check_quantization,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.operators.tensors import (
    check_counts,
    check_integers,
    check_shape,
    common_type,
    integers,
)

_SMALLEST_SHIFT = -31


@dataclass(frozen=True)
class Extents:
    """The input as [outer][reduced][inner]: what lies before, in and after the axes that are averaged."""

    outer: int
    reduced: int
    inner: int


class Mean(Operator):
    """Average over neighbouring axes (axes of length 1 between them do not matter)."""

    name = "MEAN"
    input_names = ("input", "axis")
    folded_inputs = (1,)

    def check(self, view: LayerView) -> list[str]:
        """Problems of the layer."""
        problems = check_counts(view, self.input_names) or check_integers(view.input(1), "axis")
        if problems:
            return problems
        shape = view.input(0).shape
        wrong = [axis for axis in integers(view.input(1)) if not -len(shape) <= axis < len(shape)]
        if wrong:
            return [f"axis {wrong[0]} does not exist in an input of {len(shape)} dimensions"]
        if 0 in shape:
            return [f"input has the shape {list(shape)}, which holds no value"]
        return self._check_reduction(view)

    def _check_reduction(self, view: LayerView) -> list[str]:
        shape, reduced = view.input(0).shape, self._axes(view)
        long_axes = [axis for axis, length in enumerate(shape) if length > 1]
        places = [place for place, axis in enumerate(long_axes) if axis in reduced]
        if places and places != list(range(places[0], places[-1] + 1)):
            return [f"averages over axes {sorted(reduced)} of {list(shape)}, which are not neighbours"]
        if view.options["keep_dims"]:
            expected = [1 if axis in reduced else length for axis, length in enumerate(shape)]
        else:
            expected = [length for axis, length in enumerate(shape) if axis not in reduced]
        return [
            *check_shape(view.output(), "output", expected),
            *check_quantization(view.input(0), "input"),
            *check_quantization(view.output(), "output"),
        ]

    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the kernels that can run the layer."""
        return common_type(view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """The three extents."""
        extents = self._extents(view)
        return {
            "outer_size": extents.outer,
            "reduced_size": extents.reduced,
            "inner_size": extents.inner,
        }

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """A mean adds and multiplies nothing."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_mean_<type>_params`."""
        extents = self.attributes(view)
        if self.number_type(view) == "float32":
            return CStruct("tinyml_mean_float32_params", extents)
        fixed = self._multiplier(view)
        fields = {
            **extents,
            "sum_offset": -zero_point(view.input(0)) * extents["reduced_size"],
            "output_offset": zero_point(view.output()),
            "multiplier": fixed.multiplier,
            "shift": fixed.shift,
        }
        return CStruct("tinyml_mean_int8_params", fields)

    def _multiplier(self, view: LayerView) -> FixedPoint:
        """input scale / output scale / reduced size, the last division in integers as in TensorFlow Lite."""
        ratio = quantize_multiplier(scale(view.input(0)) / scale(view.output()))
        reduced = self._extents(view).reduced
        extra = min(reduced.bit_length() - 1, 32, ratio.shift - _SMALLEST_SHIFT)
        return FixedPoint((ratio.multiplier << extra) // reduced, ratio.shift - extra)

    @staticmethod
    def _axes(view: LayerView) -> set[int]:
        rank = len(view.input(0).shape)
        return {axis % rank for axis in integers(view.input(1))}

    def _extents(self, view: LayerView) -> Extents:
        shape, reduced = view.input(0).shape, self._axes(view)
        long_axes = [axis for axis in sorted(reduced) if shape[axis] > 1]
        if not long_axes:
            return Extents(prod(shape), 1, 1)
        first, last = long_axes[0], long_axes[-1]
        return Extents(prod(shape[:first]), prod(shape[first : last + 1]), prod(shape[last + 1 :]))


OPERATOR = Mean()
