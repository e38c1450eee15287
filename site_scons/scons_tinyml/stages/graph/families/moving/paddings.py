"""Paddings around a tensor: a constant second input with a pair of counts per dimension."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import LayerView

Pair = tuple[int, int]
"""Counts of padding before and after."""


def check_paddings(view: LayerView) -> list[str]:
    """Return problems with the pairs. Requires constant whole numbers."""
    shape, found = view.input(0).shape, view.input(1)
    if found.shape != (len(shape), 2):
        return [f"paddings have the shape {list(found.shape)}, expected {[len(shape), 2]}"]
    counts = pairs(view)
    if any(count < 0 for pair in counts for count in pair):
        return [f"paddings {[list(pair) for pair in counts]} must not be negative"]
    return []


def pairs(view: LayerView) -> list[Pair]:
    """Return the pair of each dimension."""
    values = integers(view.input(1))
    return list(zip(values[::2], values[1::2], strict=True))


def padded_shape(view: LayerView) -> Sequence[int]:
    """Return the shape of the output."""
    return [
        before + length + after
        for length, (before, after) in zip(view.input(0).shape, pairs(view), strict=True)
    ]


def merged_axes(view: LayerView, most: int = 0) -> list[tuple[int, Pair]]:
    """Return length and pair of each dimension of the input, without leading unpadded dimensions of 1.

    Unpadded neighbours are merged until at most `most` axes are left, or none can be merged.
    """
    axes = list(zip(view.input(0).shape, pairs(view), strict=True))
    while len(axes) > 1 and axes[0] == (1, (0, 0)):
        del axes[0]
    place = 0
    while len(axes) > most and place + 1 < len(axes):
        (length, pair), (inner, inner_pair) = axes[place : place + 2]
        if pair == inner_pair == (0, 0):
            axes[place : place + 2] = [(length * inner, pair)]
        else:
            place += 1
    return axes
