"""Random layers that pad, rearrange, pick and resize."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np
from hypothesis import strategies as st

from scons_tinyml.stages.graph.ir import OptionValue, TensorType
from support.cases import Case
from support.mover import Layers, Mover, moving, types_of


def _pairs(mover: Mover, most: Sequence[int]) -> list[tuple[int, int]]:
    """Draw counts before and after each dimension; as in real networks, most are 0."""
    none = st.just((0, 0))
    return [mover.draw(none | st.tuples(st.integers(0, n), st.integers(0, n))) for n in most]


def _around(shape: Sequence[int], pairs: Sequence[tuple[int, int]]) -> list[int]:
    return [length + sum(pair) for length, pair in zip(shape, pairs, strict=True)]


def _mirror_pad(mover: Mover) -> Case:
    shape, mode = mover.shape(), mover.draw(st.sampled_from(["REFLECT", "SYMMETRIC"]))
    pairs = _pairs(mover, [length - (mode == "REFLECT") for length in shape])
    source, output = mover.tensor(shape), mover.tensor(_around(shape, pairs))
    return mover.case("MIRROR_PAD", [source, mover.integers(pairs)], [output], mode=mode)


def _pad(operator: str) -> Callable[[Mover], Case]:
    def build(mover: Mover) -> Case:
        shape = mover.shape(1, 4)
        pairs = _pairs(mover, [3] * len(shape))
        source, output = mover.tensor(shape), mover.tensor(_around(shape, pairs))
        inputs = [source, mover.integers(pairs)]
        if operator == "PADV2":
            inputs.append(mover.constant(mover.values((1,))))
        return mover.case(operator, inputs, [output])

    return build


def _blocks_nd(mover: Mover) -> tuple[tuple[int, ...], list[int], list[tuple[int, int]]]:
    """Draw the shape of a larger image or row, its blocks, and its padding or crops."""
    shape = mover.shape(3, 4)
    blocks = [mover.draw(st.integers(1, 3)) for _ in shape[1:-1]]
    return shape, blocks, _pairs(mover, [3] * len(blocks))


def _taken_apart(
    shape: Sequence[int], blocks: Sequence[int], pairs: Sequence[tuple[int, int]]
) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the shape of the smaller images, and pairs of which the second fills the last block."""
    sides = list(zip(shape[1:-1], blocks, pairs, strict=True))
    fitting = [(before, after + -(before + size + after) % block) for size, block, (before, after) in sides]
    lengths = [(size + sum(pair)) // block for (size, block, _), pair in zip(sides, fitting, strict=True)]
    return [shape[0] * prod(blocks), *lengths, shape[-1]], fitting


def _space_to_batch_nd(mover: Mover) -> Case:
    shape, blocks, pairs = _blocks_nd(mover)
    smaller, fitting = _taken_apart(shape, blocks, pairs)
    source, output = mover.tensor(shape), mover.tensor(smaller)
    inputs = [source, mover.integers(blocks), mover.integers(fitting)]
    return mover.case("SPACE_TO_BATCH_ND", inputs, [output])


def _batch_to_space_nd(mover: Mover) -> Case:
    shape, blocks, pairs = _blocks_nd(mover)
    smaller, fitting = _taken_apart(shape, blocks, pairs)
    source, output = mover.tensor(smaller), mover.tensor(shape)
    inputs = [source, mover.integers(blocks), mover.integers(fitting)]
    return mover.case("BATCH_TO_SPACE_ND", inputs, [output])


def _gather(mover: Mover) -> Case:
    """Draw layers whose positions are a constant or an input of the network."""
    shape = mover.shape()
    axis = mover.draw(st.integers(0, len(shape) - 1))
    common = mover.draw(st.integers(0, axis))
    dims = (*shape[:common], *mover.shape(0, 2))
    positions = np.random.default_rng(mover.draw(st.integers(0, 99))).integers(0, shape[axis], dims)
    wide: TensorType = mover.draw(st.sampled_from(["int32", "int16", "int64"]))
    places = positions.astype(wide)
    source, output = mover.tensor(shape), mover.tensor((*shape[:axis], *dims[common:], *shape[axis + 1 :]))
    named = axis if mover.draw(st.booleans()) else axis - len(shape)
    below = common - len(dims) if dims and mover.draw(st.booleans()) else common
    options: dict[str, OptionValue] = {"axis": named, "batch_dims": below if below < 0 else common}
    if mover.draw(st.booleans()):
        return mover.case("GATHER", [source, mover.net.constant(places)], [output], **options)
    given = mover.net.activation(dims, wide)
    case = mover.case("GATHER", [source, given], [output], [source, given], **options)
    return Case(case.graph, (case.inputs[0], places))


def _resize(operator: str) -> Callable[[Mover], Case]:
    def build(mover: Mover) -> Case:
        shape = mover.shape(4, 4)
        size = [mover.draw(st.integers(1, 12)) for _ in range(2)]
        corners, centers = mover.draw(st.sampled_from([(False, False), (True, False), (False, True)]))
        if operator == "RESIZE_NEAREST_NEIGHBOR":
            centers = mover.draw(st.booleans())
        source, output = mover.tensor(shape), mover.tensor((shape[0], *size, shape[3]))
        options: dict[str, OptionValue] = {"align_corners": corners, "half_pixel_centers": centers}
        return mover.case(operator, [source, mover.integers(size)], [output], **options)

    return build


LOOKUPS: dict[str, Layers] = {
    "RESIZE_NEAREST_NEIGHBOR": moving(
        _resize("RESIZE_NEAREST_NEIGHBOR"), *types_of("RESIZE_NEAREST_NEIGHBOR")
    ),
    "MIRROR_PAD": moving(_mirror_pad, *types_of("MIRROR_PAD")),
    "BATCH_TO_SPACE_ND": moving(_batch_to_space_nd, *types_of("BATCH_TO_SPACE_ND")),
}
"""Operators that INDEXED_COPY computes."""

PADS: dict[str, Layers] = {name: moving(_pad(name), *types_of(name)) for name in ("PAD", "PADV2")}
OTHERS: dict[str, Layers] = {
    "SPACE_TO_BATCH_ND": moving(_space_to_batch_nd, *types_of("SPACE_TO_BATCH_ND")),
    "GATHER": moving(_gather, *types_of("GATHER")),
}
RESIZE_BILINEAR = moving(_resize("RESIZE_BILINEAR"), "float32", "int8", "int16")
