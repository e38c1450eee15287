"""ADD and SUB of int8: two products for each pair of values, by DSP instructions or in C.

Where no factors give TensorFlow Lite Micro's bytes, both values are looked up in tables of terms.
"""

from __future__ import annotations

from collections.abc import Iterator

from _bytes import Limits
from _factored_sum import FactoredSum
from _pairs import Pairs, pair_function, pair_implementation
from _scaled_sum import SIGNS, SumLayer, proven_sum
from _summed_tables import SummedTables

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import ConstantData, Implementation, Lowered, Refusal
from scons_tinyml.stages.lowering.literals import pack

TAKES = ("ADD int8", "SUB int8")


class Add(Generator):
    """Values are added in the scale of the output. Differences are sums with another sign."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for an ADD or SUB layer of int8, or a Refusal."""
        sign = SIGNS.get(known_operator(view).computation(view))
        if sign is None:
            return
        pairs = Pairs.of(view)
        if isinstance(pairs, str):
            yield Refusal("", pairs)
            return
        struct = known_operator(view).parameters(view)
        layer, limits = SumLayer.of(struct, sign), Limits.of(struct)
        found = proven_sum(layer) if "dsp" in core.features else None
        if found is not None:
            yield pair_function(view, core, pairs, found, limits)
        else:
            yield _in_c(view, pairs, layer, limits)


def _in_c(view: LayerView, pairs: Pairs, layer: SumLayer, limits: Limits) -> Implementation:
    factored = FactoredSum.of(layer)
    if factored is not None:
        function, words = factored.function(pairs, limits), factored.factors
    else:
        tables = SummedTables.of(layer)
        function, words = tables.function(pairs, limits), tables.terms
    role = "terms" if factored is None else "factors"
    data = ConstantData(role, "int32_t", pack("int32_t", words), timed=False)
    return pair_implementation(view, function.name, function.code, data)


GENERATOR = Add()
