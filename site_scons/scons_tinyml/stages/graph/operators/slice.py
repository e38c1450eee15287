"""SLICE: a box of a tensor, from constant begins and sizes."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop, dense_strides
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView

_MAX_RANK = 5
_TO_THE_END = -1


class Slice(StridedCopy):
    """`size[i]` values from `begin[i]` on along each axis; a size of -1 goes to the end."""

    name = "SLICE"
    input_names = ("input", "begin", "size")
    folded_inputs = (1, 2)
    types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int64")

    def _check_options(self, view: LayerView) -> list[str]:
        shape, begins, sizes = view.input(0).shape, integers(view.input(1)), integers(view.input(2))
        if len(shape) > _MAX_RANK:
            return [f"input has {len(shape)} dimensions, expected at most {_MAX_RANK}"]
        if not len(begins) == len(sizes) == len(shape):
            return [f"has {len(begins)} begins and {len(sizes)} sizes for {len(shape)} dimensions"]
        return [
            f"takes {size} values from {begin} on along dimension {axis}, which has {length}"
            for axis, (length, begin, size) in enumerate(zip(shape, begins, sizes, strict=True))
            if not (0 <= begin < length and (size == _TO_THE_END or 0 < size <= length - begin))
        ]

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        shape, begins, sizes = view.input(0).shape, integers(view.input(1)), integers(view.input(2))
        return [
            length - begin if size == _TO_THE_END else size
            for length, begin, size in zip(shape, begins, sizes, strict=True)
        ]

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        return list(map(Loop, view.output().shape, self._strides(view)))

    def _offset(self, view: LayerView) -> int:
        begins = integers(view.input(1))
        return sum(begin * stride for begin, stride in zip(begins, self._strides(view), strict=True))

    @staticmethod
    def _strides(view: LayerView) -> Sequence[int]:
        source = view.input(0)
        return dense_strides(source.shape, ITEM_BYTES[source.type])


OPERATOR = Slice()
