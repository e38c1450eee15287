"""The HTML file of a page: one file with its style and script, which asks for nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from scons_tinyml.records.units import format_hertz
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import Table, Value, figure, shown
from scons_tinyml.reports.lines import project_lines
from scons_tinyml.reports.page import drawn_pictures
from scons_tinyml.reports.view import Headline, View

if TYPE_CHECKING:
    from jinja2 import Template

MOST_ROWS = 100
"""Rows of a table; a page with thousands of layers would not be read."""


def page(view: View) -> str:
    """Return the page of `view`."""
    headline, style, script = view.headline, _text("style.css"), _text("script.js")
    values = {
        "headline": headline,
        "verdict": verdict_line(headline),
        "clock": format_hertz(headline.clock_hz),
        "project": project_lines(headline),
        "pictures": [(f"part-{name}", picture) for name, picture in drawn_pictures(view)],
        "path": str(view.path),
        "version": view.report.provenance.scons_tinyml,
        "style": Markup(style),
        "script": Markup(script),
        "policy": _policy(style, script),
    }
    return _template().render(values) + "\n"


def verdict_line(headline: Headline) -> str:
    """Return a line such as 'pass: 36.90 ms, emulator, at most 41.64 ms'."""
    latency = headline.latency
    took, most = (figure(value, "seconds") for value in (latency.value, latency.high))
    return f"{headline.verdict}: {took}, {latency.evidence}, at most {most}"


def _policy(style: str, script: str) -> str:
    """Return a policy by which a browser runs our script and no other, and asks for nothing."""
    of_style, of_script = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)
    )
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{of_style}'; script-src 'sha256-{of_script}'"
    )


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_finalize
    )
    environment.globals["rows"] = rows
    environment.globals["MOST_ROWS"] = MOST_ROWS
    return environment.from_string(_text("page.html.j2"))


def _finalize(value: object) -> object:
    """Return `value` with control characters escaped, where it is text of others."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


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
