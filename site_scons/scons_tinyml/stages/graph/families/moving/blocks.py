"""Blocks of pixels of an image or a row, and their checks, for SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import LayerView, Tensor


@dataclass(frozen=True)
class Blocks:
    """Heights and widths of blocks, and counts of pixels around the image: (top, bottom), (left, right)."""

    height: int
    width: int
    rows: tuple[int, int]
    columns: tuple[int, int]


def check_blocks(view: LayerView, around: str) -> list[str]:
    """Return problems with the constants; `around` is the role of the counts."""
    rank = len(view.input(0).shape)
    if rank not in (3, 4):
        return [f"input has {rank} dimensions, expected 3 or 4"]
    block_shape, counts = view.input(1), view.input(2)
    if (block_shape.shape, counts.shape) != ((rank - 2,), (rank - 2, 2)):
        return [
            f"block_shape and {around} have the shapes {list(block_shape.shape)} and {list(counts.shape)}, "
            f"expected {[rank - 2]} and {[rank - 2, 2]}"
        ]
    if (block_shape.type, counts.type) != ("int32", "int32"):
        return [f"block_shape and {around} are {block_shape.type} and {counts.type}, expected int32"]
    if min(integers(block_shape)) < 1 or min(integers(counts)) < 0:
        found = f"{list(integers(block_shape))} and {around} {list(integers(counts))}"
        return [f"block_shape {found} must not be below 1 and 0"]
    return []


def blocks(view: LayerView) -> Blocks:
    """Return the constants of a layer that `check_blocks` accepts; a row is an image of one column."""
    height, width = (*integers(view.input(1)), 1)[:2]
    top, bottom, left, right = (*integers(view.input(2)), 0, 0)[:4]
    return Blocks(height, width, (top, bottom), (left, right))


def image_shape(tensor: Tensor) -> tuple[int, int, int, int]:
    """Return the NHWC shape of an image or a row."""
    batch, height, *width, channels = tensor.shape
    return batch, height, width[0] if width else 1, channels
