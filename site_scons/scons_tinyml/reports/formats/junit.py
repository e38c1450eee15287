"""Budgets as test cases of JUnit's XML, which CI servers show beside the tests of a project.

Elements and attributes are those of the schema of Jenkins and Maven Surefire. A limit that is kept is a case that
passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from scons_tinyml.records.report import Finding
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import figure
from scons_tinyml.reports.lines import finding_lines, title_line
from scons_tinyml.reports.view import BudgetRow, View

FILE_NAME = "junit.xml"
_NO_XML = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that XML 1.0 cannot have, section 2.2. Control characters are escaped before."""


def render(view: View, width: int) -> str:  # noqa: ARG001 - lines are as long as they are
    """Return a suite with a test case for each limit of `view`."""
    limited = [row for row in view.budget if row.verdict is not None]
    failed = sum(row.verdict == "fail" for row in limited)
    counts = {"tests": str(len(limited)), "failures": str(failed), "errors": "0", "skipped": "0"}
    suites = Element("testsuites", counts)
    suite = SubElement(suites, "testsuite", {"name": _text(title_line(view.headline)), **counts})
    if view.headline.project and view.headline.project.built:
        suite.set("timestamp", view.headline.project.built.removesuffix("Z"))
    for row in limited:
        _add_case(suite, view, row)
    if warnings := [found for found in view.findings if found.severity == "warning"]:
        SubElement(suite, "system-err").text = "\n".join(map(_lines, warnings))
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _add_case(suite: Element, view: View, row: BudgetRow) -> None:
    group = f"{view.headline.target}.{view.headline.model}"
    case = SubElement(suite, "testcase", {"classname": _text(group), "name": _text(row.title), "time": "0"})
    if row.place:
        case.attrib.update(file=_text(row.place.file), line=str(row.place.line))
    if row.verdict == "fail":
        found = list(_findings(view, row))
        message = found[0].message if found else f"{row.title} is over its limit"
        failure = SubElement(case, "failure", {"message": _text(message), "type": "budget"})
        failure.text = "\n".join(map(_lines, found)) or None
    SubElement(case, "system-out").text = _text(", ".join(_facts(row)))


def _findings(view: View, row: BudgetRow) -> Iterator[Finding]:
    """Yield the errors that `row` fails by."""
    for found in view.findings:
        is_of_row = found.kind == row.resource or (row.resource is None and found.used == row.used)
        if found.severity == "error" and is_of_row and found.limit_source == row.source:
            yield found


def _facts(row: BudgetRow) -> Iterator[str]:
    if row.used is not None:
        yield f"used {figure(row.used, row.unit)}"
    if row.limit is not None:
        yield f"limit {'at least ' if row.at_least else ''}{figure(row.limit, row.unit)}"
    if row.source:
        yield f"set by {row.source}"


def _lines(finding: Finding) -> str:
    return "\n".join(_NO_XML.sub("?", line) for line in finding_lines(finding))


def _text(text: str) -> str:
    return _NO_XML.sub("?", visible(text))
