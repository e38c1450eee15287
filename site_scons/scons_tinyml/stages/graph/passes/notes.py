"""Wording that the notes of passes share."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.ir import Layer

_SHOWN = 5


def listed(layers: Sequence[Layer]) -> str:
    """Return 'layer 3 (pad_3), 7 (pad_7)', at most five of them, and how many more there are."""
    names = ", ".join(f"{layer.index} ({layer.name})" for layer in layers[:_SHOWN])
    more = f" and {len(layers) - _SHOWN} more" if len(layers) > _SHOWN else ""
    return f"layer{'s' * (len(layers) > 1)} {names}{more}"


def without_unread(layers: Sequence[Layer], outputs: Sequence[int], operators: Sequence[str]) -> list[Layer]:
    """Return `layers` in order, without those of `operators` whose outputs nothing reads any more."""
    needed = set(outputs)
    kept: list[Layer] = []
    for layer in reversed(layers):
        if layer.operator not in operators or needed.intersection(layer.outputs):
            needed.update(index for index in layer.inputs if index is not None)
            kept.append(layer)
    return kept[::-1]
