"""PRELU: each value, or alpha * x where it is negative; alpha is a tensor that broadcasts."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.elementwise.binary import QUANTIZED, Binary
from scons_tinyml.stages.graph.families.quantization.scales import (
    check_shift,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView

_MOST_LEFT_SHIFTS = {"int8": (22, 14), "int16": (15, 8)}
"""Largest left shifts of values, and of products with alpha, that fit 32 bits: values take 9 bits with their signs in
int8 and 16 in int16, products 17 and 24."""


class Prelu(Binary):
    """Quantized values and products are converted to the scale of the output.

    With int16 inputs alpha is int8.
    """

    name = "PRELU"
    input_names = ("input", "alpha")
    types = ("int8", "int16", "float32")

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        if (view.input(0).type, view.input(1).type, view.output().type) == ("int16", "int8", "int16"):
            return "int16"
        return one_type(("int8", "float32"), view.input(0), view.input(1), view.output())

    def _check_values(self, view: LayerView) -> list[str]:
        problems = check_shape(view.output(), "output", view.input(0).shape)
        shifts = _MOST_LEFT_SHIFTS.get(self.number_type(view) or "")
        if problems or shifts is None:
            return problems
        return [
            problem
            for factor, most in zip(_factors(view), shifts, strict=True)
            for problem in check_shift(factor, "output scale", most)
        ]

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:
        if self.number_type(view) not in QUANTIZED:
            return {}
        identity, product = map(quantize_multiplier, _factors(view))
        return {
            "input_offset": -zero_point(view.input(0)),
            "alpha_offset": -zero_point(view.input(1)),
            "output_offset": zero_point(view.output()),
            "identity_multiplier": identity.multiplier,
            "identity_shift": identity.shift,
            "product_multiplier": product.multiplier,
            "product_shift": product.shift,
        }


def _factors(view: LayerView) -> tuple[float, float]:
    """Return the input scale / output scale, and that times the scale of alpha."""
    source, alpha, output = scale(view.input(0)), scale(view.input(1)), scale(view.output())
    return source / output, source * alpha / output


OPERATOR = Prelu()
