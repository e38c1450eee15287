"""Layers of a quantized network and the float layers that they were made of.

Converters keep the names of tensors, or they keep the order of layers: both are tried. QUANTIZE and DEQUANTIZE stand
between layers of two types and have no counterpart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from scons_tinyml.stages.graph.ir import Graph, LayerView

CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")


def pairs(quantized: Graph, original: Graph) -> dict[int, LayerView]:
    """Return the float layer in `original` of each layer of `quantized` that has one, by the number of the latter.

    Layers are pairs if operator and shape of the first output are equal, and either the name of this output is the
    same, and alone in its network, or both networks have the same operators and shapes in the same order.
    """
    mine, others = list(_computing(quantized)), list(_computing(original))
    if [_kind(one) for one in mine] == [_kind(one) for one in others]:
        return {one.layer.index: other for one, other in zip(mine, others, strict=True)}
    named = _by_name(others)
    found = ((one, named.get(name)) for name, one in _by_name(mine).items())
    return {
        one.layer.index: other for one, other in found if other is not None and _kind(one) == _kind(other)
    }


def _computing(graph: Graph) -> Iterator[LayerView]:
    return (view for view in graph.views() if view.layer.operator not in CONVERSIONS and view.layer.outputs)


def _kind(view: LayerView) -> tuple[str, tuple[int, ...]]:
    return view.layer.operator, view.output().shape


def _by_name(views: Sequence[LayerView]) -> dict[str, LayerView]:
    counts = Counter(view.output().name for view in views)
    return {view.output().name: view for view in views if counts[view.output().name] == 1}
