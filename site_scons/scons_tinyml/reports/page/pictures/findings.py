"""Findings of the checks, and what would help."""

from __future__ import annotations

from markupsafe import Markup

from scons_tinyml.records.report import Finding
from scons_tinyml.reports.lines import finding_lines, remedy_lines
from scons_tinyml.reports.page import Picture
from scons_tinyml.reports.page.svg import tag
from scons_tinyml.reports.view import View

ORDER = 20
OF_FIRMWARE = True


def draw(view: View) -> Picture | None:
    """Return the findings and remedies, None without any."""
    remedies = remedy_lines(view.remedies)
    if not view.findings and not remedies:
        return None
    errors = sum(finding.severity == "error" for finding in view.findings)
    warnings = len(view.findings) - errors
    counted = (
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    )
    items = [_item(finding) for finding in view.findings]
    if remedies:
        items.append(
            tag("li", tag("p", "What would help", class_="tone"), [tag("p", line) for line in remedies])
        )
    return Picture("Findings", f"{' and '.join(counted) or 'None'}.", svg=tag("ul", items, class_="items"))


def _item(finding: Finding) -> Markup:
    first, *rest = finding_lines(finding)
    tone = {"error": "fail", "warning": "warning"}[finding.severity]
    return tag(
        "li",
        tag("p", tag("span", f"{finding.severity}: ", class_="tone"), first),
        [tag("p", line) for line in rest],
        class_=tone,
    )
