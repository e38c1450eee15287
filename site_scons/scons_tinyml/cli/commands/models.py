"""List the models that can be built.

A network file can also be built directly: scons model=path/to/net.tflite

examples:
  tinyml models
  tinyml models --json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from scons_tinyml.cli.output import add_json_option, add_project_option, print_rows
from scons_tinyml.records.budget import BudgetLimits
from scons_tinyml.records.model import Model, read_model
from scons_tinyml.reports.cells import Column, table_of
from scons_tinyml.resources import find_all

COLUMNS = tuple(
    Column(name, missing="-") for name in ("model", "from", "input", "quantization", "budgets", "description")
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_json_option(parser)
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Print name, origin, input, quantization and budgets of every model."""
    found = [read_model(path) for path in find_all("models", options.project).values()]
    rows = [_row(model) for model in found]
    print_rows(options, rows, table_of(COLUMNS, rows))


def _row(model: Model) -> dict[str, Any]:
    return {
        "model": model.name,
        "from": _origin(model),
        "input": list(model.input.shape) if model.input else None,
        "quantization": model.quantization.mode,
        "budgets": _budgets(model.budgets),
        "description": model.description,
    }


def _origin(model: Model) -> str | None:
    if model.random_weights is not None:
        return "random weights"
    return model.source or (model.dataset.origin if model.dataset else None)


def _budgets(limits: BudgetLimits) -> list[str]:
    return list(limits.by_resource())
