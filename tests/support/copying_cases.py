"""Random layers of the operators that STRIDED_COPY computes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from support.cases import Case
from support.mover import Layers, Mover, moving, types_of


def _transpose(mover: Mover) -> Case:
    shape = mover.shape(1, 5)
    order = mover.draw(st.permutations(range(len(shape))))
    source, output = mover.tensor(shape), mover.tensor([shape[axis] for axis in order])
    return mover.case("TRANSPOSE", [source, mover.integers(order)], [output])


def _reverse_v2(mover: Mover) -> Case:
    shape = mover.shape(1, 5)
    first = mover.draw(st.integers(0, len(shape) - 1))
    axes = mover.draw(st.permutations(range(first, mover.draw(st.integers(first + 1, len(shape))))))
    named = [axis - len(shape) if mover.draw(st.booleans()) else axis for axis in axes]
    source = mover.tensor(shape)
    if mover.type == "int8" and mover.draw(st.booleans()):
        mover.rescale()
    output = mover.tensor(shape)
    return mover.case("REVERSE_V2", [source, mover.integers(named)], [output])


def _slice(mover: Mover) -> Case:
    shape = mover.shape(1, 5)
    begins = [mover.draw(st.integers(0, length - 1)) for length in shape]
    left = [length - begin for length, begin in zip(shape, begins, strict=True)]
    sizes = [mover.draw(st.just(-1) | st.integers(1, length)) for length in left]
    taken = [length if size == -1 else size for length, size in zip(left, sizes, strict=True)]
    source, output = mover.tensor(shape), mover.tensor(taken)
    return mover.case("SLICE", [source, mover.integers(begins), mover.integers(sizes)], [output])


def _strided_slice(mover: Mover) -> Case:
    """Draw ranges; the lengths of outputs come from slices of numpy."""
    shape, index, shrink = mover.shape(1, 5), [], 0
    begins, ends, steps = [], [], []
    begin_mask, end_mask = mover.draw(st.integers(0, 31)), mover.draw(st.integers(0, 31))
    for axis, length in enumerate(shape):
        begin, end, step, alone = mover.draw(_range(length, begin_mask >> axis & 1, end_mask >> axis & 1))
        begins.append(begin)
        ends.append(end)
        steps.append(step)
        shrink |= int(alone) << axis
        if alone:
            index.append(0 if begin_mask >> axis & 1 else begin)
        else:
            index.append(
                _python_slice(length, begin, end, step, begin_mask >> axis & 1, end_mask >> axis & 1)
            )
    taken = np.zeros(shape)[tuple(index)].shape
    source, output = mover.tensor(shape), mover.tensor(taken)
    constants = [mover.integers(values) for values in (begins, ends, steps)]
    return mover.case(
        "STRIDED_SLICE",
        [source, *constants],
        [output],
        begin_mask=begin_mask,
        end_mask=end_mask,
        ellipsis_mask=0,
        new_axis_mask=0,
        shrink_axis_mask=shrink,
        offset=False,
    )


@st.composite
def _range(draw: DrawFn, length: int, open_begin: int, open_end: int) -> tuple[int, int, int, bool]:
    """Draw begin, end, step and a flag for a dropped axis; at least one value is taken."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.integers(-length, length - 1)), draw(st.integers(-9, 9)), draw(st.integers(1, 3)), True
    bounds = st.integers(-length - 2, length + 2)
    numbers = st.tuples(bounds, bounds, st.sampled_from([-3, -2, -1, 1, 2, 3]))
    taken = numbers.filter(
        lambda found: len(range(length)[_python_slice(length, *found, open_begin, open_end)]) > 0
    )
    return *draw(taken), False


def _python_slice(length: int, begin: int, end: int, step: int, open_begin: int, open_end: int) -> slice:
    """Return the slice. A begin before the first value is clamped, because Python would count it from the end."""
    first = None if open_begin else begin if begin >= -length else 0 if step > 0 else -length - 1
    last = None if open_end else end if end >= -length else 0 if step > 0 else -length - 1
    return slice(first, last, step)


def _broadcast_to(mover: Mover) -> Case:
    target = mover.shape(1, 5)
    ending = target[mover.draw(st.integers(0, len(target) - 1)) :]
    shape = [1 if mover.draw(st.booleans()) else length for length in ending]
    source, output = mover.tensor(shape), mover.tensor(target)
    return mover.case("BROADCAST_TO", [source, mover.integers(target)], [output])


def _fill(mover: Mover) -> Case:
    target, value = mover.shape(1, 5), mover.tensor(())
    output = mover.tensor(target)
    return mover.case("FILL", [mover.integers(target), value], [output], [value])


def _tile(mover: Mover) -> Case:
    shape = mover.shape(1, 3)
    times = [mover.draw(st.integers(1, 3)) for _ in shape]
    source, output = mover.tensor(shape), mover.tensor(np.multiply(shape, times).tolist())
    return mover.case("TILE", [source, mover.integers(times)], [output])


def _blocks(operator: str) -> Callable[[Mover], Case]:
    def build(mover: Mover) -> Case:
        (batch, height, width, channels), block = mover.shape(4, 4), mover.draw(st.integers(1, 3))
        shapes = [
            (batch, height * block, width * block, channels),
            (batch, height, width, channels * block * block),
        ]
        if operator == "DEPTH_TO_SPACE":
            shapes.reverse()
        source, output = map(mover.tensor, shapes)
        return mover.case(operator, [source], [output], block_size=block)

    return build


COPIES: dict[str, Layers] = {
    name: moving(build, *types_of(name))
    for name, build in (
        ("TRANSPOSE", _transpose),
        ("REVERSE_V2", _reverse_v2),
        ("SLICE", _slice),
        ("STRIDED_SLICE", _strided_slice),
        ("BROADCAST_TO", _broadcast_to),
        ("FILL", _fill),
        ("TILE", _tile),
        ("SPACE_TO_DEPTH", _blocks("SPACE_TO_DEPTH")),
        ("DEPTH_TO_SPACE", _blocks("DEPTH_TO_SPACE")),
    )
}
"""Operators that STRIDED_COPY computes."""
