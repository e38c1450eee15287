"""CONV_2D of int8 with any filter but 1x1: rows of the filter on expanded activations, or windows of few channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from _convolution import Convolution, is_one_product
from _direct import direct_routine
from _direct_quads import DirectQuads
from _explanation import explanation
from _packed import packed_lowered
from _plan import Chosen, Plan, best_plans, plan_offers, possible_plans
from _product import Geometry, product_of_layer
from _schedules import lowered
from _weighted import WeightedLayer, weighted_layer

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator, Offer
from scons_tinyml.stages.lowering.implementation import (
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
)
from scons_tinyml.stages.lowering.thumb.raw_pairs import QUAD

TAKES = ("CONV_2D int8",)

_SCHEDULES = {
    "rows": "rows of the padded image are expanded to 16 bits; a group of channels for all their pixels",
    "windows": "the inputs of each pixel's filter are put side by side, expanded to 16 bits",
    "row_windows": "what a row of the filter reads for each output column is put side by side, expanded to 16 bits",
}
"""How each layout goes through pixels and weights, whose group is copied into scratch."""


class DirectConvolution(Generator):
    """A plan with little scratch, and one that is faster with more."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a CONV_2D layer, or a Refusal."""
        yield from self.planned(view, core, best_plans)

    def offers(self, view: LayerView, core: Core) -> Iterator[Offer]:
        """Yield all other plans with as little scratch."""
        yield from plan_offers(partial(self.planned, view, core))

    def planned(self, view: LayerView, core: Core, chosen: Chosen) -> Iterator[Lowered]:
        """Yield functions for those plans that are `chosen` of all possible ones, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "CONV_2D":
            return
        attributes = operator.attributes(view)
        dsp = "dsp" in core.features
        reason = _objection(attributes, dsp=dsp)
        layer = weighted_layer(view, core) if reason is None else reason
        if isinstance(layer, str):
            yield Refusal("", layer)
            return
        made = Convolution.of(attributes, layer.input_zero_point)
        if not dsp:
            yield from packed_lowered(layer, made, fpu="fpu" in core.features, chosen=chosen)
        elif is_one_product(made):
            yield from lowered(view, Geometry(1, 1), core)
        else:
            yield from _planned(chosen(possible_plans(made)), layer, core)


def _objection(attributes: Mapping[str, int], *, dsp: bool) -> str | None:
    padded = any(attributes[f"padding_{side}"] for side in ("top", "left", "bottom", "right"))
    if (attributes["filter_height"], attributes["filter_width"]) == (1, 1) and not padded:
        return "is for filters larger than 1x1, or with padding"
    groups, depth = attributes["groups"], attributes["input_channels"]
    if dsp and groups > 1 and depth // groups % QUAD:
        return f"is for groups of 4, 8, 12 ... input channels, the layer has groups of {depth // groups}"
    return None


def _planned(plans: Sequence[Plan], layer: WeightedLayer, core: Core) -> Iterator[Lowered]:
    """Yield a function for each plan."""
    for plan in plans:
        product = product_of_layer(layer, plan.layout.arranged)
        if isinstance(product, str):
            yield Refusal("", product)
            return
        plan = replace(plan, constants=product.constants_of_a_channel)
        direct = DirectQuads(plan, layer, product.requantization, product)
        yield _implementation(direct, fpu="fpu" in core.features)


def _implementation(direct: DirectQuads, *, fpu: bool) -> Implementation:
    """Return the implementation. In place, all rows are expanded before an output lies over them."""
    routine = direct_routine(direct, fpu=fpu)
    return Implementation(
        name=direct.plan.name,
        function=routine.function,
        code=routine.code,
        arguments=(Input(0), direct.stream(), Output(0), Scratch()),
        scratch_bytes=direct.plan.scratch_bytes,
        in_place=direct.plan.layout.tiling.tiles == 1,
        explanation=explanation(
            _SCHEDULES[direct.plan.layout.name], direct.layer, direct.requantization, routine
        ),
        reads_constants_once=True,
    )


GENERATOR = DirectConvolution()
