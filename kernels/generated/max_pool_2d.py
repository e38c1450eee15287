"""MAX_POOL_2D of int8, any window, strides and padding: four channels at a time."""

from __future__ import annotations

from collections.abc import Iterator

from _bytes import Limits
from _lanes import Largest
from _pooling import objection, reduced
from _windows import Windows

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal


class MaxPool(Generator):
    """SSUB8 and SEL choose the larger bytes of two words."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for a MAX_POOL_2D layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "MAX_POOL_2D":
            return
        windows = Windows.of(operator.attributes(view))
        reason = objection(view, windows.channels, core)
        if reason is None and "dsp" not in core.features:
            reason = "needs dsp, which the core does not have"
        if reason is not None:
            yield Refusal("", reason)
            return
        description = f"Maxima of {windows.rows}x{windows.columns} pixels of {windows.channels} channels"
        yield from reduced("max", description, windows, Largest(Limits.of(operator.parameters(view))))


GENERATOR = MaxPool()
