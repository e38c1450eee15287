"""Base of operators of two inputs, which broadcast to the output. Each pair of values has one result."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.elementwise.broadcast import (
    axes,
    axis_attributes,
    axis_fields,
    check_broadcast,
)
from scons_tinyml.stages.graph.families.quantization.activation import (
    check_activation,
    check_integer_limits,
    range_fields,
)
from scons_tinyml.stages.graph.families.quantization.scales import check_scaled
from scons_tinyml.stages.graph.families.tensors import check_counts, one_type
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis, single_pixels
from scons_tinyml.stages.graph.ir import LayerView, Tensor

_NAMES = ("input_1", "input_2")
_MOST_REPEATED = 4

QUANTIZED = ("int8", "int16")
"""Quantized types: values are multiples of a scale."""


WITH_INT16: tuple[NumberType, ...] = ("int8", "int16", "int32", "float32")
"""Types of operators with kernels for int16."""

WITH_INT64: tuple[NumberType, ...] = (*WITH_INT16, "int64")
"""Types of operators with kernels for int16 and int64, the type of PyTorch's whole numbers."""


class Binary(Operator):
    """output = f(input 1, input 2), value by value. Operators add fields to those of the shapes."""

    input_names = _NAMES
    types: ClassVar[tuple[NumberType, ...]] = ("int8", "int32", "float32")
    """Types of the kernels."""

    takes_zero: ClassVar[bool] = False
    """True when the scale of an input may be 0: converters write it for constants that are all 0."""

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_broadcast(_inputs(view), view.output())
        problems = problems or [
            *check_scaled(view.input(0), "input 1", zero=self.takes_zero),
            *check_scaled(view.input(1), "input 2", zero=self.takes_zero),
            *check_scaled(view.output(), "output"),
        ]
        return problems or self._check_values(view)

    def _check_values(self, view: LayerView) -> list[str]:  # noqa: ARG002
        """Return the problems of options, scales and zero points; called when all tensors are present."""
        return []

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return one_type(self.types, view.input(0), view.input(1), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values of the inputs and of the output, and how the inputs repeat."""
        found = axes(_inputs(view), view.output())
        return {**_sizes(view), **axis_attributes(found, _NAMES)}

    def image_window(self, view: LayerView) -> tuple[WindowAxis, WindowAxis] | None:
        """Return a window of one pixel."""
        return single_pixels(view)

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<computation>_<type>_params`."""
        found = axes(_inputs(view), view.output())
        fields = {**_sizes(view), **axis_fields(found, _NAMES), **self._value_fields(view)}
        return CStruct(f"tinyml_{self.computation(view).lower()}_{self.number_type(view)}_params", fields)

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:  # noqa: ARG002
        """Return the fields of the parameter struct after those of the shapes."""
        return {}


class Arithmetic(Binary):
    """An operator of two values with a fused activation. Its kernels of quantized values need scales."""

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_activation(view) or super().check(view)
        return problems or check_integer_limits(view) or self._check_clamp(view)

    def _check_clamp(self, view: LayerView) -> list[str]:
        if self.number_type(view) != "int64" or view.option_text("fused_activation_function") == "NONE":
            return []
        return ["a result of int64 cannot have a fused activation: fields of kernels have 32 bits"]

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:
        if self.number_type(view) == "int64":
            return {}
        scales = self._scale_fields(view) if self.number_type(view) in QUANTIZED else {}
        return {**scales, **range_fields(view)}

    @abstractmethod
    def _scale_fields(self, view: LayerView) -> Mapping[str, int]:
        """Return the offsets, multipliers and shifts of the int8 and int16 kernels."""


def check_repeated(view: LayerView) -> list[str]:
    """Return a problem when inputs of more than 4 dimensions repeat, for oracles that repeat at most 4."""
    shapes = [tensor.shape for tensor in _inputs(view)]
    rank = max(map(len, shapes))
    if rank <= _MOST_REPEATED or shapes[0] == shapes[1]:
        return []
    return [f"repeats an input of {rank} dimensions, expected at most {_MOST_REPEATED}"]


def holds_zero(divisor: Tensor) -> bool:
    """Return True when `divisor` is constant and one of its values is 0."""
    import numpy as np

    return divisor.data is not None and not np.frombuffer(divisor.data, divisor.type).all()


def _inputs(view: LayerView) -> tuple[Tensor, Tensor]:
    return view.input(0), view.input(1)


def _sizes(view: LayerView) -> dict[str, int]:
    return {
        "input_1_size": view.input(0).elements,
        "input_2_size": view.input(1).elements,
        "output_size": view.output().elements,
    }
