"""Which limits are in force for a model on a board, and who set them."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.records.board import Board
from scons_tinyml.records.budget import BudgetLimits, Budgets


@dataclass(frozen=True)
class Limit:
    """One limit in SI units, and where it was set."""

    value: float
    source: str


def resolve_limits(
    board: Board, budgets: Budgets, options: BudgetLimits, model_file: str
) -> dict[str, Limit]:
    """The limits in force, by name; later wins: board capacity, model, model on this board, command line."""
    limits = {
        "flash": Limit(board.flash_capacity_bytes, f"capacity of {board.name}"),
        "ram": Limit(board.ram_capacity_bytes, f"capacity of {board.name}"),
    }
    on_board = budgets.boards.get(board.name, BudgetLimits())
    layers = (
        (budgets, f"{model_file}: budgets"),
        (on_board, f"{model_file}: budgets.boards.{board.name}"),
        (options, "command line"),
    )
    for source, name in layers:
        for key in BudgetLimits.model_fields:
            value = getattr(source, key)
            if value is not None:
                limits[key] = Limit(value, name)
    return limits
