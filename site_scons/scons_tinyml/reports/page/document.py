"""The HTML file of a page: one file with its style and script, which asks for nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from scons_tinyml.records.units import format_hertz
from scons_tinyml.reports.cells import Table, Value, figure, shown
from scons_tinyml.reports.lines import project_lines
from scons_tinyml.reports.page import drawn_pictures
from scons_tinyml.reports.page.parts import content_policy, page_template, template_text
from scons_tinyml.reports.view import Headline, View

if TYPE_CHECKING:
    from jinja2 import Template

MOST_ROWS = 100
"""Rows of a table; a page with thousands of layers would not be read."""


def page(view: View) -> str:
    """Return the page of `view`."""
    headline = view.headline
    values = {
        "headline": headline,
        "verdict": verdict_line(headline),
        "clock": format_hertz(headline.clock_hz),
        "project": project_lines(headline),
        "pictures": [(f"part-{name}", picture) for name, picture in drawn_pictures(view)],
        "path": str(view.path),
        "version": view.version,
    }
    return rendered("page.html.j2", values)


def rendered(template: str, values: Mapping[str, object]) -> str:
    """Return the page of `template` with `values`, our style and script, and a policy that allows no others."""
    style, script = template_text("style.css"), template_text("script.js")
    shared = {"style": Markup(style), "script": Markup(script), "policy": content_policy(style, script)}
    return _template(template).render({**values, **shared}) + "\n"


def verdict_line(headline: Headline) -> str:
    """Return a line such as 'pass: 36.90 ms, emulator, at most 41.64 ms', or 'pass' for a firmware."""
    latency = headline.latency
    if latency is None:
        return headline.verdict
    took, most = (figure(value, "seconds") for value in (latency.value, latency.high))
    return f"{headline.verdict}: {took}, {latency.evidence}, at most {most}"


@cache
def _template(name: str) -> Template:
    return page_template(template_text(name), rows=rows, MOST_ROWS=MOST_ROWS)


def rows(table: Table) -> list[list[Mapping[str, object]]]:
    """Return the cells of `table`: their text, and the number to sort them by."""
    return [
        [
            {"text": shown(cell, column), "number": _number(cell), "column": column}
            for column, cell in zip(table.columns, row, strict=False)
        ]
        for row in table.rows[:MOST_ROWS]
    ]


def _number(cell: object) -> float | None:
    if isinstance(cell, Value):
        return cell.number
    return cell if isinstance(cell, int | float) else None
