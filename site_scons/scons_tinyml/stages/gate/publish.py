"""Images under their published names exist only while they pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.errors import BudgetExceeded, EnvironmentProblem, InternalError, TinymlError
from scons_tinyml.records.report import Finding, Report
from scons_tinyml.stages.files import write_bytes

Copies = Sequence[tuple[Path, Path]]
"""Unchecked file and published name."""


def publish(report: Report, report_path: Path, copies: Copies) -> None:
    """Copy the unchecked images to their published names if `report` passes, and remove these otherwise.

    Raises BudgetExceeded when it does not pass, InternalError when the image computes something else than the
    oracle: kernels were proven one by one, so that this is no fault of the user's.
    """
    if report.verdict == "fail":
        withdraw(copies)
        raise _failure(report, report_path)
    for source, published in copies:
        try:
            image = source.read_bytes()
        except OSError as error:
            raise EnvironmentProblem(f"cannot be read: {error.strerror}", where=source) from None
        write_bytes(published, image)


def withdraw(copies: Copies) -> None:
    """Remove whatever has a published name."""
    for _, published in copies:
        published.unlink(missing_ok=True)


def _failure(report: Report, report_path: Path) -> TinymlError:
    errors = [finding for finding in report.findings if finding.severity == "error"]
    wrong = [finding for finding in errors if finding.kind == "bit_exactness"]
    if wrong:
        return InternalError(wrong[0].message, where=report_path)
    listed = "".join(f"\n  {describe(finding)}" for finding in errors)
    return BudgetExceeded(
        f"{report.model} on {report.target} is over {len(errors)} of its limits; no image is left{listed}",
        hint=f"the report is in {report_path}",
    )


def describe(finding: Finding) -> str:
    """A finding with where its limit was set, what weighs most and what would help, as one line."""
    source = f" [{finding.limit_source}]" if finding.limit_source else ""
    parts = ", ".join(f"{share.name} {share.percent:g} %" for share in finding.heaviest)
    heaviest = f"; heaviest: {parts}" if parts else ""
    helps = f"; {finding.advice}" if finding.advice else ""
    return f"{finding.message}{source}{heaviest}{helps}"
