"""PRELU: each value, or alpha * x where it is negative; alpha is a tensor that may repeat."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.stages.graph.families.elementwise import Elementwise
from scons_tinyml.stages.graph.families.quantized import check_shift, quantize_multiplier, scale, zero_point
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView

_MOST_LEFT_SHIFT = 14
"""The product of two differences of int8 values takes 17 bits with its sign."""


class Prelu(Elementwise):
    """In int8 the values, and the products, are brought to the scale of the output."""

    name = "PRELU"
    input_names = ("input", "alpha")
    types = ("int8", "float32")

    def _check_values(self, view: LayerView) -> list[str]:
        problems = check_shape(view.output(), "output", view.input(0).shape)
        if problems or self.number_type(view) != "int8":
            return problems
        identity, product = _factors(view)
        return [
            *check_shift(identity, "output scale"),
            *check_shift(product, "output scale", _MOST_LEFT_SHIFT),
        ]

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:
        if self.number_type(view) != "int8":
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
    """Input scale / output scale, and that times the scale of alpha."""
    source, alpha, output = scale(view.input(0)), scale(view.input(1)), scale(view.output())
    return source / output, source * alpha / output


OPERATOR = Prelu()
