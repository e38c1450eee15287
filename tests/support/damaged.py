"""Layers with a mistake, for tests that checks report every mistake and never raise."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from scons_tinyml.stages.graph.ir import ITEM_BYTES, Graph, Quantization

_EXTREMES = (2.0**-149, 2.0**-126, 1e-20, 1.0, 1e20, (2 - 2**-23) * 2.0**127)


def damaged(draw: DrawFn, graph: Graph) -> Graph:
    """Return `graph` with another shape, type, scale or option in one place, or without some inputs or outputs."""
    layer, tensors = graph.layers[0], list(graph.tensors)
    kind = draw(st.sampled_from(["inputs", "outputs", "option", "tensor", "scale"]))
    if kind in ("inputs", "outputs"):
        given = getattr(layer, kind)
        return replace(
            graph, layers=(replace(layer, **{kind: given[: draw(st.integers(0, len(given) - 1))]}),)
        )
    if kind == "option":
        options = dict(layer.options)
        for name in options:
            options[name] = draw(st.sampled_from([None, 7, "SIGN_BIT", float("inf"), -1e300]))
        return replace(graph, layers=(replace(layer, options=options if draw(st.booleans()) else {}),))
    index = draw(st.integers(0, len(tensors) - 1))
    if kind == "scale":
        point = tensors[index].quantization.zero_points[0] if tensors[index].quantization else 0
        changed = Quantization((draw(st.sampled_from(_EXTREMES)),), (point,))
        tensors[index] = replace(tensors[index], quantization=changed)
    else:
        shape = tuple(draw(st.lists(st.integers(0, 5), max_size=7)))
        type_name = draw(st.sampled_from(sorted(ITEM_BYTES)))
        tensors[index] = replace(tensors[index], shape=shape, type=type_name)  # type: ignore[arg-type]
    return replace(graph, tensors=tuple(tensors))
