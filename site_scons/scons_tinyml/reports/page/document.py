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
    from jinja2 import Environment

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
    style, script = _text("style.css"), _text("script.js")
    shared = {"style": Markup(style), "script": Markup(script), "policy": _policy(style, script)}
    return _environment().get_template(template).render({**values, **shared}) + "\n"


def verdict_line(headline: Headline) -> str:
    """Return a line such as 'pass: 36.90 ms, emulator, at most 41.64 ms', or 'pass' for a firmware."""
    latency = headline.latency
    if latency is None:
        return headline.verdict
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
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals["rows"] = rows
    environment.globals["MOST_ROWS"] = MOST_ROWS
    return environment


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
