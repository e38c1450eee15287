"""ADD and SUB of int8: values are added in the scale of the output, four at a time."""

from __future__ import annotations

from collections.abc import Iterator

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
        operator = known_operator(view)
        sign = SIGNS.get(operator.computation(view))
        if sign is None:
            return
        if operator.number_type(view) != "int8":
            yield Refusal("", "is for int8 activations")
            return
        if "dsp" not in core.features:
            yield Refusal("", "needs dsp, which the core does not have")
            return
        pairs = Pairs.of(view)
        if isinstance(pairs, str):
            yield Refusal("", pairs)
            return
        layer = SumLayer.of(operator.parameters(view), sign)
        found = proven_sum(layer)
        if found is None:
            yield Refusal("", "no proven constants: for some pair of values, scaling once gives another byte")
        else:
            yield pair_function(view, core, pairs, found, layer.limits)


GENERATOR = Add()
