"""Distribution of trials over as few images as possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Packed(Generic[Item]):
    """Parts that fit, each a run of neighbours, and single items that do not fit, with the reason."""

    parts: tuple[tuple[Item, ...], ...]
    refused: tuple[tuple[Item, str], ...]


def pack(items: Sequence[Item], misfit: Callable[[Sequence[Item]], str | None]) -> Packed[Item]:
    """Cut `items` into the longest possible parts; `misfit` returns the reason why some do not fit together.

    Items that do not fit alone are left out. A longer part never fits where a shorter one does not, so the
    longest is found by bisection. Neighbours, the kernels of one layer, share its constants and stay
    together.
    """
    parts, refused = [], []
    rest = list(items)
    while rest:
        count = _longest(rest, misfit)
        if count:
            parts.append(tuple(rest[:count]))
        else:
            refused.append((rest[0], misfit(rest[:1]) or ""))
        rest = rest[max(count, 1) :]
    return Packed(tuple(parts), tuple(refused))


def _longest(items: Sequence[Item], misfit: Callable[[Sequence[Item]], str | None]) -> int:
    """Return how many of the first items fit together."""
    if misfit(items) is None:
        return len(items)
    fits, too_many = 0, len(items)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if misfit(items[:middle]) is None:
            fits = middle
        else:
            too_many = middle
    return fits
