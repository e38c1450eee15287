"""BATCH_TO_SPACE_ND: images of a batch interleaved to fewer, larger ones with cropped edges."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.blocks import blocks, check_blocks, image_shape
from scons_tinyml.stages.graph.families.moving.indexed_copy import IndexedCopy, OffsetTable
from scons_tinyml.stages.graph.families.moving.loops import dense_strides
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class BatchToSpaceNd(IndexedCopy):
    """The inverse of SPACE_TO_BATCH_ND: a block of pixels is made of one pixel of each image."""

    name = "BATCH_TO_SPACE_ND"
    input_names = ("input", "block_shape", "crops")
    folded_inputs = (1, 2)
    types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int16", "int32", "int64", "bool")

    def _check_options(self, view: LayerView) -> list[str]:
        problems = check_blocks(view, "crops")
        if problems:
            return problems
        found, (batch, height, width, _) = blocks(view), image_shape(view.input(0))
        if batch % (found.height * found.width):
            return [f"batch {batch} is no multiple of the block's {found.height}x{found.width} pixels"]
        if sum(found.rows) >= height * found.height or sum(found.columns) >= width * found.width:
            return [f"crops {found.rows} and {found.columns} leave nothing of the images"]
        return []

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        found, (batch, height, width, channels) = blocks(view), image_shape(view.input(0))
        rows = height * found.height - sum(found.rows)
        columns = [width * found.width - sum(found.columns)] if len(view.input(0).shape) == 4 else []
        return [batch // (found.height * found.width), rows, *columns, channels]

    def _tables(self, view: LayerView) -> tuple[Sequence[OffsetTable], int]:
        found, source = blocks(view), view.input(0)
        images, rows, columns, _ = image_shape(view.output())
        per_image, per_row, per_pixel, _ = dense_strides(image_shape(source), ITEM_BYTES[source.type])
        heights = _table(range(found.rows[0], found.rows[0] + rows), found.height, per_row)
        widths = _table(range(found.columns[0], found.columns[0] + columns), found.width, per_pixel)
        tables = [
            [image * per_image for image in range(images)],
            [offset + place * found.width * images * per_image for offset, place in heights],
            [offset + place * images * per_image for offset, place in widths],
        ]
        return tables, per_pixel


def _table(pixels: range, block: int, stride: int) -> list[tuple[int, int]]:
    """Return each larger image pixel's offset in a smaller image, and its position in the block."""
    return [(pixel // block * stride, pixel % block) for pixel in pixels]


OPERATOR = BatchToSpaceNd()
