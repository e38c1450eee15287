"""Stage: compare a report with an earlier one, and print and write what changed.

python -m scons_tinyml.stages gate.comparison --report report.json --baseline old/report.json
    --comparison comparison.json --summary comparison.md --page comparison.html
    [--model model.toml] [--tolerances "flash:1%,latency:2%"]
"""

from __future__ import annotations

import sys
from pathlib import Path

from scons_tinyml.records.budget import Budgets, limits_from_options
from scons_tinyml.records.comparison import Comparison
from scons_tinyml.records.errors import BudgetExceeded
from scons_tinyml.records.model import read_model
from scons_tinyml.records.report import resource_title
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import columns
from scons_tinyml.reports.comparison import as_html, as_markdown, as_text
from scons_tinyml.stages.files import write_json, write_text
from scons_tinyml.stages.gate.compare import compare, tolerances_in_force
from scons_tinyml.stages.gate.report_file import read_report
from scons_tinyml.stages.gate.requests import CompareRequest


def main(request: CompareRequest[Path]) -> None:
    """Write and print the comparison. Raises BudgetExceeded over a tolerance."""
    found = compare_files(request.baseline, request.report, request.model, request.tolerances)
    write_json(request.comparison, found.model_dump(mode="json", by_alias=True))
    write_text(request.summary, as_markdown(found))
    write_text(request.page, as_html(found))
    print(as_text(found, columns(sys.stdout)), end="")
    require_tolerated(found, request.comparison)


def compare_files(old: Path, new: Path, model: Path | None, tolerances: str) -> Comparison:
    """Return the comparison of two files, with the tolerances of `model` and of the command line. Raises InputError."""
    before, after = read_report(old), read_report(new)
    budgets = read_model(model).budgets if model else Budgets()
    options = limits_from_options({"tolerances": tolerances} if tolerances else {})
    found = tolerances_in_force(after.target, budgets, options, str(model))
    return compare(before, after, found, (visible(str(old)), visible(str(new))))


def require_tolerated(comparison: Comparison, where: Path) -> None:
    """Raise BudgetExceeded if a tolerance is exceeded."""
    exceeded = [resource_title(figure.name) for figure in comparison.figures if figure.exceeded]
    if exceeded:
        raise BudgetExceeded(
            f"{comparison.model} on {comparison.target} is worse than the baseline by more than a tolerance: "
            f"{', '.join(exceeded)}",
            where=where,
        )
