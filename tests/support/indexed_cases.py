"""Random layers that move values to or from places that the network computes."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from scons_tinyml.stages.graph.ir import TensorType
from support.cases import Case
from support.drawer import Drawer
from support.mover import Layers, Mover, moving

_MOVED: tuple[TensorType, ...] = ("float32", "int8", "int16", "int32", "int64", "bool")


def _positions(
    mover: Mover, low: int, high: int, shape: tuple[int, ...]
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.random.default_rng(mover.draw(st.integers(0, 99))).integers(low, high + 1, shape)


def _gather_nd(mover: Mover) -> Case:
    """Draw layers whose positions are a constant or an input of the network."""
    shape = mover.shape(1, 5)
    count = mover.draw(st.integers(1, len(shape)))
    dims = (*mover.shape(0, 2), count)
    wide: TensorType = mover.draw(st.sampled_from(["int32", "int16", "int64"]))
    axes = [_positions(mover, 0, shape[axis] - 1, dims[:-1]) for axis in range(count)]
    places = np.stack(axes, axis=-1).astype(wide)
    source, output = mover.tensor(shape), mover.tensor((*dims[:-1], *shape[count:]))
    if mover.draw(st.booleans()):
        return mover.case("GATHER_ND", [source, mover.net.constant(places)], [output])
    given = mover.net.activation(dims, wide)
    case = mover.case("GATHER_ND", [source, given], [output], [source, given])
    return Case(case.graph, (case.inputs[0], places))


def _one_hot(mover: Mover) -> Case:
    """Draw layers with positions inside of the new axis and beside it."""
    shape, depth = mover.shape(1, 3), mover.draw(st.integers(1, 7))
    axis = mover.draw(st.integers(-1, len(shape)))
    place = len(shape) if axis == -1 else axis
    wide: TensorType = mover.draw(st.sampled_from(["int32", "int64"]))
    positions = mover.net.activation(shape, wide)
    values = [mover.tensor(()), mover.tensor(())]
    output = mover.tensor((*shape[:place], depth, *shape[place:]))
    inputs = [positions, mover.integers(depth), *values]
    case = mover.case("ONE_HOT", inputs, [output], [positions, *values], axis=axis)
    return Case(case.graph, (_positions(mover, -1, depth, shape).astype(wide), *case.inputs[1:]))


def _dynamic_update_slice(mover: Mover) -> Case:
    """Draw layers, some of whose updates are moved to lie inside of the input."""
    shape = mover.shape(1, 5)
    smaller = tuple(mover.draw(st.integers(1, length)) for length in shape)
    wide: TensorType = mover.draw(st.sampled_from(["int32", "int64"]))
    source, update, output = mover.tensor(shape), mover.tensor(smaller), mover.tensor(shape)
    starts = mover.net.activation((len(shape),), wide)
    inputs = [source, update, starts]
    case = mover.case("DYNAMIC_UPDATE_SLICE", inputs, [output], inputs)
    return Case(case.graph, (*case.inputs[:2], _positions(mover, -2, 6, (len(shape),)).astype(wide)))


@st.composite
def _broadcast_args(draw: DrawFn, type_name: TensorType) -> Case:
    drawer = Drawer(draw)
    shape = drawer.shape()
    shapes = [drawer.repeated(shape) or (1,) for _ in range(2)]
    inputs = [drawer.net.activation((len(one),), type_name) for one in shapes]
    output = drawer.net.activation((max(map(len, shapes)),), type_name)
    return drawer.case("BROADCAST_ARGS", inputs, output, [np.array(one, type_name) for one in shapes])


INDEXED: dict[str, Layers] = {
    "GATHER_ND": moving(_gather_nd, *_MOVED, "uint8"),
    "ONE_HOT": moving(_one_hot, "float32", "int8", "uint8", "int32", "int64", "bool"),
    "DYNAMIC_UPDATE_SLICE": moving(_dynamic_update_slice, *_MOVED),
    "BROADCAST_ARGS": _broadcast_args,
}
