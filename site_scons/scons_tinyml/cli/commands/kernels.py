"""List which operators and types have a kernel in which kernel sets.

Every kernel is declared in a file of its own: kernels/<set>/<kernel>.toml
A generator writes functions for single layers: kernels/<set>/<generator>.py

examples:
  tinyml kernels
  tinyml kernels --json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from scons_tinyml.cli.output import add_json_option, add_project_option, print_rows
from scons_tinyml.records.generators import Listed, listed_kernels
from scons_tinyml.reports.cells import Column, Table
from scons_tinyml.resources import find_all

COLUMNS = (Column("operator"), Column("type"), Column("kernels"))


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_json_option(parser)
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Print one line for each operator and type, with the kernels of each set."""
    folders = find_all("kernels", options.project)
    sets = {name: listed_kernels(folder) for name, folder in folders.items()}
    kernels = [kernel for found in sets.values() for kernel in found]
    pairs = sorted({(kernel.operator, kernel.type) for kernel in kernels})
    rows = [
        {"operator": operator, "type": number_type}
        | {name: _names(found, operator, number_type) for name, found in sets.items()}
        for operator, number_type in pairs
    ]
    shown = (
        (row["operator"], row["type"], [f"{name}/{kernel}" for name in sets for kernel in row[name]])
        for row in rows
    )
    print_rows(options, rows, Table(COLUMNS, tuple(shown), empty="none"))


def _names(kernels: tuple[Listed, ...], operator: str, number_type: str) -> list[Any]:
    return [
        kernel.name.partition("/")[2]
        for kernel in kernels
        if (kernel.operator, kernel.type) == (operator, number_type)
    ]
