"""MIRROR_PAD: a tensor surrounded by its own mirrored values."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.indexed_copy import IndexedCopy, OffsetTable
from scons_tinyml.stages.graph.families.moving.loops import dense_strides
from scons_tinyml.stages.graph.families.moving.paddings import (
    check_paddings,
    merged_axes,
    padded_shape,
    pairs,
)
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class MirrorPad(IndexedCopy):
    """REFLECT mirrors at the outermost values without repeating them; SYMMETRIC repeats them."""

    name = "MIRROR_PAD"
    input_names = ("input", "paddings")
    folded_inputs = (1,)
    types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int16", "int32", "int64", "bool")

    def _check_options(self, view: LayerView) -> list[str]:
        problems, skipped = check_paddings(view), _skipped(view)
        if problems:
            return problems
        return [
            f"pads dimension {axis} by {max(pair)}, {length - skipped} of its {length} values can be mirrored"
            for axis, (length, pair) in enumerate(zip(view.input(0).shape, pairs(view), strict=True))
            if max(pair) > length - skipped
        ]

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        return padded_shape(view)

    def _tables(self, view: LayerView) -> tuple[Sequence[OffsetTable], int]:
        axes, row_bytes = merged_axes(view), ITEM_BYTES[view.input(0).type]
        if axes and axes[-1][1] == (0, 0):
            row_bytes *= axes.pop()[0]
        strides = dense_strides([length for length, _ in axes], row_bytes)
        skipped = _skipped(view)
        tables = [
            [_mirrored(place, length, skipped) * stride for place in range(-before, length + after)]
            for (length, (before, after)), stride in zip(axes, strides, strict=True)
        ]
        return tables, row_bytes


def _skipped(view: LayerView) -> int:
    """Return the number of edge values that are not repeated."""
    return 1 if view.option_text("mode") == "REFLECT" else 0


def _mirrored(place: int, length: int, skipped: int) -> int:
    if place < 0:
        return skipped - 1 - place
    return place if place < length else 2 * length - 1 - skipped - place


OPERATOR = MirrorPad()
