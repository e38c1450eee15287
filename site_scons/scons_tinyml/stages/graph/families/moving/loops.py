"""Loop nests of layers that copy values, and checks of such layers.

A loop nest visits the input once per value of the output, in the order of the output. Its loops, from the
outermost to the innermost, count in bytes, so that the type of the values does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from operator import mul

from scons_tinyml.stages.graph.ir import Tensor

_UNITS = (4, 2, 1)
"""Sizes in bytes of a single load, largest first; tensors begin at multiples of 16 bytes."""


@dataclass(frozen=True)
class Loop:
    """`length` steps through the input, `stride` bytes apart.

    Stride 0 repeats; a negative one goes backwards.
    """

    length: int
    stride: int


@dataclass(frozen=True)
class LoopNest:
    """Loops over units of `element_bytes`, starting at `offset` bytes.

    The loops are merged; none has length 1.
    """

    offset: int
    element_bytes: int
    loops: tuple[Loop, ...]

    @property
    def is_dense(self) -> bool:
        """True when each unit directly follows the one before, from the start of the input."""
        return self.offset == 0 and self.loops in ((), (Loop(self._length, self.element_bytes),))

    @property
    def _length(self) -> int:
        return prod(loop.length for loop in self.loops)


def check_moved(
    first: Tensor, second: Tensor, types: Sequence[str], roles: tuple[str, str] = ("the input", "output")
) -> list[str]:
    """Return problems with the types and scales of two tensors when values of one are copied to the other."""
    problems = check_moved_type(first, second, types, roles)
    found, expected = second.quantization, first.quantization
    if problems or not found or not expected:
        return problems
    if (found.scales, found.zero_points) != (expected.scales, expected.zero_points):
        return [f"{roles[1]} and {roles[0]} are quantized differently, but values are moved as they are"]
    return []


def check_moved_type(
    first: Tensor, second: Tensor, types: Sequence[str], roles: tuple[str, str] = ("the input", "output")
) -> list[str]:
    """Return problems with the types of two tensors when values of one are copied to the other."""
    if first.type not in types:
        return [f"moves values of type {first.type}, expected {', '.join(types)}"]
    if second.type != first.type:
        return [f"{roles[1]} is {second.type}, {roles[0]} is {first.type}"]
    if 0 in first.shape:
        return [f"{roles[0]} has the shape {list(first.shape)}, which holds no value"]
    return []


def dense_strides(shape: Sequence[int], item_bytes: int) -> tuple[int, ...]:
    """Return the bytes from one value to the next along each axis of a dense tensor."""
    return tuple(accumulate(shape[:0:-1], mul, initial=item_bytes))[::-1] if shape else ()


def loop_nest(loops: Sequence[Loop], item_bytes: int, offset: int = 0) -> LoopNest:
    """Return the shortest loop nest equal to `loops` over values of `item_bytes`, with the largest units."""
    merged = _merged([*loops, Loop(item_bytes, 1)])
    run = merged[-1] if merged and merged[-1].stride == 1 else Loop(1, 1)
    outer = merged[:-1] if run.length > 1 else merged
    unit = next(
        unit
        for unit in _UNITS
        if not any(number % unit for number in (run.length, offset, *(loop.stride for loop in outer)))
    )
    inner = [Loop(run.length // unit, unit)] if run.length > unit else []
    return LoopNest(offset, unit, (*outer, *inner))


def unit_bytes(*sizes: int) -> int:
    """Return the bytes of the largest unit that divides all `sizes`."""
    return next(unit for unit in _UNITS if not any(size % unit for size in sizes))


def _merged(loops: Sequence[Loop]) -> list[Loop]:
    """Return `loops` without loops of length 1; neighbours that form one longer loop are merged."""
    found: list[Loop] = []
    for loop in loops:
        if loop.length == 1:
            continue
        if found and found[-1].stride == loop.length * loop.stride:
            found[-1] = Loop(found[-1].length * loop.length, loop.stride)
        else:
            found.append(loop)
    return found
