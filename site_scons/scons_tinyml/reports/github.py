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
    from scons_tinyml.records.report import Finding
    from scons_tinyml.reports.view import View

_RUNS = "GITHUB_ACTIONS"
_SUMMARY = "GITHUB_STEP_SUMMARY"
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def runs_here(environment: Mapping[str, str]) -> bool:
    """Return whether a server of GitHub runs this process."""
    return environment.get(_RUNS) == "true"


def annotation(view: View, finding: Finding) -> str:
    """Return the workflow command for `finding` of `view`, at the line that set its limit if there is one."""
    from scons_tinyml.reports.lines import finding_lines

    headline, place = view.headline, view.place_of(finding)
    properties = {"title": visible(f"{headline.model} on {headline.target}: {finding.kind}")}
    if place and not place.file.startswith("/"):
        properties = {"file": visible(place.file), "line": str(place.line), **properties}
    given = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties.items())
    message = _escaped("\n".join(finding_lines(finding)), _DATA)
    return f"::{finding.severity} {given}::{message}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)


def add_to_summary(report: Path, environment: Mapping[str, str]) -> None:
    """Append the summary beside `report` to that of the step. Nothing happens where there is none of the two."""
    step = environment.get(_SUMMARY)
    if step and runs_here(environment):
        with suppress(OSError), open(step, "a", encoding="utf-8") as stream:  # noqa: PTH123 - in every build
            stream.write(report.with_name("summary.md").read_text(encoding="utf-8") + "\n")
