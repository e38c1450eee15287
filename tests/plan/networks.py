"""Random networks for the planner, which asks only for sizes and for who reads what."""

from __future__ import annotations

from hypothesis import strategies as st

from scons_tinyml.stages.graph.ir import Graph
from support.tflite_builder import NetworkBuilder


@st.composite
def networks(draw: st.DrawFn, max_layers: int = 12) -> Graph:
    """A directed graph of layers of any size with branches, unused values, RESHAPE, several inputs and outputs."""
    net = NetworkBuilder()
    sizes = st.integers(1, 600)
    known = [
        (net.activation((size,), "int8"), size) for size in draw(st.lists(sizes, min_size=1, max_size=3))
    ]
    inputs = [index for index, _ in known]
    made: list[int] = []
    for _ in range(draw(st.integers(1, max_layers))):
        source, source_size = draw(st.sampled_from(known))
        if draw(st.integers(0, 4)) == 0:
            added = [(net.activation((1, source_size), "int8"), source_size)]
            net.layer("RESHAPE", [source], [added[0][0]])
        else:
            others = draw(st.lists(st.sampled_from(known), max_size=2))
            added = [(net.activation((n,), "int8"), n) for n in draw(st.lists(sizes, min_size=1, max_size=2))]
            net.layer("ADD", [source, *(index for index, _ in others)], [index for index, _ in added])
        known += added
        made += [index for index, _ in added]
    outputs = draw(st.lists(st.sampled_from(made), min_size=1, max_size=2, unique=True))
    return net.finish(inputs, outputs)


@st.composite
def scratch(draw: st.DrawFn, graph: Graph) -> dict[int, int]:
    """Bytes of scratch for some layers, also 0."""
    return draw(st.dictionaries(st.integers(0, len(graph.layers) - 1), st.integers(0, 300), max_size=6))
