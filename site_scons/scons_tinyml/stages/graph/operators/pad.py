"""PAD: zeros around the values of a tensor; a constant second input gives their numbers."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved, unit_bytes
from scons_tinyml.stages.graph.families.moving.paddings import check_paddings, merged_axes, padded_shape
from scons_tinyml.stages.graph.families.quantization.scales import check_quantization, zero_point
from scons_tinyml.stages.graph.families.tensors import check_counts, check_integers, check_shape
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, TensorType

_AXES = ("images", "height", "width", "channels")
_WITH_ZERO_POINTS = ("int8", "uint8")
"""Types whose zero point may be any of their values."""


class Pad(Operator):
    """Padding of up to four dimensions; unpadded neighbours count as one."""

    name = "PAD"
    input_names: ClassVar[tuple[str, ...]] = ("input", "paddings")
    folded_inputs: ClassVar[tuple[int, ...]] = (1,)
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int64", "bool")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_integers(
            view.input(1), "paddings", ("int32",)
        )
        problems = problems or check_moved(view.input(0), view.output(), self.types) or check_paddings(view)
        if not problems and len(merged_axes(view, len(_AXES))) > len(_AXES):
            problems = [f"pads more than {len(_AXES)} dimensions"]
        return problems or self._check_value(view) or self._check_output(view)

    def _check_value(self, view: LayerView) -> list[str]:  # noqa: ARG002
        return []

    @staticmethod
    def _check_output(view: LayerView) -> list[str]:
        return [
            *check_shape(view.output(), "output", padded_shape(view)),
            *check_quantization(view.input(0), "input", _WITH_ZERO_POINTS),
            *check_quantization(view.output(), "output", _WITH_ZERO_POINTS),
        ]

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as kernels do not look at the values."""
        return "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return lengths of the input and padding before and after, for images, height, width and channels.

        Channels are counted in units of `element_bytes`.
        """
        axes = [(1, (0, 0))] * len(_AXES) + merged_axes(view, len(_AXES))
        *outer, (channels, (before, after)) = axes[-len(_AXES) :]
        item_bytes = ITEM_BYTES[view.input(0).type]
        unit = unit_bytes(*(count * item_bytes for count in (channels, before, after)))
        in_units = [count * item_bytes // unit for count in (channels, before, after)]
        chosen = list(zip(_AXES, [*outer, (in_units[0], tuple(in_units[1:]))], strict=True))
        named = {f"input_{axis}": length for axis, (length, _) in chosen}
        for axis, (_, pair) in chosen:
            named[f"{axis}_before"], named[f"{axis}_after"] = pair
        return {**named, "element_bytes": unit}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_pad_any_params`."""
        repeated = (self._value(view) * 4)[:4]
        value = int.from_bytes(repeated, "little", signed=True)
        return CStruct("tinyml_pad_any_params", {**self.attributes(view), "value": value})

    def _value(self, view: LayerView) -> bytes:
        """Return the value of the padding: the integer for 0."""
        output = view.output()
        zero = zero_point(output) if output.type in _WITH_ZERO_POINTS else 0
        return zero.to_bytes(ITEM_BYTES[output.type], "little", signed=zero < 0)


OPERATOR = Pad()
