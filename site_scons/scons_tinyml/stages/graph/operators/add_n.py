"""ADD_N: sum of any number of tensors of one shape."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.scales import (
    check_alike,
    check_scaled,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView, Tensor

_LEFT_SHIFT = 20
_MOST_INPUTS = 14
"""A halved int8 value with 20 bits of fraction has 28 bits and a sign: 14 of them and the start fit 32 bits."""


class AddN(Operator):
    """int8: inputs are quantized alike, and the sum is scaled once.

    It starts with the integer 0 instead of the real 0, as in TensorFlow Lite Micro: with another zero point
    than 0, the result is off by the real value of the integer 0.
    """

    name = "ADD_N"
    types: ClassVar[tuple[NumberType, ...]] = ("int8", "int32", "float32")
    input_names = ("input",)
    lists_inputs = True
    litert_types = ("int32",)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        count = len(view.layer.inputs)
        if None in view.layer.inputs or len(view.layer.outputs) != 1:
            return ["has a missing input, or not one output"]
        if not 2 <= count <= _MOST_INPUTS:
            return [f"has {count} inputs, expected 2 to {_MOST_INPUTS}"]
        return self._check_tensors(view)

    def _check_tensors(self, view: LayerView) -> list[str]:
        first, output = view.input(0), view.output()
        named = {f"input {place}": tensor for place, tensor in enumerate(_inputs(view))}
        problems = [
            problem
            for role, tensor in (*named.items(), ("output", output))
            for problem in (*check_shape(tensor, role, first.shape), *check_scaled(tensor, role))
        ]
        problems = problems or check_alike(named)
        if problems or self.number_type(view) != "int8" or _output_factor(view) < 1:
            return problems
        return [f"output scale {scale(output)!r} is too small for the scale of the inputs"]

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return one_type(self.types, *_inputs(view), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of inputs, and of values of each."""
        return {"input_count": len(view.layer.inputs), "size": view.output().elements}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_add_n_<type>_params`."""
        scales = _scale_fields(view) if self.number_type(view) == "int8" else {}
        return CStruct(f"tinyml_add_n_{self.number_type(view)}_params", {**self.attributes(view), **scales})


def _inputs(view: LayerView) -> list[Tensor]:
    return [view.input(place) for place in range(len(view.layer.inputs))]


def _output_factor(view: LayerView) -> float:
    return 2 * scale(view.input(0)) / ((1 << _LEFT_SHIFT) * scale(view.output()))


def _scale_fields(view: LayerView) -> dict[str, int]:
    half, output = quantize_multiplier(0.5), quantize_multiplier(_output_factor(view))
    return {
        "input_offset": -zero_point(view.input(0)),
        "input_multiplier": half.multiplier,
        "input_shift": half.shift,
        "left_shift": _LEFT_SHIFT,
        "output_offset": zero_point(view.output()),
        "output_multiplier": output.multiplier,
        "output_shift": output.shift,
    }


OPERATOR = AddN()
