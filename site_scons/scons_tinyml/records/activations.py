"""A board whose activations lie in a named region: what the option `activations=` of a build makes of its file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scons_tinyml.records.board import Board, Use, read_board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.toml_file import read_table

OPTION = "activations"
ARENA: Use = "arena"
"""Use of a region that holds activations and scratch."""


def regions_for_activations(board: Board) -> tuple[str, ...]:
    """Return the names of the regions that may hold activations, that of builds without the option first."""
    return tuple(region.name for region in board.regions(ARENA))


def board_with_activations(path: Path, region: str) -> str:
    """Return the TOML text of the board in the file `path`, of which `region` alone holds activations and scratch.

    Raises RecordError for a file that is no board, InputError for a region that it lacks or that holds none.
    """
    names = regions_for_activations(read_board(path))
    if region not in names:
        problem = f"{path} has no region '{region}' that holds activations; {did_you_mean(region, names)}"
        raise InputError(problem, where="command line", key=OPTION)
    table = read_table(path)
    for one in table["memory"]:
        if one["name"] != region:
            one["holds"] = [use for use in one["holds"] if use != ARENA]
    unused = [f"memory.{one['name']}" for one in table["memory"] if not one["holds"]]
    table["memory"] = [one for one in table["memory"] if one["holds"]]
    if "sources" in table:
        table["sources"] = {key: text for key, text in table["sources"].items() if key not in unused}
    return "".join(f"{line}\n" for line in _lines(table))


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a TOML file: values, then a table each for those that are tables or lists of tables."""
    tables = {key: value for key, value in table.items() if _is_of_tables(value)}
    yield from (_pair(key, value) for key, value in table.items() if key not in tables)
    for key, value in tables.items():
        named = (
            (f"[{_quoted(key)}]", [value]) if isinstance(value, Mapping) else (f"[[{_quoted(key)}]]", value)
        )
        for one in named[1]:
            yield from ("", named[0], *(_pair(*item) for item in one.items()))


def _is_of_tables(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)
    )


def _pair(key: str, value: Any) -> str:
    return f"{_quoted(key)} = {_value(value)}"


def _value(value: Any) -> str:
    """Return a value as TOML has it, in one line. Strings and numbers are those of JSON."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_pair(*item) for item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return _quoted(value)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
