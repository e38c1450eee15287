"""DEPTHWISE_CONV_2D of int8: any filter, strides, padding, dilation and depth multiplier.

Channels are copied into planes of int16 with their padding. Runs go along the side on which they take less time, mostly
the longer one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from _depthwise import Depthwise, Schedule
from _depthwise_held import HeldSchedule
from _depthwise_scaled import scaled_sums
from _depthwise_streamed import StreamedSchedule
from _depthwise_walk import Walk, WalkOfBytes, keeps_shape, possible_planes, walks
from _explanation import explanation
from _narrow_depthwise import narrow_depthwise
from _weighted import weighted_layer

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

TAKES = ("DEPTHWISE_CONV_2D int8",)

_SCHEDULES = {
    "held": "all weights stay in registers",
    "streamed": "weights pass by for each block",
}
"""How each schedule goes through a channel."""


class DepthwiseConv2D(Generator):
    """Yields a function that copies four or two channels at a time, and one with the scratch of a single channel."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a DEPTHWISE_CONV_2D layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "DEPTHWISE_CONV_2D":
            return
        attributes = operator.attributes(view)
        if not core.has_thumb2:
            yield from narrow_depthwise(weighted_layer(view), attributes)
            return
        found = _schedules(view, attributes, core)
        if isinstance(found, str):
            yield Refusal("", found)
            return
        best = min(found, key=lambda schedule: schedule.cycles)
        for planes in dict.fromkeys((possible_planes(attributes, best.work.walk)[0], 1)):
            yield _implementation(best, planes, attributes, fpu="fpu" in core.features)

    def offers(self, view: LayerView, core: Core) -> Iterator[Offer]:
        """Yield runs along the other side of the image, and other numbers of planes."""
        operator = known_operator(view)
        if operator.computation(view) != "DEPTHWISE_CONV_2D" or not core.has_thumb2:
            return
        attributes = operator.attributes(view)
        found = _schedules(view, attributes, core)
        if isinstance(found, str):
            return
        best = min(found, key=lambda schedule: schedule.cycles)
        for schedule in found:
            possible = possible_planes(attributes, schedule.work.walk)
            along = "columns" if schedule.work.walk.down else "rows"
            for planes in possible if schedule is not best else possible[1:-1]:
                name = f"{schedule.name}_{planes}_{along}"
                yield Offer(name, partial(self._offered, schedule, planes, attributes, name, core))

    @staticmethod
    def _offered(
        schedule: Schedule, planes: int, attributes: Mapping[str, int], name: str, core: Core
    ) -> Lowered:
        return replace(_implementation(schedule, planes, attributes, fpu="fpu" in core.features), name=name)


def _schedules(view: LayerView, attributes: Mapping[str, int], core: Core) -> list[Schedule] | str:
    """Return the schedule along each side of the image that has one, or the reason why none has."""
    layer = weighted_layer(view)
    sums = layer if isinstance(layer, str) else scaled_sums(layer)
    if isinstance(layer, str) or isinstance(sums, str):
        return str(sums)
    found = [
        schedule
        for walk in walks(attributes, Walk if "dsp" in core.features else WalkOfBytes)
        if (schedule := _schedule(Depthwise(layer, sums, attributes["input_channels"], walk))) is not None
    ]
    rows, columns = attributes["filter_height"], attributes["filter_width"]
    return found or f"a filter of {rows}x{columns} takes more code than an instruction cache holds"


def _schedule(work: Depthwise) -> Schedule | None:
    held = HeldSchedule.of(work) if work.walk.lanes > 1 else None
    return held or StreamedSchedule.of(work)


def _implementation(
    found: Schedule, planes: int, attributes: Mapping[str, int], *, fpu: bool
) -> Implementation:
    """Return the implementation. In place, a channel is copied before the output of the same pixels lies over it."""
    work = replace(found.work, walk=replace(found.work.walk, planes=planes))
    schedule = replace(found, work=work)
    routine = schedule.routine(fpu=fpu)
    return Implementation(
        name=f"{schedule.name}_{planes}",
        function=routine.function,
        code=routine.code,
        arguments=(Input(0), work.stream(schedule.packing), Output(0), Scratch()),
        scratch_bytes=work.walk.planes_bytes + schedule.copied_bytes,
        in_place=keeps_shape(attributes),
        explanation=explanation(
            f"channels are copied into planes of {work.walk.lane_text} with their padding; {_SCHEDULES[schedule.name]}",
            work.layer,
            work.requantization,
            routine,
            dsp=work.walk.lanes > 1,
        ),
        reads_constants_once=True,
    )


GENERATOR = DepthwiseConv2D()
