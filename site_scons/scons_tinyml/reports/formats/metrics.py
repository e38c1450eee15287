"""Figures as JSON that github-action-benchmark reads with `tool: customSmallerIsBetter`, to draw them over the commits.

Smaller values are better in all of them: of an accuracy, the file has what it lacks to 1. Metrics without a unit of
which larger values are better have no place in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import figure
from scons_tinyml.reports.view import BudgetRow, View

FILE_NAME = "metrics.json"
_UNITS: Mapping[str, tuple[str, float]] = {
    "bytes": ("B", 1),
    "seconds": ("ms", 1e3),
    "fraction": ("fraction", 1),
    "number": ("number", 1),
}
"""Name of the unit in the file, and how much of it the unit of the report is."""
_DIGITS = 9


def render(view: View, width: int) -> str:  # noqa: ARG001 - JSON has no lines
    """Return a list of the used amounts of all resources with their limits."""
    subject = f"{view.headline.model} on {view.headline.target}"
    found = [entry for row in view.budget for entry in _entries(view, subject, row)]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _entries(view: View, subject: str, row: BudgetRow) -> Iterator[dict[str, str | float]]:
    if row.resource is None or row.used is None or row.unit not in _UNITS:
        return
    unit, factor = _UNITS[row.unit]
    latency = view.headline.latency if row.resource == "latency" else None
    value, title = latency.value if latency else row.used, row.title
    if row.at_least:
        if row.unit != "fraction":
            return
        value, title = 1 - value, f"1 - {title}"
    entry: dict[str, str | float] = {
        "name": visible(f"{subject}: {title}"),
        "unit": unit,
        "value": int(value) if row.unit == "bytes" else float(f"{value * factor:.{_DIGITS}g}"),
    }
    if latency:
        entry["range"] = f"{figure(latency.low, 'seconds')} to {figure(latency.high, 'seconds')}"
    if row.limit is not None:
        limit = f"{'at least ' if row.at_least else ''}{figure(row.limit, row.unit)}"
        entry["extra"] = visible(f"limit {limit}, set by {row.source}")
    yield entry
