"""Trainings that end halfway: another variant that needs no more of anything is far ahead there.

Optuna's pruners know one objective, and a variant that is less accurate may be on the front for its size. Only variants
of earlier generations are rivals, so that the number of workers, and the order of their answers, change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scons_tinyml.records.variant_names import shown_variant
from scons_tinyml.stages.trial.forecast import cycles_of
from scons_tinyml.stages.trial.records import Basis, Rival, Sketch, Tried

MARGIN = 0.05
"""Balanced accuracy of the validation split by which a rival has to be ahead after half of the epochs: a judgement."""


def rivals_of(tried: Iterable[Tried]) -> tuple[Rival, ...]:
    """Return the trained variants as rivals, in their order."""
    return tuple(
        Rival(one.variant, one.sketch, one.halfway)
        for one in tried
        if one.sketch is not None and one.halfway is not None and one.accuracy is not None
    )


def rival_of(sketch: Sketch, bases: Sequence[Basis], rivals: Iterable[Rival]) -> Rival | None:
    """Return the best of `rivals` that need no more memory, and no more cycles on any board; the first of equals."""
    smaller = [one for one in rivals if _needs_no_more(one.sketch, sketch, bases)]
    return max(smaller, key=lambda one: one.halfway, default=None)


def _needs_no_more(one: Sketch, other: Sketch, bases: Sequence[Basis]) -> bool:
    sizes = one.weight_bytes <= other.weight_bytes and one.arena_bytes <= other.arena_bytes
    return sizes and all(cycles_of(one, basis) <= cycles_of(other, basis) for basis in bases)


def behind(halfway: float, rival: Rival | None) -> str:
    """Return why a training with the validation `halfway` ends, '' if it goes on."""
    if rival is None or rival.halfway - halfway <= MARGIN:
        return ""
    name = shown_variant(rival.variant)
    return f"{halfway:.1%} validated after half of the epochs, and {rival.halfway:.1%} with {name}, which needs no more"
