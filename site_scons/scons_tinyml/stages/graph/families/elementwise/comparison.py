"""Base of the six comparisons: one computation, COMPARE, with a table of results per relation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.elementwise.binary import Binary
from scons_tinyml.stages.graph.families.quantization.scales import (
    check_alike,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import one_type
from scons_tinyml.stages.graph.ir import LayerView, TensorType

LESS, SAME, GREATER, UNORDERED = 1, 2, 4, 8
"""Bits of `answers`: relations of input 1 to input 2 with result true. A NaN is UNORDERED to every value."""

_LEFT_SHIFT = 8


class Comparison(Binary):
    """The output is bool; the inputs give the kernels' type. int16 values are compared without scaling."""

    computes = "COMPARE"
    types: ClassVar[tuple[NumberType, ...]] = ("int8", "int16", "int32", "int64", "float32")
    litert_types: ClassVar[tuple[TensorType, ...]] = ("int16",)
    answers: ClassVar[int]
    """Sum of the bits of all relations with result true."""

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the inputs; None when the output is not bool."""
        return one_type(self.types, view.input(0), view.input(1)) if view.output().type == "bool" else None

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) == "int16":
            return check_alike({"input 1": view.input(0), "input 2": view.input(1)})
        if self.number_type(view) != "int8":
            return []
        scales = [scale(view.input(place)) for place in (0, 1)]
        return [
            f"input {place} has the scale {value!r}; int8 values are compared only with scales below 1"
            for place, value in enumerate(scales, 1)
            if value >= 1
        ]

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:
        return {**self._scale_fields(view), "answers": self.answers}

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        if self.number_type(view) != "int8":
            return {}
        fields = {}
        for place in (0, 1):
            fixed = quantize_multiplier(scale(view.input(place)))
            fields[f"input_{place + 1}_offset"] = -zero_point(view.input(place))
            fields[f"input_{place + 1}_multiplier"] = fixed.multiplier
            fields[f"input_{place + 1}_shift"] = fixed.shift
        return {**fields, "left_shift": _LEFT_SHIFT}


class Equality(Comparison):
    """A comparison of numbers or of truth values.

    For truth values it is a function of two bits, like LOGICAL_AND. int16 is not supported: LiteRT treats
    values one step apart as equal when the scale is small.
    """

    types = ("int8", "int32", "int64", "float32", "bool")
    litert_types = ()
    truth: ClassVar[int]
    """Bit 2 * x + y is the result for the truth values x and y."""

    def computation(self, view: LayerView) -> str:
        """Return COMPARE for numbers, LOGICAL for truth values."""
        return "LOGICAL" if self.number_type(view) == "bool" else self.computes

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:
        return {"truth": self.truth} if self.number_type(view) == "bool" else super()._value_fields(view)
