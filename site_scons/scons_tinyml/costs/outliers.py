"""Rows that disagree with the others of their kind by more than 10 %.

Of one kind are rows that ought to have the same cycles: same operator, type, attributes, kernel with its sources,
compiler, flags, core, memory and evidence. So the plain case is the same key with other cycles. What is left out of
the key:

- the digests of the compiler's programs and libraries, when its name and version are equal: the same compiler from two
  distributions is where two teams meet, and one of another name that calls itself the same is to be noticed;
- of hardware rows the version of the firmware that measured: it reads the counter before and after.

What changes cycles on purpose (another compiler, other flags, changed sources, a new version of the timing model, a
layer of another size) makes another kind: there, 10 % say nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from statistics import median_low
from typing import Any

from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.rows import CostRow

Kind = tuple[Any, ...]

_LEFT_OUT = ("attributes", "compiler", "timing_version", "evidence")
_same = attrgetter(*(field.name for field in fields(CostKey) if field.name not in _LEFT_OUT))


@dataclass(frozen=True)
class Outlier:
    """A row and the cycles in the middle of the `others` of its kind."""

    row: CostRow
    middle: int
    others: int

    def __str__(self) -> str:
        key = self.row.key
        percent = 100 * (self.row.cycles / self.middle - 1)
        others = "the other row" if self.others == 1 else f"the middle of {self.others} others"
        return (
            f"{key.digest[:12]} {key.kernel} on {key.core} ({key.evidence}): {self.row.cycles:,} cycles, "
            f"{percent:+.1f} % from the {self.middle:,} of {others} of its kind"
        )


def kind(key: CostKey) -> Kind:
    """Parts of a key that rows share which ought to have the same cycles."""
    compiler = key.compiler.partition(", programs ")[0]
    timing = key.timing_version if key.evidence == "emulator" else None
    return (key.attributes_text, key.evidence, compiler, timing, _same(key))


def disagree(first_cycles: int, second_cycles: int) -> bool:
    """True where the greater of two is more than 10 % above the smaller."""
    return 10 * max(first_cycles, second_cycles) > 11 * min(first_cycles, second_cycles)


def find_outliers(rows: Iterable[CostRow], known: Iterable[CostRow]) -> tuple[Outlier, ...]:
    """Rows of `rows` that disagree with more than half of the others of their kind, in `rows` or `known`.

    A row that is in both under one key with the same cycles is one row. Of two that disagree with each other and
    with nobody else, both are outliers: which is wrong cannot be told.
    """
    judged = [(kind(row.key), row) for row in rows]
    new, old = _by_kind(judged), _by_kind((kind(row.key), row) for row in known)
    found = (_judge(row, new[its_kind], old.get(its_kind, {})) for its_kind, row in judged)
    return tuple(outlier for outlier in found if outlier)


def _by_kind(rows: Iterable[tuple[Kind, CostRow]]) -> dict[Kind, dict[str, int]]:
    cycles: dict[Kind, dict[str, int]] = defaultdict(dict)
    for its_kind, row in rows:
        cycles[its_kind][row.key.digest] = row.cycles
    return cycles


def _judge(row: CostRow, new: Mapping[str, int], old: Mapping[str, int]) -> Outlier | None:
    """`row` as an outlier, or None. A known row replaces the new one of its key, also `row` itself."""
    if len(new) == 1 and not old:
        return None
    others = {digest: cycles for digest, cycles in new.items() if digest != row.key.digest}
    others.update(old)
    against = sum(disagree(row.cycles, cycles) for cycles in others.values())
    if 2 * against <= len(others):
        return None
    return Outlier(row, median_low(others.values()), len(others))
