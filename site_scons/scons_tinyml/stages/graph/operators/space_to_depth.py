"""SPACE_TO_DEPTH: every square block of pixels becomes one pixel with the channels of all of them."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop, dense_strides
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import check_rank
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class SpaceToDepth(StridedCopy):
    """NHWC. The channels of a block's pixels are in row-major order of the pixels."""

    name = "SPACE_TO_DEPTH"
    input_names = ("input",)
    types = ("float32", "int8", "uint8", "int32", "int64")
    litert_types = ("uint8", "int32", "int64")

    def _check_options(self, view: LayerView) -> list[str]:
        problems, block = check_rank(view.input(0), "input", 4), view.option_int("block_size")
        if problems:
            return problems
        _, height, width, _ = view.input(0).shape
        if block < 1 or height % block or width % block:
            return [f"block size {block} does not divide the input's height {height} and width {width}"]
        return []

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        block = view.option_int("block_size")
        batch, height, width, channels = view.input(0).shape
        return batch, height // block, width // block, channels * block * block

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        source, block = view.input(0), view.option_int("block_size")
        batch, height, width, channels = source.shape
        per_image, per_row, per_pixel, per_channel = dense_strides(source.shape, ITEM_BYTES[source.type])
        return [
            Loop(batch, per_image),
            Loop(height // block, per_row * block),
            Loop(width // block, per_pixel * block),
            Loop(block, per_row),
            Loop(block, per_pixel),
            Loop(channels, per_channel),
        ]


OPERATOR = SpaceToDepth()
