"""MUL of int8: two lanes a register and four products at a time, or one by one without DSP instructions."""

from __future__ import annotations

from collections.abc import Iterator

from _bytes import Limits
from _pairs import Pairs, pair_function, pair_implementation
from _scaled_product import ProductLayer

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal

TAKES = ("MUL int8",)


class Mul(Generator):
    """Values meet one by one, or a row meets each row of the other input."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for a MUL layer of int8, or a Refusal."""
        if known_operator(view).computation(view) != "MUL":
            return
        pairs = Pairs.of(view)
        if isinstance(pairs, str):
            yield Refusal("", pairs)
            return
        struct = known_operator(view).parameters(view)
        layer, limits = ProductLayer.of(struct), Limits.of(struct)
        found = layer.proven() if "dsp" in core.features else None
        if found is not None:
            yield pair_function(view, core, pairs, found, limits)
        else:
            function = layer.function(pairs, limits)
            yield pair_implementation(view, function.name, function.code)


GENERATOR = Mul()
