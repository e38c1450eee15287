"""Random layers of operators that work along axes: reductions, searches, sums and lengths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from scons_tinyml.stages.graph.ir import OptionValue, TensorType
from support.cases import SCALES, Case
from support.drawer import Drawer
from support.oracle import in_litert

Layers = Callable[[TensorType], SearchStrategy[Case]]
Reduced = tuple[tuple[int, ...], list[int]]
"""A shape, and its reduced axes."""

_LONGEST_ROW = 33025
"""Most squares of int8 differences whose sum fits 32 bits."""


def _case(drawer: Drawer, operator: str, inputs: list[int], output: int, **options: OptionValue) -> Case:
    """Return the layer with values for its first input. In some layers many are equal or NaN, or their sums overflow.

    LiteRT ignores NaN too, but not in rows that it searches four values at a time.
    """
    drawer.net.layer(operator, inputs, [output], **options)
    graph = drawer.net.finish([inputs[0]], [output])
    source = graph.tensors[inputs[0]]
    values = drawer.values(source.shape, source.type)
    if drawer.draw(st.integers(0, 3)) == 0:
        values = np.asarray(np.round(values / 32) * 32, values.dtype)
    if source.type == "int32" and drawer.draw(st.booleans()):
        values = values * np.int32(2000)
    may_be_nan = source.type == "float32" and not in_litert(graph)
    if may_be_nan and drawer.draw(st.integers(0, 3)) == 0:
        values = np.where(drawer.random.random(values.shape) < 0.3, np.float32("nan"), values)
    return Case(graph, (values,))


def _any_axes(drawer: Drawer) -> Reduced:
    """Draw axes in any order, counted from either end; some layers repeat one."""
    shape = drawer.shape()
    rank = len(shape)
    axes = drawer.draw(st.lists(st.integers(-rank, rank - 1), min_size=1, max_size=rank))
    return shape, [*axes, *axes[: drawer.draw(st.integers(0, 1))]]


def _many_groups(drawer: Drawer) -> Reduced:
    """Draw alternating kept and reduced axes, three or four of them reduced; in some layers a group has two axes."""
    is_reduced = drawer.draw(st.booleans())
    groups = drawer.draw(st.lists(st.integers(2, 3), min_size=6 - is_reduced, max_size=8))
    axes = [(length, is_reduced == (place % 2 == 0)) for place, length in enumerate(groups)]
    if len(axes) < 8:
        place = drawer.draw(st.integers(0, len(axes) - 1))
        axes.insert(place, (drawer.draw(st.integers(1, 2)), axes[place][1]))
    reduced = [place - len(axes) * drawer.draw(st.integers(0, 1)) for place, (_, r) in enumerate(axes) if r]
    return tuple(length for length, _ in axes), drawer.draw(st.permutations(reduced))


def _reduction(operator: str, drawn: Callable[[Drawer], Reduced] = _any_axes) -> Layers:
    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer, scale, keep = Drawer(draw), draw(SCALES), draw(st.booleans())
        shape, axes = _any_axes(drawer) if type_name == "int32" and draw(st.booleans()) else drawn(drawer)
        reduced = {axis % len(shape) for axis in axes}
        left = [1 if axis in reduced else length for axis, length in enumerate(shape)]
        dropped = [length for axis, length in enumerate(shape) if axis not in reduced]
        source = drawer.tensor(shape, type_name, scale)
        if operator in ("MEAN", "SUM"):
            count = np.prod([shape[axis] for axis in reduced]) if operator == "SUM" else 1
            output = drawer.tensor(
                left if keep else dropped, type_name, scale * float(count) * draw(st.floats(0.05, 20))
            )
        else:
            output = drawer.like(source, left if keep else dropped)
        constant = drawer.net.constant(np.array(axes, np.int32))
        return _case(drawer, operator, [source, constant], output, keep_dims=keep)

    return layers


def _arg(operator: str, wide: bool = False) -> Layers:
    """Return layers; with `wide`, those that TensorFlow Lite Micro lacks: positions of int64, or values of int32."""

    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer = Drawer(draw)
        shape = drawer.shape()
        axis = draw(st.integers(-len(shape), len(shape) - 1))
        place = axis % len(shape)
        source = drawer.tensor(shape, type_name, draw(SCALES))
        is_wide = wide and (type_name != "int32" or draw(st.booleans()))
        places: TensorType = "int64" if is_wide else "int32"
        output = drawer.net.activation(shape[:place] + shape[place + 1 :], places)
        constant = drawer.net.constant(np.array(axis if draw(st.booleans()) else [axis], np.int32))
        return _case(drawer, operator, [source, constant], output, output_type=places.upper())

    return layers


@st.composite
def _cumsum(draw: DrawFn, type_name: TensorType) -> Case:
    """Draw sums, some of which overflow int8."""
    drawer, scale = Drawer(draw), draw(SCALES)
    shape = drawer.shape(3) if draw(st.booleans()) else (draw(st.integers(1, 60)),)
    axis = drawer.net.constant(np.array(draw(st.integers(-len(shape), len(shape) - 1)), np.int32))
    source = drawer.tensor(shape, type_name, scale)
    output = drawer.tensor(shape, type_name, scale * draw(st.floats(0.05, 20)))
    exclusive, reverse = draw(st.booleans()), draw(st.booleans())
    return _case(drawer, "CUMSUM", [source, axis], output, exclusive=exclusive, reverse=reverse)


@st.composite
def _l2_normalization(draw: DrawFn, type_name: TensorType) -> Case:
    """Draw layers, one of them with the largest possible sum of squares."""
    drawer = Drawer(draw)
    shape = (*drawer.shape(3), draw(st.integers(1, 40)))
    source = drawer.tensor(shape, type_name, draw(SCALES))
    if type_name == "int8" and draw(st.integers(0, 9)) == 0:
        shape = (_LONGEST_ROW,)
        source = drawer.net.activation(shape, type_name, scale=draw(SCALES), zero_point=-128)
    output = drawer.net.activation(shape, type_name, scale=1 / 128 if type_name == "int8" else None)
    return _case(drawer, "L2_NORMALIZATION", [source], output, fused_activation_function="NONE")


def _truth(operator: str) -> Layers:
    """Return layers in which most values are alike, so that both results occur."""

    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer, keep = Drawer(draw), draw(st.booleans())
        shape, axes = _any_axes(drawer) if draw(st.booleans()) else _many_groups(drawer)
        reduced = {axis % len(shape) for axis in axes}
        left = [1 if axis in reduced else length for axis, length in enumerate(shape)]
        dropped = [length for axis, length in enumerate(shape) if axis not in reduced]
        source = drawer.net.activation(shape, type_name)
        output = drawer.net.activation(left if keep else dropped, type_name)
        constant = drawer.net.constant(np.array(axes, np.int32))
        drawer.net.layer(operator, [source, constant], [output], keep_dims=keep)
        usual = operator == "REDUCE_ALL"
        values = np.where(drawer.random.random(shape) < 0.2, not usual, usual)
        return Case(drawer.net.finish([source], [output]), (values,))

    return layers


@st.composite
def _topk_v2(draw: DrawFn, type_name: TensorType) -> Case:
    """Draw layers, many of them with equal values."""
    drawer = Drawer(draw)
    shape = (*drawer.shape(3)[:-1], draw(st.integers(1, 40)))
    count = draw(st.integers(1, shape[-1]))
    source = drawer.tensor(shape, type_name, draw(SCALES))
    values = drawer.like(source, (*shape[:-1], count))
    places = drawer.net.activation((*shape[:-1], count), "int32")
    constant = drawer.net.constant(np.array(count if draw(st.booleans()) else [count], np.int32))
    drawer.net.layer("TOPK_V2", [source, constant], [values, places])
    given = drawer.values(shape, type_name)
    if draw(st.booleans()):
        given = np.asarray(np.round(given / 32) * 32, given.dtype)
    return Case(drawer.net.finish([source], [values, places]), (given,))


TRUTH: dict[str, Layers] = {name: _truth(name) for name in ("REDUCE_ALL", "REDUCE_ANY")}
"""Reductions of truth values, for the kernel of STRIDED_EXTREME for them."""

SHARED_REDUCTIONS: dict[str, dict[str, Layers]] = {
    "STRIDED_MEAN": {name: _reduction(name, _many_groups) for name in ("MEAN", "SUM")},
    "STRIDED_EXTREME": {name: _reduction(name, _many_groups) for name in ("REDUCE_MAX", "REDUCE_MIN")},
    "ARG_EXTREME": {name: _arg(name, wide=True) for name in ("ARG_MAX", "ARG_MIN")},
}
"""Layers for the kernels of less usual reductions, by computation and operator."""

REDUCING: dict[str, Layers] = {
    **{name: _reduction(name) for name in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")},
    **{name: _arg(name) for name in ("ARG_MAX", "ARG_MIN")},
    "CUMSUM": _cumsum,
    "L2_NORMALIZATION": _l2_normalization,
    "TOPK_V2": _topk_v2,
}
