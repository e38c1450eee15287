"""CONV_2D of int8 with any filter but 1x1: rows of the filter on expanded activations, or windows of few channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from _convolution import Convolution, Tiling
from _direct import Direct, direct_routine
from _expanded_rows import ExpandedRows
from _product import Geometry, product_of_layer
from _schedules import LARGEST_CHANNELS, lowered
from _weighted import WeightedLayer, weighted_layer
from _windows import Windows

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import (
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
)
from scons_tinyml.stages.lowering.thumb.raw_pairs import QUAD

_TILE = 64
"""Most pixels of a tile, where a row has fewer."""
_QUAD_CYCLES = 8
"""Approximate cycles of multiplying a quad for two pixels and one channel."""
_WORTH = 0.96
"""All rows at a time are offered if they take at most this part of the cycles of tiles."""
_COPY_CYCLES = 4
"""Approximate cycles of copying a word of weights."""


class DirectConvolution(Generator):
    """All rows at a time where scratch is not much, and tiles of rows."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a CONV_2D layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "CONV_2D":
            return
        attributes = operator.attributes(view)
        reason = _objection(attributes)
        layer = weighted_layer(view, core) if reason is None else reason
        if isinstance(layer, str):
            yield Refusal("", layer)
            return
        made = Convolution.of(attributes, layer.input_zero_point)
        if _is_one_product(made):
            yield from lowered(view, Geometry(1, 1), core)
        else:
            yield from _schedules(made, layer, core)


def _objection(attributes: Mapping[str, int]) -> str | None:
    padded = any(attributes[f"padding_{side}"] for side in ("top", "left", "bottom", "right"))
    if (attributes["filter_height"], attributes["filter_width"]) == (1, 1) and not padded:
        return "is for filters larger than 1x1, or with padding"
    groups, depth = attributes["groups"], attributes["input_channels"]
    if groups > 1 and depth // groups % QUAD:
        return f"is for groups of 4, 8, 12 ... input channels, the layer has groups of {depth // groups}"
    if attributes["output_channels"] > LARGEST_CHANNELS:
        channels = attributes["output_channels"]
        return f"is for {LARGEST_CHANNELS} output channels or fewer, the layer has {channels}"
    return None


def _is_one_product(made: Convolution) -> bool:
    """Return whether the filter covers the image exactly."""
    is_whole = (made.filter_rows, made.filter_columns) == (made.height, made.width)
    is_inside = not (made.pads_rows or made.pads_columns)
    return (made.rows, made.columns, made.groups) == (1, 1, 1) and is_whole and is_inside


def _schedules(made: Convolution, layer: WeightedLayer, core: Core) -> Iterator[Lowered]:
    """Yield tiles, and all rows at a time if that is faster and scratch is at most twice the activations."""
    layouts = [
        _layout(made, Tiling.of(made.rows, rows)) for rows in sorted({made.rows, _rows_of_a_tile(made)})
    ]
    product = product_of_layer(layer, layouts[0].arranged)
    if isinstance(product, str):
        yield Refusal("", product)
        return
    for layout in layouts:
        direct = Direct(product, made, layout.tiling, layout)
        if direct.turns is None:
            pixel = layout.lines.second_bytes
            yield Refusal("", f"is for neighbours within 4095 bytes, expanded pixels are {pixel} bytes apart")
            return
        faster = _cycles(layout) < _WORTH * _cycles(layouts[0])
        if layout is layouts[0] or (faster and direct.scratch_bytes <= 2 * made.activation_bytes):
            yield _implementation(direct, fpu="fpu" in core.features)


def _layout(made: Convolution, tiling: Tiling) -> ExpandedRows | Windows:
    """Return windows where they take fewer quads, as with few channels, else rows."""
    rows, windows = ExpandedRows(made, tiling), Windows(made, tiling)
    segments = rows.segments
    if made.groups == 1 and windows.is_possible and windows.quads < segments.quads * len(segments.starts):
        return windows
    return rows


def _rows_of_a_tile(made: Convolution) -> int:
    """Return the rows of a tile that take least time, within a few pixels."""
    most = min(max(_TILE // made.columns, 1), made.rows)
    return min(range(1, most + 1), key=lambda rows: _cycles(_layout(made, Tiling.of(made.rows, rows))))


def _cycles(layout: ExpandedRows | Windows) -> int:
    """Return approximate cycles that depend on the tile."""
    made, segments = layout.convolution, layout.segments
    words = made.channels * segments.quads * len(segments.starts)
    return layout.cycles + layout.tiling.tiles * words * (_COPY_CYCLES + _QUAD_CYCLES * layout.pairs)


def _implementation(direct: Direct, *, fpu: bool) -> Implementation:
    """Return the implementation. In place, all rows are expanded before an output lies over them."""
    routine = direct_routine(direct, fpu=fpu)
    tiles = direct.tiling.tiles
    return Implementation(
        name=f"{direct.layout.name}_tiles" if tiles > 1 else direct.layout.name,
        function=routine.function,
        code=routine.code,
        arguments=(Input(0), direct.stream(), Output(0), Scratch()),
        scratch_bytes=direct.scratch_bytes,
        in_place=tiles == 1,
    )


GENERATOR = DirectConvolution()
