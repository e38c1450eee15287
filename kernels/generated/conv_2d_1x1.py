"""CONV_2D of int8 with a 1x1 filter, any strides: a matrix times the channels of each pixel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

TAKES = ("CONV_2D int8",)


class Pointwise(Generator):
    """Pixels that strides leave out are not expanded."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a CONV_2D layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "CONV_2D":
            return
        attributes = operator.attributes(view)
        reason = _objection(attributes)
        if reason is not None:
            yield Refusal("", reason)
            return
        if "dsp" not in core.features:
            yield from _packed(view, attributes, core)
            return
        yield from lowered(view, _geometry(attributes), core)

    def offers(self, view: LayerView, core: Core) -> Iterator[Offer]:
        """Yield other blocks of channels and places of their weights."""
        operator = known_operator(view)
        attributes = operator.attributes(view)
        if operator.computation(view) != "CONV_2D" or _objection(attributes) is not None:
            return
        if "dsp" in core.features:
            yield from offered(view, _geometry(attributes), core)
        else:
            yield from plan_offers(partial(_packed, view, attributes, core))


def _geometry(attributes: Mapping[str, int]) -> Geometry:
    return Geometry(
        attributes["output_height"],
        attributes["output_width"],
        attributes["stride_height"],
        attributes["stride_width"],
        attributes["input_width"],
    )


def _packed(
    view: LayerView, attributes: Mapping[str, int], core: Core, chosen: Chosen = best_plans
) -> Iterator[Lowered]:
    """Yield functions for a core without the DSP extension, or a Refusal."""
    layer = weighted_layer(view, core)
    if isinstance(layer, str):
        yield Refusal("", layer)
        return
    made = Convolution.of(attributes, layer.input_zero_point)
    yield from packed_lowered(layer, made, fpu="fpu" in core.features, chosen=chosen)


def _objection(attributes: Mapping[str, int]) -> str | None:
    if (attributes["filter_height"], attributes["filter_width"]) != (1, 1):
        return "is for 1x1 filters"
    if attributes["groups"] != 1:
        return "is for one group of channels"
    if any(attributes[f"padding_{side}"] for side in ("top", "left", "bottom", "right")):
        return "is for layers without padding"
    return None


GENERATOR = Pointwise()
