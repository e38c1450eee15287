"""Choice between rows with the same key.

The newest measurement wins. Of two from the same second, the greater line (see lines.py) wins: first without origin
and board, then with them. That order has no meaning, but it is total, so merging is commutative, associative and
idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scons_tinyml.costs.packs.lines import row_to_line
from scons_tinyml.costs.rows import CostRow


def preferred(first: CostRow, second: CostRow) -> CostRow:
    """Return the one of two rows with the same key that is kept."""
    if first.measured_at != second.measured_at:
        return max(first, second, key=lambda row: row.measured_at)
    return first if first == second else max(first, second, key=_lines)


def _lines(row: CostRow) -> tuple[str, ...]:
    return row_to_line(replace(row, origin="", board="")), row_to_line(row), row.pack_name, row.pack_digest


def merged(*groups: Iterable[CostRow]) -> tuple[CostRow, ...]:
    """Return one row for each key in `groups`, by digest in rising order."""
    kept: dict[str, CostRow] = {}
    for group in groups:
        for row in group:
            digest = row.key.digest
            kept[digest] = preferred(kept[digest], row) if digest in kept else row
    return tuple(kept[digest] for digest in sorted(kept))
