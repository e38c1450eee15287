"""Limits in force for a model on a board, with the source of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.budget import BudgetLimits, Budgets, limits_from_options, split_limits
from scons_tinyml.records.model import read_model

COMMAND_LINE = "command line"
"""Source of limits that are options."""


@dataclass(frozen=True)
class Limit:
    """One limit in SI units, with the place that set it."""

    value: float
    source: str
    asked: Limit | None = None
    """The budget, where it is above the capacity of the board. This limit is then the capacity."""


def limits_in_force(board: Board, model: Path | None, options: str) -> dict[str, Limit]:
    """Return the limits of the file `model` and of the command line. Raises RecordError, InputError."""
    budgets = read_model(model).budgets if model else Budgets()
    return resolve_limits(board, budgets, limits_from_options(split_limits(options)), str(model))


def rate_in_force(board: Board, model: Path | None, options: str) -> float | None:
    """Return the inferences an hour that average power is computed for: the last source that says so wins."""
    budgets = read_model(model).budgets if model else Budgets()
    on_board = budgets.boards.get(board.name, BudgetLimits())
    layers = (limits_from_options(split_limits(options)), on_board, budgets)
    return next((one.inferences_per_hour for one in layers if one.inferences_per_hour is not None), None)


def resolve_limits(
    board: Board, budgets: Budgets, options: BudgetLimits, model_file: str
) -> dict[str, Limit]:
    """Return the limits in force by name.

    A later source wins: model, model on this board, command line. No limit exceeds the capacity of the board.
    """
    capacities = {
        "flash": Limit(board.flash_capacity_bytes, f"capacity of {board.name}"),
        "ram": Limit(board.ram_capacity_bytes, f"capacity of {board.name}"),
    }
    on_board = budgets.boards.get(board.name, BudgetLimits())
    layers = (
        (budgets, f"{model_file}: budgets"),
        (on_board, f"{model_file}: budgets.boards.{board.name}"),
        (options, COMMAND_LINE),
    )
    asked = {
        key: Limit(value, name) for source, name in layers for key, value in source.by_resource().items()
    }
    return {**capacities, **{key: _within(limit, capacities.get(key)) for key, limit in asked.items()}}


def values(limits: Mapping[str, Limit]) -> dict[str, float]:
    """Return the limits in SI units by name."""
    return {name: limit.value for name, limit in limits.items()}


def _within(limit: Limit, capacity: Limit | None) -> Limit:
    return limit if capacity is None or limit.value <= capacity.value else replace(capacity, asked=limit)
