"""STRIDED_SLICE: every n-th value between constant begins and ends, forwards or backwards.

Begins and ends below 0 count from the end of an axis; both are clamped to the axis. A bit of `begin_mask` or
`end_mask` leaves that side of its axis open. A bit of `shrink_axis_mask` takes only the value at `begin` and
drops the axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scons_tinyml.stages.graph.families.moving.loops import Loop, dense_strides
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView

_MAX_RANK = 5
_MICRO_RANK = 4
"""Most dimensions in TensorFlow Lite Micro; LiteRT is the oracle of layers with more."""


@dataclass(frozen=True)
class _Range:
    """Values of one axis: `count` from `first` on, `step` apart."""

    first: int
    count: int
    step: int
    dropped: bool


class StridedSlice(StridedCopy):
    """A slice with one begin, end and stride per dimension. Ellipses and new axes are not supported."""

    name = "STRIDED_SLICE"
    input_names = ("input", "begin", "end", "strides")
    folded_inputs = (1, 2, 3)
    types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int64")
    constant_types = ("int32",)

    def _check_options(self, view: LayerView) -> list[str]:
        rank, counts = len(view.input(0).shape), [view.input(n).elements for n in self.folded_inputs]
        used = [mask for mask in ("ellipsis_mask", "new_axis_mask", "offset") if view.option_int(mask)]
        if used:
            return [f"has the option {used[0]} {int(view.option_int(used[0]))}, expected 0"]
        if rank > _MAX_RANK:
            return [f"input has {rank} dimensions, expected at most {_MAX_RANK}"]
        if set(counts) - {rank}:
            return [f"has {counts} begins, ends and strides for {rank} dimensions"]
        if 0 in integers(view.input(3)):
            return [f"strides {list(integers(view.input(3)))} must not be 0"]
        return self._check_ranges(view)

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True also for more dimensions than TensorFlow Lite Micro has."""
        return super().is_judged_by_litert(view) or len(view.input(0).shape) > _MICRO_RANK

    def _check_ranges(self, view: LayerView) -> list[str]:
        problems = []
        for axis, (length, taken) in enumerate(zip(view.input(0).shape, _ranges(view), strict=True)):
            if not taken.count or not 0 <= taken.first < length:
                problems.append(f"takes nothing along dimension {axis}, which has {length}")
            elif taken.dropped and taken.step < 0:
                problems.append(f"drops dimension {axis} with the stride {taken.step}, expected above 0")
        return problems

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        return [taken.count for taken in _ranges(view) if not taken.dropped]

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        return [
            Loop(taken.count, taken.step * stride)
            for taken, stride in zip(_ranges(view), _strides(view), strict=True)
        ]

    def _offset(self, view: LayerView) -> int:
        return sum(taken.first * stride for taken, stride in zip(_ranges(view), _strides(view), strict=True))


def _strides(view: LayerView) -> Sequence[int]:
    return dense_strides(view.input(0).shape, ITEM_BYTES[view.input(0).type])


def _ranges(view: LayerView) -> list[_Range]:
    begins, ends, steps = (integers(view.input(position)) for position in (1, 2, 3))
    return [
        _range(view, axis, length, *bounds)
        for axis, (length, *bounds) in enumerate(zip(view.input(0).shape, begins, ends, steps, strict=True))
    ]


def _range(view: LayerView, axis: int, length: int, begin: int, end: int, step: int) -> _Range:
    def masked(name: str) -> bool:
        return bool(view.option_int(name) >> axis & 1)

    low, high = (0, length) if step > 0 else (-1, length - 1)
    open_first, open_last = (low, high) if step > 0 else (high, low)
    first = open_first if masked("begin_mask") else _place(begin, length, low, high)
    if masked("shrink_axis_mask"):
        return _Range(first, 1, step, dropped=True)
    last = open_last if masked("end_mask") else _place(end, length, low, high)
    return _Range(first, max(0, -((first - last) // step)), step, dropped=False)


def _place(index: int, length: int, low: int, high: int) -> int:
    return min(max(index + length if index < 0 else index, low), high)


OPERATOR = StridedSlice()
