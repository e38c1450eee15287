"""Lines of the files that set the limits of a report."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import read_input_text
from scons_tinyml.records.input_limits import SOURCE_BYTES, TOML_BYTES
from scons_tinyml.records.metric import DROP
from scons_tinyml.records.report import RESOURCES
from scons_tinyml.records.toml_file import line_of
from scons_tinyml.reports.view import BudgetRow, Place, View

_CAPACITY = "capacity of "


def with_places(view: View, root: Path) -> View:
    """Return `view` with the lines of the files below `root` that set its limits, where they are found."""
    return replace(view, budget=tuple(replace(row, place=_place(row, root)) for row in view.budget))


def _place(row: BudgetRow, root: Path) -> Place | None:
    """Return the line that the source of `row` names: 'models/cats/model.toml: budgets.boards.stm32l1'."""
    source = row.source or ""
    if source.startswith(_CAPACITY):
        return _line(root, f"boards/{source.removeprefix(_CAPACITY)}.toml", ("memory",))
    file, _, tables = source.partition(".toml: ")
    if not tables:
        return _line_of_sconscript(root, source)
    of_board = tables.startswith("memory ")
    keys = ("memory",) if of_board else (*tables.split(".", 2), *_keys(row.resource or ""))
    return _line(root, f"{file}.toml", keys)


def _line_of_sconscript(root: Path, source: str) -> Place | None:
    """Return the first line that gives the option in `source`, 'SConstruct: flash', or its construction variable."""
    file, _, key = source.partition(": ")
    if not key.isidentifier():
        return None
    given = re.compile(rf"\b(?:TINYML_)?{key}\b[\"'\]]*\s*[=:]", re.IGNORECASE)
    try:
        lines = read_input_text(root / file, SOURCE_BYTES).splitlines()
    except (OSError, ValueError, InputError):
        return None
    return next((Place(file, number) for number, line in enumerate(lines, 1) if given.search(line)), None)


def _keys(resource: str) -> tuple[str, ...]:
    """Return the keys of the limit of `resource` in a table of budgets."""
    if resource in RESOURCES:
        return (resource,)
    if resource.endswith(DROP):
        return "metric_drops", resource.removesuffix(DROP)
    return "metrics", resource


def _line(root: Path, file: str, keys: tuple[str, ...]) -> Place | None:
    try:
        line = line_of(read_input_text(root / file, TOML_BYTES), keys)
    except (OSError, ValueError, InputError):
        return None
    return None if line is None else Place(file, line)
