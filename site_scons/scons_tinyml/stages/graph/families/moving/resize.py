"""Checks and scales of both operators that resize images."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.tensors import check_rank, integers
from scons_tinyml.stages.graph.ir import LayerView


def check_size(view: LayerView) -> list[str]:
    """Return problems with an NHWC image and the constant height and width that it is resized to."""
    size = view.input(1)
    if size.shape != (2,) or size.type != "int32":
        return [f"size is {size.type} of the shape {list(size.shape)}, expected int32 [2]"]
    if min(integers(size)) < 1:
        return [f"size {list(integers(size))} must be above 0"]
    return check_rank(view.input(0), "input", 4)


def resized_shape(view: LayerView) -> Sequence[int]:
    """Return the shape of the output."""
    batch, _, _, channels = view.input(0).shape
    return batch, *integers(view.input(1)), channels


def scaled_lengths(length: int, resized: int, align_corners: bool) -> tuple[int, int]:
    """Return two lengths with the scale as quotient; `align_corners` measures from first to last pixel."""
    return (length - 1, resized - 1) if align_corners and resized > 1 else (length, resized)
