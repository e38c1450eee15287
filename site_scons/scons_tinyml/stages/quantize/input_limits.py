"""Which values mean something in the inputs of a network: positions in a table are not any integers."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.graph.operators import find_operator

Limits = tuple[int, int]

_KEEP_VALUES = ("CAST",)
"""Operators that change the type and not the number, beside those that only change the layout."""


def input_limits(graph: Graph) -> dict[int, Limits]:
    """Least and greatest value by tensor, of those tensors that some layer does not take every value of.

    Limits go back through layers that leave the numbers as they are.
    """
    found: dict[int, Limits] = {}
    for layer in reversed(graph.layers):
        view = graph.view(layer)
        for position, index in enumerate(layer.inputs):
            if index is not None:
                for limits in _limits(view, position, found):
                    low, high = found.get(index, limits)
                    found[index] = max(low, limits[0]), min(high, limits[1])
    return found


def _limits(view: LayerView, position: int, known: dict[int, Limits]) -> list[Limits]:
    operator = find_operator(view.layer.operator)
    if operator is None:
        return []
    own = operator.input_limits(view, position)
    passed_on = position == 0 and (operator.aliases(view) or operator.name in _KEEP_VALUES)
    behind = known.get(view.layer.outputs[0]) if passed_on else None
    return [limits for limits in (own, behind) if limits is not None]
