"""FULLY_CONNECTED of int8, one row of input or several."""

from __future__ import annotations

from collections.abc import Iterator

from _product import Geometry
from _schedules import lowered

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered

TAKES = ("FULLY_CONNECTED int8",)


class FullyConnected(Generator):
    """Rows are pixels of an image that is one row of pixels."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a FULLY_CONNECTED layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "FULLY_CONNECTED":
            return
        yield from lowered(view, Geometry(1, operator.attributes(view)["rows"]), core)


GENERATOR = FullyConnected()
