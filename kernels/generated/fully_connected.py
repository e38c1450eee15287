"""FULLY_CONNECTED of int8, one row of input or several."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from _convolution import Convolution
from _packed import packed_lowered
from _plan import Chosen, best_plans, plan_offers
from _product import Geometry
from _schedules import lowered, offered
from _weighted import weighted_layer

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator, Offer
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal

TAKES = ("FULLY_CONNECTED int8",)


class FullyConnected(Generator):
    """Rows are pixels of an image that is one row of pixels."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a FULLY_CONNECTED layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "FULLY_CONNECTED":
            return
        rows = operator.attributes(view)["rows"]
        if "dsp" in core.features:
            yield from lowered(view, Geometry(1, rows), core)
        else:
            yield from _packed(view, rows, core)

    def offers(self, view: LayerView, core: Core) -> Iterator[Offer]:
        """Yield what 1x1 convolutions offer, for several rows."""
        operator = known_operator(view)
        if operator.computation(view) != "FULLY_CONNECTED":
            return
        rows = operator.attributes(view)["rows"]
        if "dsp" in core.features:
            yield from offered(view, Geometry(1, rows), core)
        else:
            yield from plan_offers(partial(_packed, view, rows, core))


def _packed(view: LayerView, rows: int, core: Core, chosen: Chosen = best_plans) -> Iterator[Lowered]:
    """Yield functions for a core without the DSP extension, or a Refusal."""
    layer = weighted_layer(view, core)
    if isinstance(layer, str):
        yield Refusal("", layer)
        return
    made = Convolution.of_rows(rows, layer.depth, layer.channels, layer.input_zero_point)
    yield from packed_lowered(layer, made, fpu="fpu" in core.features, chosen=chosen)


GENERATOR = FullyConnected()
