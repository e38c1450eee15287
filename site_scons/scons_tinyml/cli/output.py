"""Output of commands: a table for people, JSON for programs."""

from __future__ import annotations

import json
import textwrap
from argparse import ArgumentParser, Namespace, _ArgumentGroup
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scons_tinyml.reports.cells import Table
from scons_tinyml.reports.table import text_table
from scons_tinyml.reports.visible import visible


def add_json_option(parser: ArgumentParser | _ArgumentGroup) -> None:
    """`--json`, as all commands that list things have it."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_project_option(parser: ArgumentParser) -> None:
    """`--project`, as all commands that look for files have it."""
    parser.add_argument(
        "--project", type=Path, default=Path(), help="folder of the project (default: the current one)"
    )


def print_rows(options: Namespace, rows: Sequence[Mapping[str, Any]], table: Table) -> None:
    """Print `rows` with `--json`, else `table`, which says the same."""
    print(json.dumps(list(rows), indent=2) if options.json else text_table(table))


def wrapped(text: str, indent: str = "") -> str:
    """`text` in lines of at most 100 characters, each behind `indent`."""
    return textwrap.fill(visible(text), 100, initial_indent=indent, subsequent_indent=indent)
