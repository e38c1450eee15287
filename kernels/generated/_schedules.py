"""The schedules of a product that are worth measuring."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from _explanation import explanation
from _few import CONSTANTS, MOST_QUADS, few_routine
from _pixels import PixelSchedule, pixels_routine
from _product import Geometry, Product, product_of
from _row import groups, row_routine

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Offer
from scons_tinyml.stages.lowering.implementation import (
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
)
from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES
from scons_tinyml.stages.lowering.thumb.routine import Routine

_PAIRS_TO_COPY = 6
"""Pairs of pixels from which on a copy of the weights in scratch saves more than it takes."""
_WIDTHS = {2: "two", 3: "three"}
_SCHEDULES = {
    "row": "four outputs at a time, every weight is read once and in order; inputs are expanded to 16 bits first",
    "few": "two pixels stay in registers while all weights pass by",
    "few_copied": "two pixels stay in registers while all weights pass by, from a copy in scratch",
    **{
        f"{size}x2{copied}{tiled}": f"{word} channels by two pixels at a time; inputs are expanded to 16 bits first"
        f"{', in tiles of pixels' if tiled else ''}{', weights of a group of channels are copied' if copied else ''}"
        for size, word in _WIDTHS.items()
        for copied in ("", "_copied")
        for tiled in ("", "_tiles")
    },
}
"""How each schedule goes through pixels and weights."""
LARGEST_DEPTH = 1900
"""Activations of the second pixel are 2 bytes a value behind those of the first, at most 4095."""
LARGEST_CHANNELS = 4000
"""Outputs of the second pixel are as many bytes behind, at most 4095."""


def lowered(view: LayerView, geometry: Geometry, core: Core) -> Iterator[Lowered]:
    """Yield functions for the product of a layer on the pixels of `geometry`, or a Refusal."""
    product = product_of(view, core)
    if isinstance(product, str):
        yield Refusal("", product)
    elif (reason := _objection(product, geometry)) is not None:
        yield Refusal("", reason)
    else:
        yield from _schedules(product, geometry, core)


def offered(view: LayerView, geometry: Geometry, core: Core) -> Iterator[Offer]:
    """Yield the schedules of many pixels that `lowered` leaves out."""
    product = product_of(view, core)
    if isinstance(product, str) or geometry.pixels == 1 or _objection(product, geometry) is not None:
        return
    fpu = "fpu" in core.features
    tried = {item.name for item in _schedules(product, geometry, core)}
    for schedule in _all_pixel_schedules(product.channels, geometry):
        if schedule.name not in tried:
            yield Offer(schedule.name, partial(_pixels, product, geometry, schedule, fpu=fpu))


def _all_pixel_schedules(channels: int, geometry: Geometry) -> list[PixelSchedule]:
    """Return the schedules of pixels that differ."""
    found = [
        PixelSchedule(widest, copies, tiles)
        for widest in (3, 2)
        for copies in (False, True)
        for tiles in (False, True)
    ]
    same = PixelSchedule(3, copies=False).groups(channels) == PixelSchedule(2, copies=False).groups(channels)
    return [one for one in found if one.suits(geometry) and not (same and one.widest == 3)]


def _schedules(product: Product, geometry: Geometry, core: Core) -> Iterator[Implementation]:
    """Yield functions for `product` on the pixels of `geometry`."""
    fpu = "fpu" in core.features
    if geometry.pixels == 1:
        scratch_bytes = EXPANDED_BYTES * product.quads
        parts = groups(product.channels)
        yield _implementation(
            "row", product, row_routine(product, fpu=fpu), parts, scratch_bytes, in_place=True
        )
    elif product.quads <= MOST_QUADS and product.constants_of_a_channel == CONSTANTS and geometry.is_dense:
        yield from _few(product, geometry, fpu=fpu)
    else:
        for schedule in pixel_schedules(product.channels, geometry):
            yield _pixels(product, geometry, schedule, fpu=fpu)


def pixel_schedules(channels: int, geometry: Geometry) -> list[PixelSchedule]:
    """Return the fastest schedule of pixels, and one with little scratch where that needs much."""
    widest = 2 if channels in (2, 4) else 3
    whole = PixelSchedule(widest, copies=geometry.pairs >= _PAIRS_TO_COPY)
    tiles = PixelSchedule(widest, copies=True, tiles=True)
    return [whole, tiles] if tiles.suits(geometry) else [whole]


def _pixels(product: Product, geometry: Geometry, schedule: PixelSchedule, *, fpu: bool) -> Implementation:
    routine = pixels_routine(product, geometry, schedule, fpu=fpu)
    tile = schedule.tile(geometry).pixels
    scratch_bytes = EXPANDED_BYTES * product.quads * tile + schedule.copied_bytes(product)
    parts = schedule.groups(product.channels)
    in_place = geometry.pixels % tile == 0
    return _implementation(schedule.name, product, routine, parts, scratch_bytes, in_place=in_place)


def _few(product: Product, geometry: Geometry, *, fpu: bool) -> Iterator[Implementation]:
    parts = [range(channel, channel + 1) for channel in range(product.channels)]
    for name, copies in (("few", False), ("few_copied", True)):
        routine = few_routine(product, geometry, copies=copies, fpu=fpu)
        scratch_bytes = product.channels * product.bytes_of_a_channel if copies else 0
        yield _implementation(name, product, routine, parts, scratch_bytes, in_place=False)


def _objection(product: Product, geometry: Geometry) -> str | None:
    """Return the reason why no schedule can run `product`."""
    if geometry.pixels > 1 and product.depth > LARGEST_DEPTH:
        return f"is for {LARGEST_DEPTH} input channels or fewer, the layer has {product.depth}"
    if geometry.pixels > 1 and product.channels > LARGEST_CHANNELS:
        return f"is for {LARGEST_CHANNELS} output channels or fewer, the layer has {product.channels}"
    return None


def _implementation(
    name: str, product: Product, routine: Routine, parts: list[range], scratch_bytes: int, *, in_place: bool
) -> Implementation:
    """Return the implementation. In place, pixels are expanded before an output lies over them."""
    return Implementation(
        name=name,
        function=routine.function,
        code=routine.code,
        arguments=(Input(0), product.stream(parts), Output(0), Scratch()),
        scratch_bytes=scratch_bytes,
        in_place=in_place,
        explanation=explanation(_SCHEDULES[name], product.layer, product.requantization, routine),
        reads_constants_once=name != "row",
    )
