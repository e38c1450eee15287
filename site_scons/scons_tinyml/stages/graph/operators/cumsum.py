"""CUMSUM: sums of all values up to each position along an axis."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.scales import (
    check_quantization,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.reducing.one_axis import OneAxis
from scons_tinyml.stages.graph.families.tensors import check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView

_FLAGS = ("exclusive", "reverse")
_LEFT_SHIFT = 19
"""Left shift of differences of int8 values.

TensorFlow Lite shifts by 20 and halves: sums have no more room.
"""


class Cumsum(OneAxis):
    """`exclusive` leaves out the position itself; `reverse` begins at the end."""

    name = "CUMSUM"
    litert_types = ("int32",)

    def _check_tensors(self, view: LayerView) -> list[str]:
        problems = [
            *_check_flags(view),
            *check_shape(view.output(), "output", view.input(0).shape),
            *check_quantization(view.input(0), "input"),
            *check_quantization(view.output(), "output"),
        ]
        if problems or self.number_type(view) != "int8" or _factor(view) < 1:
            return problems
        return [f"output scale {scale(view.output())!r} is too small for the scale of the input"]

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the geometry and options."""
        return {**super().attributes(view), **{name: int(bool(view.options[name])) for name in _FLAGS}}

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return one_type(("int8", "int32", "float32"), view.input(0), view.output())

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_cumsum_<type>_params`."""
        geometry, number_type = self.attributes(view), self.number_type(view)
        if number_type != "int8":
            return CStruct(f"tinyml_cumsum_{number_type}_params", geometry)
        fixed = quantize_multiplier(_factor(view))
        fields = {
            **geometry,
            "input_offset": -zero_point(view.input(0)),
            "output_offset": zero_point(view.output()),
            "left_shift": _LEFT_SHIFT,
            "multiplier": fixed.multiplier,
            "shift": fixed.shift,
        }
        return CStruct("tinyml_cumsum_int8_params", fields)


def _check_flags(view: LayerView) -> list[str]:
    return [
        f"{name} is {view.options[name]!r}, expected True or False"
        for name in _FLAGS
        if not isinstance(view.options[name], bool)
    ]


def _factor(view: LayerView) -> float:
    """Return the factor from shifted sums to the output."""
    return scale(view.input(0)) / (2.0**_LEFT_SHIFT * scale(view.output()))


OPERATOR = Cumsum()
