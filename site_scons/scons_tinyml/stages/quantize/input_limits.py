"""Limits of the values of network inputs, such as positions in a table."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.base import Operator
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.graph.operators import find_operator

Limits = tuple[int, int]

_KEEP_VALUES = {"CAST": (0,), "SELECT_V2": (1, 2), "MINIMUM": (0, 1), "MAXIMUM": (0, 1)}
"""Positions of inputs that an operator passes on unchanged, besides operators that only move values."""


def input_limits(graph: Graph) -> dict[int, Limits]:
    """Return least and greatest valid value by tensor, for tensors that are restricted by a layer.

    Limits propagate backwards through layers that keep values unchanged, or choose among them.
    """
    found: dict[int, Limits] = {}
    for layer in reversed(graph.layers):
        view = graph.view(layer)
        for position, index in enumerate(layer.inputs):
            if index is not None:
                for limits in _limits(view, position, found):
                    found[index] = _common(found.get(index, limits), limits)
    return found


def _common(first: Limits, second: Limits) -> Limits:
    """Return the range within both; `first` if there is none, as no sample suits both layers."""
    low, high = max(first[0], second[0]), min(first[1], second[1])
    return (low, high) if low <= high else first


def _limits(view: LayerView, position: int, known: dict[int, Limits]) -> list[Limits]:
    operator = find_operator(view.layer.operator)
    if operator is None:
        return []
    own = operator.input_limits(view, position)
    behind = [
        known[index] for index in view.layer.outputs if index in known and _hands_on(operator, view, position)
    ]
    return behind if own is None else [own, *behind]


def _hands_on(operator: Operator, view: LayerView, position: int) -> bool:
    if operator.name in _KEEP_VALUES:
        return position in _KEEP_VALUES[operator.name]
    moves = operator.aliases(view) or operator.number_type(view) == "any"
    return moves and (position == operator.typed_input or operator.lists_inputs)
