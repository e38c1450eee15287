"""RESIZE_NEAREST_NEIGHBOR: an image resized with the nearest pixels."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from scons_tinyml.stages.graph.families.moving.indexed_copy import IndexedCopy, OffsetTable
from scons_tinyml.stages.graph.families.moving.loops import dense_strides
from scons_tinyml.stages.graph.families.moving.resize import check_size, resized_shape, scaled_lengths
from scons_tinyml.stages.graph.families.quantization.scales import round_half_away, round_to_float32
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class ResizeNearestNeighbor(IndexedCopy):
    """NHWC. Positions are computed in single precision, like in TensorFlow Lite at run time."""

    name = "RESIZE_NEAREST_NEIGHBOR"
    input_names = ("input", "size")
    folded_inputs = (1,)
    types = ("float32", "int8", "uint8", "int16", "int32", "bool")
    litert_types = ("uint8", "int32", "bool")

    def _check_options(self, view: LayerView) -> list[str]:
        return check_size(view)

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        return resized_shape(view)

    def _tables(self, view: LayerView) -> tuple[Sequence[OffsetTable], int]:
        source, output = view.input(0), view.output()
        strides = dense_strides(source.shape, ITEM_BYTES[source.type])
        corners = bool(view.option_int("align_corners"))
        centers = bool(view.option_int("half_pixel_centers"))
        tables = [[image * strides[0] for image in range(source.shape[0])]]
        for axis in (1, 2):
            length, resized = source.shape[axis], output.shape[axis]
            places = (_nearest(n, length, resized, corners, centers) for n in range(resized))
            tables.append([place * strides[axis] for place in places])
        return tables, strides[2]


def _nearest(position: int, length: int, resized: int, align_corners: bool, half_pixel_centers: bool) -> int:
    before, after = scaled_lengths(length, resized, align_corners)
    scale = round_to_float32(before / after)
    exact = round_to_float32((position + (0.5 if half_pixel_centers else 0.0)) * scale)
    return min(round_half_away(exact) if align_corners else floor(exact), length - 1)


OPERATOR = ResizeNearestNeighbor()
