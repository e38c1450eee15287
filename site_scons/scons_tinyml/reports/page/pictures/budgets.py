"""Each budget as a bullet chart: the value with its band, and the limit."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.records.report import format_value
from scons_tinyml.reports.cells import Column, Table, figure
from scons_tinyml.reports.lines import budget_table
from scons_tinyml.reports.page import Picture
from scons_tinyml.reports.page.chart import Bullet, bullets
from scons_tinyml.reports.view import BudgetRow, View

ORDER = 10
_BEYOND = 1.15
"""Length of a scale as a multiple of the larger of limit and value."""


def draw(view: View) -> Picture | None:
    """Return the budgets of `view`."""
    known = [row for row in view.budget if row.used is not None]
    limited = [row for row in known if row.limit is not None]
    over = [row.title for row in limited if row.verdict == "fail"]
    kept = f"{len(limited) - len(over)} of {len(limited)} limits are kept"
    lead = (
        f"{kept}{'; over the limit: ' if over else ''}{', '.join(over)}." if limited else "No limit was set."
    )
    svg = bullets(
        [_bullet(view, row) for row in known],
        name="budgets",
        title="Budgets",
        text=f"{kept}. For each resource a bar for what is used, and a line at the limit.",
    )
    return Picture(
        "Budgets",
        lead,
        svg=svg,
        table=Table((Column("resource"), *budget_table(()).columns[1:]), budget_table(view.budget).rows),
        caption="Used amounts and limits, with the source of each limit",
        notes=("Line: the limit. Bracket: the error band; the gate judges its worse end.",),
    )


def _bullet(view: View, row: BudgetRow) -> Bullet:
    latency = view.headline.latency
    band = (latency.low, latency.high) if row.resource == "latency" else None
    used = latency.value if band else row.used or 0
    whole = _scale(row, used, band)
    return Bullet(
        name=row.title,
        shown=_shown(row, used, band),
        value=min(max(used, 0) / whole, 1),
        limit=None if row.limit is None else min(row.limit / whole, 1),
        is_over=row.verdict == "fail",
        words=" ".join(_words(row)),
        source=row.source or "",
        band=None if band is None else (band[0] / whole, band[1] / whole),
        at_least=row.at_least,
    )


def _scale(row: BudgetRow, used: float, band: tuple[float, float] | None) -> float:
    """Return the value at the end of the scale: 1 for a fraction of which much is wanted."""
    if row.unit == "fraction" and row.at_least:
        return 1
    return _BEYOND * max(used, row.limit or 0, band[1] if band else 0) or 1


def _shown(row: BudgetRow, used: float, band: tuple[float, float] | None) -> str:
    between = "" if band is None else f" ({_figure(row, band[0])} to {_figure(row, band[1])})"
    return f"{_figure(row, used)}{between}"


def _words(row: BudgetRow) -> Iterator[str]:
    if row.limit is None:
        yield "no limit"
        return
    sign = {"pass": "kept", "fail": "NOT KEPT"}.get(row.verdict or "", "")
    yield f"{'at least' if row.at_least else 'at most'} {_figure(row, row.limit)}: {sign}"
    if row.share is not None and not row.at_least:
        yield f"at {figure(row.share, 'share')}"


def _figure(row: BudgetRow, value: float) -> str:
    return figure(value, "count") if row.unit == "count" else format_value(row.unit, value)
