"""Annotations and summary of a step where a build runs in GitHub Actions, or in a server that works alike.

Workflow commands are lines of stdout: `::error file=F,line=N::message`. Every build imports this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.visible import visible

if TYPE_CHECKING:
    from scons_tinyml.records.firmware_report import FirmwareReport
    from scons_tinyml.records.report import Finding, Report
    from scons_tinyml.reports.view import View

_RUNS = "GITHUB_ACTIONS"
_SUMMARY = "GITHUB_STEP_SUMMARY"
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def runs_here(environment: Mapping[str, str]) -> bool:
    """Return whether a server of GitHub runs this process."""
    return environment.get(_RUNS) == "true"


def annotations_of(report: Report | FirmwareReport, path: Path, *, errors: bool = False) -> str:
    """Return a line for each finding of `report`, the file `path`, or for its `errors`: a workflow command."""
    from scons_tinyml.reports.firmware import view_of_judged
    from scons_tinyml.reports.places import with_places

    view = with_places(view_of_judged(report, path), Path())
    shown = [finding for finding in view.findings if finding.severity == "error" or not errors]
    return "".join(f"{annotation(view, finding)}\n" for finding in shown)


def annotation(view: View, finding: Finding) -> str:
    """Return the workflow command for `finding` of `view`, at the line that set its limit if there is one."""
    from scons_tinyml.reports.lines import finding_lines

    headline, place = view.headline, view.place_of(finding)
    title = f"{headline.model} on {headline.target}: {finding.kind}"
    at = {"file": place.file, "line": str(place.line)} if place and not place.file.startswith("/") else {}
    return workflow_command(finding.severity, title, "\n".join(finding_lines(finding)), at)


def workflow_command(severity: str, title: str, message: str, at: Mapping[str, str] | None = None) -> str:
    """Return the workflow command for `message`, visible text of any number of lines, `at` a file and line."""
    properties = {**(at or {}), "title": title}
    given = ",".join(f"{name}={_escaped(visible(value), _PROPERTY)}" for name, value in properties.items())
    return f"::{severity} {given}::{_escaped(message, _DATA)}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)


def add_to_summary(summary: Path, environment: Mapping[str, str]) -> None:
    """Append the file `summary` to the summary of the step. Nothing happens where there is none of the two."""
    step = environment.get(_SUMMARY)
    if step and runs_here(environment):
        with suppress(OSError), open(step, "a", encoding="utf-8") as stream:  # noqa: PTH123 - in every build
            stream.write(summary.read_text(encoding="utf-8") + "\n")
