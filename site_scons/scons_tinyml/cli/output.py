"""Output of commands: a table for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace, _ArgumentGroup
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scons_tinyml.records.wrapping import columns
from scons_tinyml.reports.cells import Table
from scons_tinyml.reports.table import text_table


def add_json_option(parser: ArgumentParser | _ArgumentGroup) -> None:
    """Add `--json`, which all commands with lists have."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_project_option(parser: ArgumentParser) -> None:
    """Add `--project`, which all commands that search for files have."""
    parser.add_argument(
        "--project", type=Path, default=Path(), help="folder of the project (default: the current one)"
    )


def print_rows(options: Namespace, rows: Sequence[Mapping[str, Any]], table: Table) -> None:
    """Print `rows` as JSON with `--json`, otherwise `table`, which has the same content."""
    print(json.dumps(list(rows), indent=2) if options.json else text_table(table, columns(sys.stdout)))
