"""Clock and serial ports of each chip family. One file per family.

A family file has `clock(board)`, which returns the clock tree of the core, and `SERIAL`. The code that sets
the clock is the template of the same name in `templates/clock/`.
"""

from __future__ import annotations

from types import ModuleType

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.registry import Plugins
from scons_tinyml.stages.firmware.clock import ClockPlan, ClockTree, Oscillator, Range, find_plan, nearest_hz

FAMILIES = Plugins("scons_tinyml.stages.firmware.families", provides="clock")


def family(board: Board) -> ModuleType | None:
    """Return the file of the board's chip family, None if the board names none or its family has no file."""
    if board.devices is None or board.devices not in FAMILIES:
        return None
    return FAMILIES.load(board.devices)


def clock_plan(board: Board) -> ClockPlan | None:
    """Return the clock settings of the start-up code; None where it leaves the clock as after reset.

    Raises RecordError when the family cannot make that clock, or its flash cannot be that fast.
    """
    found = family(board)
    if found is None:
        return None
    tree = found.clock(board)
    plan = find_plan(tree, board.clock)
    if plan is None:
        source = f"{tree.oscillator.name} ({format_hz(tree.oscillator.hz)})"
        most = (
            f"; {board.part} makes {format_hz(tree.maximum_hz)} at most"
            if board.clock > tree.maximum_hz
            else ""
        )
        raise RecordError(
            f"{format_hz(board.clock)} cannot be made of {source}{most}",
            where=f"boards/{board.name}.toml",
            key="clock",
            hint=f"the nearest that can is {format_hz(nearest_hz(tree, board.clock))}"
            + ("" if most else "; external_clock names another source"),
        )
    _check_wait_states(board, tree)
    return plan


def _check_wait_states(board: Board, tree: ClockTree) -> None:
    found, speed = board.flash.wait_states, tree.flash
    if speed is None:
        return
    least = speed.least_wait_states(board.clock)
    if not least <= found <= speed.most_wait_states:
        raise RecordError(
            f"found {found}; {board.part} takes {least} to {speed.most_wait_states} at {format_hz(board.clock)}",
            where=f"boards/{board.name}.toml",
            key="flash.wait_states",
        )


def oscillator(board: Board, internal: Oscillator, name: str, allowed: Range) -> Oscillator:
    """Return the board's external clock, called `name` in the manual, or else `internal`.

    Raises RecordError.
    """
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
    """Return `hz` as text: '80 MHz'."""
    return f"{hz / 1e6:.9g} MHz"
