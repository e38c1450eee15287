"""Random layers that join, divide or only relabel tensors along an axis."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from scons_tinyml.stages.graph.ir import OptionValue
from support.cases import Case
from support.mover import LENGTHS, Layers, Mover, moving, types_of


def _axis(mover: Mover, rank: int) -> int:
    """Draw an axis, counted from either end."""
    return mover.draw(st.integers(-rank, rank - 1))


def _concatenation(mover: Mover) -> Case:
    shape, lengths = mover.shape(), mover.draw(st.lists(LENGTHS, min_size=1, max_size=10))
    axis = _axis(mover, len(shape))
    inputs = [mover.tensor(_with(shape, axis, length)) for length in lengths]
    output = mover.tensor(_with(shape, axis, sum(lengths)))
    options: dict[str, OptionValue] = {"axis": axis, "fused_activation_function": "NONE"}
    return mover.case("CONCATENATION", inputs, [output], inputs, **options)


def _pack(mover: Mover) -> Case:
    shape, count = mover.shape(0, 3), mover.draw(st.integers(1, 12))
    axis = _axis(mover, len(shape) + 1)
    place = axis % (len(shape) + 1)
    inputs = [mover.tensor(shape) for _ in range(count)]
    output = mover.tensor((*shape[:place], count, *shape[place:]))
    return mover.case("PACK", inputs, [output], inputs, axis=axis, values_count=count)


def _split(mover: Mover) -> Case:
    shape, count = mover.shape(), mover.draw(st.integers(1, 5))
    axis = _axis(mover, len(shape))
    named, source = mover.integers(axis), mover.tensor(_with(shape, axis, shape[axis] * count))
    outputs = [mover.tensor(shape) for _ in range(count)]
    return mover.case("SPLIT", [named, source], outputs, [source], num_splits=count)


def _split_v(mover: Mover) -> Case:
    shape, lengths = mover.shape(), mover.draw(st.lists(LENGTHS, min_size=1, max_size=5))
    axis = _axis(mover, len(shape))
    source = mover.tensor(_with(shape, axis, sum(lengths)))
    outputs = [mover.tensor(_with(shape, axis, length)) for length in lengths]
    if mover.draw(st.booleans()):
        lengths[mover.draw(st.integers(0, len(lengths) - 1))] = -1
    inputs = [source, mover.integers(lengths), mover.integers(axis)]
    return mover.case("SPLIT_V", inputs, outputs, num_splits=len(lengths))


def _unpack(mover: Mover) -> Case:
    shape = mover.shape()
    axis = _axis(mover, len(shape))
    place, count = axis % len(shape), shape[axis]
    source = mover.tensor(shape)
    outputs = [mover.tensor((*shape[:place], *shape[place + 1 :])) for _ in range(count)]
    return mover.case("UNPACK", [source], outputs, num=count, axis=axis)


def _with(shape: Sequence[int], axis: int, length: int) -> list[int]:
    return [length if place == axis % len(shape) else size for place, size in enumerate(shape)]


def _reshape(mover: Mover) -> Case:
    """Draw layers whose new shape is a constant or an option."""
    shape = mover.shape(0, 5)
    found = mover.draw(st.permutations([length for length in shape if length > 1]))
    source, output = mover.tensor(shape), mover.tensor(found)
    if mover.draw(st.booleans()):
        return mover.case("RESHAPE", [source, mover.integers(found)], [output])
    return mover.case("RESHAPE", [source], [output], new_shape=tuple(found))


def _squeeze(mover: Mover) -> Case:
    shape = mover.shape(0, 5)
    ones = [axis for axis, length in enumerate(shape) if length == 1]
    named = mover.draw(st.lists(st.sampled_from(ones), unique=True)) if ones else []
    left_out = named or ones
    source = mover.tensor(shape)
    output = mover.tensor([length for axis, length in enumerate(shape) if axis not in left_out])
    signed = [axis - len(shape) if mover.draw(st.booleans()) else axis for axis in named]
    return mover.case("SQUEEZE", [source], [output], squeeze_dims=tuple(signed))


def _expand_dims(mover: Mover) -> Case:
    shape = mover.shape(0, 4)
    axis = _axis(mover, len(shape) + 1)
    place = axis % (len(shape) + 1)
    source, output = mover.tensor(shape), mover.tensor((*shape[:place], 1, *shape[place:]))
    return mover.case("EXPAND_DIMS", [source, mover.integers(axis)], [output])


JOINS: dict[str, Layers] = {
    "CONCATENATION": moving(_concatenation, *types_of("CONCATENATION")),
    "PACK": moving(_pack, *types_of("PACK")),
}
SPLITS: dict[str, Layers] = {
    "SPLIT": moving(_split, *types_of("SPLIT")),
    "SPLIT_V": moving(_split_v, *types_of("SPLIT_V")),
    "UNPACK": moving(_unpack, *types_of("UNPACK")),
}


LAYOUTS: dict[str, Layers] = {
    name: moving(build, *types_of(name))
    for name, build in (("RESHAPE", _reshape), ("SQUEEZE", _squeeze), ("EXPAND_DIMS", _expand_dims))
}
"""Operators without code."""
