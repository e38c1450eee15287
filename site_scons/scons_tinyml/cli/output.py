"""What commands print: aligned columns for people, JSON for programs."""

from __future__ import annotations

import json
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any


def add_json_option(parser: ArgumentParser) -> None:
    """`--json`, as all commands that list things have it."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_project_option(parser: ArgumentParser) -> None:
    """`--project`, as all commands that look for files have it."""
    parser.add_argument(
        "--project", type=Path, default=Path(), help="folder of the project (default: the current one)"
    )


def print_rows(options: Namespace, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print `rows`, which have the same keys in the same order."""
    if options.json:
        print(json.dumps(list(rows), indent=2))
    else:
        print(aligned(rows))


def aligned(rows: Sequence[Mapping[str, Any]], right: Collection[str] = ()) -> str:
    """`rows` as text with one line a row, numbers and the columns `right` to the right; 'none' when there are none."""
    if not rows:
        return "none"
    header = list(rows[0])
    numeric = [key in right or all(isinstance(row[key], int) for row in rows) for key in header]
    cells = [header, *([_text(row[key]) for key in header] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(line, widths, numeric) for line in cells)


def wrapped(text: str, indent: str = "") -> str:
    """`text` in lines of at most 100 characters, each behind `indent`."""
    return textwrap.fill(text, 100, initial_indent=indent, subsequent_indent=indent)


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    )
    return "  ".join(padded).rstrip()
