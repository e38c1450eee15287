"""Products and convolutions for cores that have no DSP extension, but MLA and SMULL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from _convolution import Convolution, is_one_product
from _direct import direct_routine
from _direct_packed import DirectPacked
from _explanation import explanation
from _narrow import SCHEDULES, narrow_lowered
from _packed_plan import possible_packed_plans
from _plan import Chosen, best_plans
from _row_bytes import RowOfBytes
from _weighted import WeightedLayer

from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import (
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
)
from scons_tinyml.stages.lowering.thumb.packed import objection
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.raw_pairs import SCALE


def packed_lowered(
    layer: WeightedLayer, made: Convolution, core: Core, *, chosen: Chosen = best_plans
) -> Iterator[Lowered]:
    """Yield functions for those plans of a convolution that are `chosen` of all possible ones, or a Refusal."""
    if not core.has_thumb2:
        yield from narrow_lowered(layer, made, chosen)
        return
    fpu = "fpu" in core.features
    weights = layer.weights * layer.live[:, None]
    bias = layer.bias * layer.live
    requantization = objection(weights, bias, layer.input_zero_point) or prove(
        layer.sums(SCALE), layer.output
    )
    if isinstance(requantization, str):
        yield Refusal("", requantization)
        return
    if is_one_product(made):
        yield _row(RowOfBytes(layer, requantization, weights, layer.live_bias), fpu=fpu)
        return
    possible = possible_packed_plans(made, weights)
    if not possible:
        yield Refusal("", "is for filters within 4,095 bytes of their first activation")
        return
    for plan in chosen(possible):
        final = replace(plan, constants=len(requantization.constants[0]))
        direct = DirectPacked(final, layer, requantization, weights)
        routine = direct_routine(direct, fpu=fpu)
        yield Implementation(
            name=final.name,
            function=routine.function,
            code=routine.code,
            arguments=(Input(0), direct.stream(), Output(0), Scratch()),
            scratch_bytes=final.scratch_bytes,
            in_place=final.layout.copies and final.layout.tiling.tiles == 1,
            explanation=explanation(SCHEDULES[final.layout.name], layer, requantization, routine, dsp=False),
            reads_constants_once=True,
        )


def _row(row: RowOfBytes, *, fpu: bool) -> Implementation:
    routine = row.routine(fpu=fpu)
    return Implementation(
        name="row",
        function=routine.function,
        code=routine.code,
        arguments=(Input(0), row.stream(), Output(0), Scratch()),
        explanation=explanation(SCHEDULES["row"], row.layer, row.requantization, routine, dsp=False),
    )
