"""Rows that disagree with the others of their kind by more than 10 %.

Rows of one kind ought to have the same cycles. They have the same operator, type, attributes, kernel, sources,
compiler, flags, core, memory and evidence. Two parts of the key do not count:

- the digests of the compiler's programs and libraries, if its name and version are equal: two teams may have the same
  compiler from two distributions;
- for hardware rows, the version of the measuring firmware: it only reads the counter before and after the kernel.

Rows of another compiler, other flags, changed sources, another version of the timing model or a layer of another size
are of another kind, and are not compared.
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
    """A row, with the median of the cycles of the `others` of its kind, and their number."""

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
    """Return the parts of `key` that all rows of one kind share."""
    compiler = key.compiler.partition(", programs ")[0]
    timing = key.timing_version if key.evidence == "emulator" else None
    return (key.attributes_text, key.evidence, compiler, timing, _same(key))


def disagree(first_cycles: int, second_cycles: int) -> bool:
    """Return whether the greater of the two is more than 10 % above the smaller."""
    return 10 * max(first_cycles, second_cycles) > 11 * min(first_cycles, second_cycles)


def find_outliers(rows: Iterable[CostRow], known: Iterable[CostRow]) -> tuple[Outlier, ...]:
    """Return those of `rows` that disagree with more than half of the others of their kind, in `rows` or `known`.

    Rows with the same key and cycles in both count once. When a kind has two rows that disagree, both are outliers,
    because nothing says which is wrong.
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
    """Return `row` as an outlier, or None. A known row counts in place of a new one with the same key."""
    if len(new) == 1 and not old:
        return None
    others = {digest: cycles for digest, cycles in new.items() if digest != row.key.digest}
    others.update(old)
    against = sum(disagree(row.cycles, cycles) for cycles in others.values())
    if 2 * against <= len(others):
        return None
    return Outlier(row, median_low(others.values()), len(others))
