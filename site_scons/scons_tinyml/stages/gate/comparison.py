"""Stage: compare a report with an earlier one, and print and write what changed.

python -m scons_tinyml.stages gate.comparison --report report.json --baseline old/report.json
    --comparison comparison.json --summary comparison.md --page comparison.html
    [--model model.toml] [--tolerances "flash:1%,latency:2%"]
"""

from __future__ import annotations

import sys
from pathlib import Path

from scons_tinyml.records.budget import Budgets, limits_from_options
from scons_tinyml.records.errors import BudgetExceeded, InputError
from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.records.model import read_model
from scons_tinyml.records.report import Report
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import columns
from scons_tinyml.reports.comparison import Compared, as_html, as_markdown, as_text, exceeded_names
from scons_tinyml.stages.files import write_json, write_text
from scons_tinyml.stages.gate.compare import compare, tolerances_in_force
from scons_tinyml.stages.gate.compare_firmware import compare_firmware
from scons_tinyml.stages.gate.report_file import read_judged
from scons_tinyml.stages.gate.requests import CompareRequest


def main(request: CompareRequest[Path]) -> None:
    """Write and print the comparison. Raises BudgetExceeded over a tolerance."""
    found = compare_files(request.baseline, request.report, request.model, request.tolerances)
    write_json(request.comparison, found.model_dump(mode="json", by_alias=True))
    write_text(request.summary, as_markdown(found))
    write_text(request.page, as_html(found))
    print(as_text(found, columns(sys.stdout)), end="")
    require_tolerated(found, request.comparison)


def compare_files(old: Path, new: Path, model: Path | None, tolerances: str) -> Compared:
    """Return the comparison of two files, with the tolerances of `model` and of the command line. Raises InputError."""
    before, after = read_judged(old), read_judged(new)
    budgets = read_model(model).budgets if model else Budgets()
    options = limits_from_options({"tolerances": tolerances} if tolerances else {})
    found = tolerances_in_force(after.target, budgets, options, str(model))
    paths = (visible(str(old)), visible(str(new)))
    if isinstance(before, FirmwareReport) and isinstance(after, FirmwareReport):
        return compare_firmware(before, after, found, paths)
    if isinstance(before, Report) and isinstance(after, Report):
        return compare(before, after, found, paths)
    firmware, network = (old, new) if isinstance(before, FirmwareReport) else (new, old)
    raise InputError(
        f"is the report of a firmware, where {visible(str(network))} is of one network",
        where=firmware,
        hint="reports of one network, or of one firmware, on one board are compared",
    )


def require_tolerated(comparison: Compared, where: Path) -> None:
    """Raise BudgetExceeded if a tolerance is exceeded."""
    exceeded = list(exceeded_names(comparison))
    if exceeded:
        raise BudgetExceeded(
            f"{comparison.model} on {comparison.target} is worse than the baseline by more than a tolerance: "
            f"{', '.join(exceeded)}",
            where=where,
        )
