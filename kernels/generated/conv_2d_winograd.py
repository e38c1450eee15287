"""CONV_2D of int8 with a 3x3 filter and no strides, by Winograd's F(4x4, 3x3) in exact integers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from _explanation import explanation
from _weighted import WeightedLayer, weighted_layer
from _winograd import FILTER, TILE, filters_of
from _winograd_copies import LARGEST_OFFSET
from _winograd_image import Image, Schedule, Source
from _winograd_routine import winograd_routine

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

TAKES = ("CONV_2D int8",)

LEAST_DEPTH = 3
"""With fewer input channels the transforms cost more than the products that they save."""
LEAST_CHANNELS = 2
_MOST_SCRATCH_BYTES = 56 * 1024
"""Limit of larger strips, or twice the activations of the layer."""
_BLOCKS_TO_COPY = 3
"""Blocks that read a group's weights for which a copy of them pays."""
_OUTPUTS_TO_MAKE = 32
"""Outputs of a channel in a strip for which making weights, 180 cycles a pair of channels, saves time."""

_SCHEDULES = {
    Source.FLASH: "F(4x4, 3x3) in whole numbers; transformed weights have 16 bits, 8 bytes a weight, and stay in flash",
    Source.COPIED: "F(4x4, 3x3) in whole numbers; transformed weights of a group of channels are copied into scratch",
    Source.MADE: "F(4x4, 3x3) in whole numbers; int8 weights of a group of channels are transformed into scratch",
}
"""Places of the weights of each schedule."""


class Winograd(Generator):
    """Transformed weights are in flash, 8 bytes a weight, or made at run time from int8 weights."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a CONV_2D layer, or a Refusal."""
        if known_operator(view).computation(view) != "CONV_2D":
            return
        found = _layer(view, core)
        if isinstance(found, str):
            yield Refusal("", found)
            return
        layer, small = found
        for name, schedule in _best(small).items():
            yield implementation(name, schedule, layer, core)

    def offers(self, view: LayerView, core: Core) -> Iterator[Offer]:
        """Yield strips of other numbers of rows, with weights in each of the places."""
        if known_operator(view).computation(view) != "CONV_2D":
            return
        found = _layer(view, core)
        if isinstance(found, str):
            return
        layer, small = found
        tried = _best(small).values()
        for source in Source:
            for schedule in _strips(replace(small, source=source)):
                if schedule not in tried:
                    name = f"{source.value}_{schedule.rows}"
                    yield Offer(name, partial(implementation, name, schedule, layer, core))


def _layer(view: LayerView, core: Core) -> tuple[WeightedLayer, Schedule] | str:
    """Return the layer, and the schedule of single rows of tiles, or the reason against them."""
    attributes = known_operator(view).attributes(view)
    reason = _objection(attributes)
    layer = reason if reason is not None else weighted_layer(view, core)
    if isinstance(layer, str):
        return layer
    filters = filters_of(layer, attributes["input_channels"])
    return (
        filters
        if isinstance(filters, str)
        else (layer, Schedule(Image.of(attributes), filters, 1, Source.FLASH))
    )


def _best(small: Schedule) -> dict[str, Schedule]:
    """Return the schedules that are worth measuring in any case, by name."""
    image, rows = small.image, _rows(small)
    large = replace(small, rows=rows)
    if large.blocks >= _BLOCKS_TO_COPY:
        large = replace(large, source=Source.COPIED)
    made = replace(small, rows=rows, source=Source.MADE)
    schedules = {"row": small, "strip": large, "made": made}
    if large == small:
        del schedules["strip"]
    if image.output_height * image.output_width < _OUTPUTS_TO_MAKE * made.strips:
        del schedules["made"]
    return schedules


def _strips(small: Schedule) -> list[Schedule]:
    """Return strips of all numbers of rows that scratch allows, at least that of one row."""
    image, channels = small.image, small.filters.channels
    activations = image.height * image.width * image.depth
    activations += image.output_height * image.output_width * channels
    most = max(_MOST_SCRATCH_BYTES, 2 * activations)
    strips = [replace(small, rows=rows) for rows in range(1, image.tile_rows + 1)]
    return [strip for strip in strips if strip.scratch_bytes <= most] or strips[:1]


def _rows(small: Schedule) -> int:
    """Return the rows of tiles of a strip: most of those that scratch allows and that divide the image best."""
    allowed = _strips(replace(small, source=Source.COPIED))
    computed = {item.rows: item.strips * item.blocks * item.block_tiles for item in allowed}
    return max(allowed, key=lambda item: (-computed[item.rows], item.rows)).rows


def implementation(name: str, schedule: Schedule, layer: WeightedLayer, core: Core) -> Implementation:
    """Return the implementation. In place, a single strip has read all inputs before an output lies over them."""
    fpu, dsp = ("fpu" in core.features, "dsp" in core.features)
    routine = winograd_routine(schedule, layer.input_zero_point, fpu=fpu, dsp=dsp)
    stream = schedule.filters.stream(
        schedule.groups, schedule.block_channels, made=schedule.source is Source.MADE, timed=not dsp
    )
    return Implementation(
        name=name,
        function=routine.function,
        code=routine.code,
        arguments=(Input(0), stream, Output(0), Scratch()),
        scratch_bytes=schedule.scratch_bytes,
        in_place=schedule.strips == 1,
        explanation=explanation(
            _SCHEDULES[schedule.source], layer, schedule.filters.requantization, routine, dsp=dsp
        ),
        reads_constants_once=schedule.source is not Source.FLASH,
    )


def _objection(attributes: Mapping[str, int]) -> str | None:
    """Return the reason why the geometry of a layer does not suit."""
    filters, strides, dilations, outputs = (
        (attributes[f"{name}_height"], attributes[f"{name}_width"])
        for name in ("filter", "stride", "dilation", "output")
    )
    depth, channels = attributes["input_channels"], attributes["output_channels"]
    row_bytes = depth * (attributes["output_width"] + FILTER - 1)
    if filters != (FILTER, FILTER):
        return "is for 3x3 filters"
    if strides != (1, 1) or dilations != (1, 1):
        return "is for layers without strides and dilation"
    if attributes["groups"] != 1:
        return "is for one group of channels"
    if min(outputs) < TILE:
        return f"is for outputs of 4x4 pixels or more, the layer has {outputs[0]}x{outputs[1]}"
    if depth < LEAST_DEPTH:
        return f"is for {LEAST_DEPTH} input channels or more, the layer has {depth}"
    if channels < LEAST_CHANNELS:
        return f"is for {LEAST_CHANNELS} output channels or more, the layer has {channels}"
    if row_bytes > LARGEST_OFFSET:
        return f"is for padded rows of up to {LARGEST_OFFSET} bytes, the layer has {row_bytes}"
    return None


GENERATOR = Winograd()
