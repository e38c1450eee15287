"""List which operators of TensorFlow Lite run on which types, and with which kernel sets.

It is made of what the operators answer and of the kernels' own declarations: kernels/<set>/<kernel>.toml,
and what generators take: kernels/<set>/<generator>.py

examples:
  tinyml operators
  tinyml operators --json
  tinyml operators --update docs/operators.md
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from scons_tinyml.cli.output import add_json_option, add_project_option
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.generators import listed_kernels
from scons_tinyml.records.input_file import read_input_text
from scons_tinyml.records.input_limits import SOURCE_BYTES
from scons_tinyml.records.wrapping import columns
from scons_tinyml.reports.cells import Column, Table
from scons_tinyml.reports.table import text_table
from scons_tinyml.resources import find_all
from scons_tinyml.stages.files import write_text
from scons_tinyml.stages.graph.elsewhere import ELSEWHERE
from scons_tinyml.stages.graph.supported import TYPES, Support, supported

COLUMNS = (Column("operator"), Column("kernel sets"), Column("types"))
OTHERS = (Column("operator"), Column("without a kernel"))
BEGIN, END = "<!-- tinyml operators -->", "<!-- /tinyml operators -->"
"""Lines between which `--update` writes the table."""

NO_CODE = "no code"
_Cells = Mapping[str, list[str]]


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_json_option(parser)
    add_project_option(parser)
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table, equal rows as one")
    parser.add_argument(
        "--update", type=Path, metavar="FILE", help=f"write that table into FILE, behind its line {BEGIN}"
    )


def run(options: Namespace) -> None:
    """Print the operators with the kernel sets of each type, or kernels by name as JSON."""
    folders = find_all("kernels", options.project)
    rows = supported({name: listed_kernels(folder) for name, folder in folders.items()})
    if options.update:
        write_text(options.update, updated(options.update, markdown(rows)))
    elif options.json:
        print(json.dumps([_json(row) for row in rows], indent=2))
    else:
        print(markdown(rows) if options.markdown else _text(rows))


def updated(path: Path, table: str) -> str:
    """Return the text of `path` with its table replaced by `table`. Raises InputError if it has no table."""
    try:
        text = read_input_text(path, SOURCE_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"has no lines {BEGIN} and {END}, which the table would stand between", where=path)
    return f"{before}{begin}{table}\n{end}{after}"


def markdown(rows: Sequence[Support]) -> str:
    """Return a Markdown table with one line for all operators that have the same kernel sets in every type.

    A second one has the operators of TensorFlow Lite Micro that have no kernel.
    """
    types, groups = _types(rows), dict[tuple[str, ...], list[str]]()
    for operator, cells in _by_operator(rows).items():
        groups.setdefault(tuple(", ".join(cells.get(name, [])) for name in types), []).append(operator)
    lines = [["operator", *types], ["---"] * (len(types) + 1)]
    lines += [[", ".join(operators), *cells] for cells, operators in groups.items()]
    others = [
        ["operator", "without a kernel"],
        ["---", "---"],
        *([name, ELSEWHERE[name]] for name in ELSEWHERE),
    ]
    return "\n".join(map(_line, lines)) + "\n\n" + "\n".join(map(_line, others))


def _line(cells: Sequence[str]) -> str:
    """Return a line of a Markdown table, with one space in empty cells."""
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def _text(rows: Sequence[Support]) -> str:
    """Return a table with a line for each operator and choice of kernel sets, and one of operators without any."""
    shown: dict[tuple[str, ...], list[str]] = {}
    for operator, cells in _by_operator(rows).items():
        for number_type in _types(rows):
            if found := cells.get(number_type):
                shown.setdefault((operator, *found), []).append(number_type)
    lines = tuple((operator, sets, types) for (operator, *sets), types in shown.items())
    others = Table(OTHERS, tuple(ELSEWHERE.items()), empty="none")
    tables = (Table(COLUMNS, lines, empty="none"), others)
    return "\n\n".join(text_table(table, columns(sys.stdout)) for table in tables)


def _types(rows: Sequence[Support]) -> list[str]:
    present = {row.type for row in rows}
    return sorted(present, key=("float32", *TYPES).index)


def _by_operator(rows: Sequence[Support]) -> Mapping[str, _Cells]:
    """Return the kernel sets by operator and type."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        sets = [name for name, kernels in row.kernels.items() if kernels]
        found.setdefault(row.operator, {})[row.type] = [NO_CODE] if row.layout_only else sets
    return found


def _json(row: Support) -> dict[str, object]:
    return {
        "operator": row.operator,
        "type": row.type,
        "layout_only": row.layout_only,
        "computations": [{"operator": name, "type": number_type} for name, number_type in row.computations],
        "kernels": row.kernels,
    }
