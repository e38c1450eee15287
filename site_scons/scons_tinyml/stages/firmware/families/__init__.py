"""What firmware has to know of a chip family: how its clock is made, and its serial ports. One file per family.

A family file has `clock(board)`, what the core's clock can be made of, and `SERIAL`. The code that sets the clock is
the template of the same name in `templates/clock/`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.stages.firmware.clock import ClockPlan, Oscillator, Range, find_plan, nearest_hz


def family(board: Board) -> ModuleType | None:
    """The file of the board's chip family, None for a board of none, or of one that there is no file for."""
    if board.devices is None or not (Path(__file__).parent / f"{board.devices}.py").is_file():
        return None
    return import_module(f"{__name__}.{board.devices}")


def clock_plan(board: Board) -> ClockPlan | None:
    """How the start-up code makes the board's clock; None where it leaves the clock as it is after reset.

    Raises RecordError when the family cannot make that clock.
    """
    found = family(board)
    if found is None:
        return None
    tree = found.clock(board)
    plan = find_plan(tree, board.clock)
    if plan is None:
        raise RecordError(
            f"{format_hz(board.clock)} cannot be made of {tree.oscillator.name}"
            f" ({format_hz(tree.oscillator.hz)}), and at most {format_hz(tree.maximum_hz)}",
            where=f"boards/{board.name}.toml",
            key="clock",
            hint=f"the nearest that can is {format_hz(nearest_hz(tree, board.clock))};"
            " external_clock names another source",
        )
    return plan


def oscillator(board: Board, internal: Oscillator, name: str, allowed: Range) -> Oscillator:
    """The board's external clock, called `name` in the manual, or the oscillator inside. Raises RecordError."""
    external = board.external_clock
    if external is None:
        return internal
    if not allowed.low_hz <= external.frequency <= allowed.high_hz:
        raise RecordError(
            f"{format_hz(external.frequency)} is not what {name} of {board.devices} takes",
            where=f"boards/{board.name}.toml",
            key="external_clock.frequency",
            hint=f"{format_hz(allowed.low_hz)} to {format_hz(allowed.high_hz)}",
        )
    return Oscillator(name, external.frequency)


def format_hz(hz: int) -> str:
    """'80 MHz'."""
    return f"{hz / 1e6:.9g} MHz"
