"""PRELU of int8: values from zero on take one factor, those below a product with alpha and another one."""

from __future__ import annotations

from collections.abc import Iterator

from _bytes import Limits
from _c_function import block, requantized
from _pairs import Pairs, pair_implementation
from _pairs_in_c import pair_function_in_c

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.scales import (
    INT8_MAX,
    INT8_MIN,
    FixedPoint,
    quantize_multiplier,
)
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums

TAKES = ("PRELU int8",)

_ONE = quantize_multiplier(1.0)


class Prelu(Generator):
    """Values meet their alpha one by one, or a row of alphas meets each row of values."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:  # noqa: ARG002
        """Yield a function for a PRELU layer of int8, or a Refusal."""
        if known_operator(view).computation(view) != "PRELU":
            return
        pairs = Pairs.of(view)
        if isinstance(pairs, str):
            yield Refusal("", pairs)
            return
        lines = _value(known_operator(view).parameters(view), _alphas(view))
        function = pair_function_in_c("prelu", "Rectified values", pairs, Limits(), lines)
        yield pair_implementation(view, function.name, function.code)


def _alphas(view: LayerView) -> tuple[int, int]:
    """Return the least and greatest integer of alpha."""
    tensor = view.input(1)
    if not tensor.is_constant:
        return INT8_MIN, INT8_MAX
    values = memoryview(tensor.data or b"").cast("b").tolist()
    return min(values), max(values)


def _value(struct: CStruct, alphas: tuple[int, int]) -> list[str]:
    """Return lines that declare `value`. Both factors are proven for all values and alphas."""
    offset, alpha_offset = struct.number("input_offset"), struct.number("alpha_offset")
    output = OutputRange(struct.number("output_offset"))
    identity, product = (
        FixedPoint(struct.number(f"{name}_multiplier"), struct.number(f"{name}_shift"))
        for name in ("identity", "product")
    )
    least, most = min(INT8_MIN + offset, 0), max(INT8_MAX + offset, 0)
    products = [least * (alpha + alpha_offset) for alpha in alphas]
    kept = (
        f"x + {output.zero_point}"
        if identity == _ONE
        else requantized("x", Sums(identity, 0, most), output, short=True)
    )
    below = Sums(product, min(*products, 0), max(*products, 0))
    return [
        f"const int32_t x = byte_1 + {offset};",
        "int32_t value;",
        *block("if (x >= 0)", [f"value = {kept};"]),
        *block(
            "else",
            [
                f"const int32_t product = x * (byte_2 + {alpha_offset});",
                f"value = {requantized('product', below, output, short=True)};",
            ],
        ),
    ]


GENERATOR = Prelu()
