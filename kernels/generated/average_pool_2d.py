"""AVERAGE_POOL_2D of int8, any window, strides and padding: four channels at a time, on any core."""

from __future__ import annotations

from collections.abc import Iterator

from _bytes import Limits
from _lanes import Means
from _pool_windows import Windows
from _pooling import objection, reduced

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal

TAKES = ("AVERAGE_POOL_2D int8",)


class AveragePool(Generator):
    """Sums in lanes of 16 bits, which are divided by a multiplication that is proven for all sums."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for an AVERAGE_POOL_2D layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "AVERAGE_POOL_2D":
            return
        windows = Windows.of(operator.attributes(view))
        reason = objection(view, windows.channels, core)
        if reason is not None:
            yield Refusal("", reason)
            return
        means = Means(Limits.of(operator.parameters(view)), windows.pixels, dsp="dsp" in core.features)
        description = f"Means of {windows.rows}x{windows.columns} pixels of {windows.channels} channels"
        yield from reduced("average", description, windows, means)


GENERATOR = AveragePool()
