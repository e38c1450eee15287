"""DEPTH_TO_SPACE: the channels of every pixel become a square block of pixels."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop, dense_strides
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import check_rank
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class DepthToSpace(StridedCopy):
    """The inverse of SPACE_TO_DEPTH on NHWC images."""

    name = "DEPTH_TO_SPACE"
    input_names = ("input",)
    types = ("float32", "int8", "uint8", "int32", "int64")
    litert_types = ("uint8", "int32", "int64")

    def _check_options(self, view: LayerView) -> list[str]:
        problems, block = check_rank(view.input(0), "input", 4), view.option_int("block_size")
        if problems:
            return problems
        channels = view.input(0).shape[3]
        if block < 1 or channels % (block * block):
            return [f"blocks of {block}x{block} pixels do not divide the input's {channels} channels"]
        return []

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        block = view.option_int("block_size")
        batch, height, width, channels = view.input(0).shape
        return batch, height * block, width * block, channels // (block * block)

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        source, block = view.input(0), view.option_int("block_size")
        batch, height, width, channels = source.shape
        left = channels // (block * block)
        per_image, per_row, per_pixel, per_channel = dense_strides(source.shape, ITEM_BYTES[source.type])
        return [
            Loop(batch, per_image),
            Loop(height, per_row),
            Loop(block, block * left * per_channel),
            Loop(width, per_pixel),
            Loop(block, left * per_channel),
            Loop(left, per_channel),
        ]


OPERATOR = DepthToSpace()
