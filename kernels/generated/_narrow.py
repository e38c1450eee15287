"""Products and convolutions for Armv6-M: C around blocks of assembly, requantization by products of 32 bits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from _convolution import Convolution, is_one_product
from _explanation import explanation
from _narrow_direct import NarrowDirect
from _narrow_row import NarrowRow
from _packed_plan import possible_packed_plans
from _plan import Chosen
from _row_bytes import RowStream
from _weighted import WeightedLayer

from scons_tinyml.stages.lowering.implementation import (
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
)
from scons_tinyml.stages.lowering.thumb.four_products import NarrowRequantization, narrow_requantization

SCHEDULES = {
    "row": "eight outputs at a time, every weight is read once and in order",
    "image": "activations are read where they are; a group of channels for all pixels, packed by two",
    "padded": "rows are copied with their padding; a group of channels for all pixels, packed by two",
}
"""How each layout goes through pixels and weights, whose group is copied into scratch."""


def narrow_lowered(layer: WeightedLayer, made: Convolution, chosen: Chosen) -> Iterator[Lowered]:
    """Yield functions for those plans of a convolution that are `chosen` of all possible ones, or a Refusal."""
    requantization = narrow_requantization(layer.sums(), layer.output)
    if isinstance(requantization, str):
        yield Refusal("", requantization)
        return
    weights = layer.weights * layer.live[:, None]
    bias = layer.live_bias + np.array(requantization.begins)
    if is_one_product(made):
        yield _row(NarrowRow(RowStream(layer, requantization, weights, bias), requantization))
        return
    possible = possible_packed_plans(made, weights)
    if not possible:
        yield Refusal("", "is for filters within 4,095 bytes of their first activation")
        return
    for plan in chosen(possible):
        final = replace(plan, constants=len(requantization.constants[0]))
        yield _direct(NarrowDirect(final, layer, requantization, weights, bias))


def _direct(direct: NarrowDirect) -> Implementation:
    """Return the implementation. In place, all rows are copied before an output lies over them."""
    function, layout = direct.function(), direct.plan.layout
    return Implementation(
        name=direct.plan.name,
        function=function.name,
        code=function.code,
        arguments=(Input(0), direct.stream.data(), Output(0), Scratch()),
        scratch_bytes=direct.plan.scratch_bytes,
        in_place=layout.copies and layout.tiling.tiles == 1,
        explanation=_explanation(layout.name, direct.layer, direct.requantization),
        reads_constants_once=True,
    )


def _row(row: NarrowRow) -> Implementation:
    function = row.function()
    return Implementation(
        name="row",
        function=function.name,
        code=function.code,
        arguments=(Input(0), row.stream.stream(), Output(0), Scratch()),
        explanation=_explanation("row", row.stream.layer, row.requantization),
    )


def _explanation(name: str, layer: WeightedLayer, requantization: NarrowRequantization) -> tuple[str, ...]:
    return explanation(SCHEDULES[name], layer, requantization, None)
