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
from _depthwise_walk import Walk, walks
from _explanation import explanation
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

_MOST_SCRATCH = 2
"""Planes of several channels take at most this times the bytes of input and output."""

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
        found = _schedules(view, attributes, core)
        if isinstance(found, str):
            yield Refusal("", found)
            return
        best = min(found, key=lambda schedule: schedule.cycles)
        for planes in dict.fromkeys((_planes(attributes, best.work.walk)[0], 1)):
            yield _implementation(best, planes, attributes, fpu="fpu" in core.features)

    def offers(self, view: LayerView, core: Core) -> Iterator[Offer]:
        """Yield runs along the other side of the image, and other numbers of planes."""
        operator = known_operator(view)
        if operator.computation(view) != "DEPTHWISE_CONV_2D":
            return
        attributes = operator.attributes(view)
        found = _schedules(view, attributes, core)
        if isinstance(found, str):
            return
        best = min(found, key=lambda schedule: schedule.cycles)
        for schedule in found:
            possible = _planes(attributes, schedule.work.walk)
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
    layer = weighted_layer(view, core)
    sums = layer if isinstance(layer, str) else scaled_sums(layer)
    if isinstance(layer, str) or isinstance(sums, str):
        return str(sums)
    found = [
        schedule
        for walk in walks(attributes, dsp="dsp" in core.features)
        if (schedule := _schedule(Depthwise(layer, sums, attributes["input_channels"], walk))) is not None
    ]
    rows, columns = attributes["filter_height"], attributes["filter_width"]
    return found or f"a filter of {rows}x{columns} takes more code than an instruction cache holds"


def _schedule(work: Depthwise) -> Schedule | None:
    held = HeldSchedule.of(work) if work.walk.lanes > 1 else None
    return held or StreamedSchedule.of(work)


def _planes(attributes: Mapping[str, int], walk: Walk) -> list[int]:
    """Return the numbers of channels that may be copied at a time, the best first and 1 last."""
    activations_bytes = sum(
        attributes[f"{tensor}_height"] * attributes[f"{tensor}_width"] * attributes[f"{tensor}_channels"]
        for tensor in ("input", "output")
    )
    return [
        planes
        for planes in (4, 2, 1)
        if attributes["input_channels"] % planes == 0
        and (planes * walk.planes_bytes <= _MOST_SCRATCH * activations_bytes or planes == 1)
    ]


def _implementation(
    found: Schedule, planes: int, attributes: Mapping[str, int], *, fpu: bool
) -> Implementation:
    """Return the implementation. In place, a channel is copied before the output of the same pixels lies over it."""
    work = replace(found.work, walk=replace(found.work.walk, planes=planes))
    schedule = replace(found, work=work)
    is_same = all(
        attributes[f"input_{side}"] == attributes[f"output_{side}"]
        for side in ("height", "width", "channels")
    )
    routine = schedule.routine(fpu=fpu)
    return Implementation(
        name=f"{schedule.name}_{planes}",
        function=routine.function,
        code=routine.code,
        arguments=(Input(0), work.stream(schedule.packing), Output(0), Scratch()),
        scratch_bytes=work.walk.planes_bytes + schedule.copied_bytes,
        in_place=is_same,
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
