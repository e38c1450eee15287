"""Which limits are in force for a model on a board, and who set them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.budget import BudgetLimits, Budgets, limits_from_options, split_limits
from scons_tinyml.records.model import read_model


@dataclass(frozen=True)
class Limit:
    """One limit in SI units, and where it was set."""

    value: float
    source: str
    asked: Limit | None = None
    """A budget above the capacity of the board, which is then the limit in force."""


def limits_in_force(board: Board, model: Path | None, options: str) -> dict[str, Limit]:
    """The limits for the model in the file `model` with those of the command line. Raises RecordError, InputError."""
    budgets = read_model(model).budgets if model else Budgets()
    return resolve_limits(board, budgets, limits_from_options(split_limits(options)), str(model))


def resolve_limits(
    board: Board, budgets: Budgets, options: BudgetLimits, model_file: str
) -> dict[str, Limit]:
    """The limits in force, by name: a later source wins, and none of them makes a board larger than it is.

    The order is model, model on this board, command line.
    """
    capacities = {
        "flash": Limit(board.flash_capacity_bytes, f"capacity of {board.name}"),
        "ram": Limit(board.ram_capacity_bytes, f"capacity of {board.name}"),
    }
    on_board = budgets.boards.get(board.name, BudgetLimits())
    layers = (
        (budgets, f"{model_file}: budgets"),
        (on_board, f"{model_file}: budgets.boards.{board.name}"),
        (options, "command line"),
    )
    asked = {
        key: Limit(getattr(source, key), name)
        for source, name in layers
        for key in BudgetLimits.model_fields
        if getattr(source, key) is not None
    }
    return {**capacities, **{key: _within(limit, capacities.get(key)) for key, limit in asked.items()}}


def values(limits: Mapping[str, Limit]) -> dict[str, float]:
    """Limits in SI units by name."""
    return {name: limit.value for name, limit in limits.items()}


def _within(limit: Limit, capacity: Limit | None) -> Limit:
    return limit if capacity is None or limit.value <= capacity.value else replace(capacity, asked=limit)
