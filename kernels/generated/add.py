"""ADD and SUB of int8: values are added in the scale of the output, four at a time."""

from __future__ import annotations

from collections.abc import Iterator

from _bytes import Limits
from _pairs import Pairs, pair_function
from _scaled_sum import SIGNS, SumLayer, proven_sum

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal


class Add(Generator):
    """Differences are sums with another sign."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for an ADD or SUB layer of int8, or a Refusal."""
        sign = SIGNS.get(known_operator(view).computation(view))
        if sign is None:
            return
        pairs = Pairs.of(view, core)
        if isinstance(pairs, str):
            yield Refusal("", pairs)
            return
        struct = known_operator(view).parameters(view)
        found = proven_sum(SumLayer.of(struct, sign))
        if found is None:
            yield Refusal("", "no proven constants: for some pair of values, scaling once gives another byte")
        else:
            yield pair_function(view, core, pairs, found, Limits.of(struct))


GENERATOR = Add()
