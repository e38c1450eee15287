"""A faster clock, up to the limit of the chip."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.board import Board
from scons_tinyml.records.explanation import NotMeasured, WayOut
from scons_tinyml.records.units import format_hertz
from scons_tinyml.stages.firmware.clock import ClockTree, find_plan
from scons_tinyml.stages.firmware.families import family

ORDER = 31


def ways(case: Case) -> Iterator[WayOut | NotMeasured]:
    """Yield the fastest clock of the chip.

    Cycles stay the same where the flash needs no more wait states there. Else they have to be measured.
    """
    report, board = case.results.report, case.results.board
    fastest_hz = _fastest_hz(board)
    if case.about != "latency" or fastest_hz is None:
        return
    change, command = f"clock = {format_hertz(fastest_hz)}", _command(case, fastest_hz)
    if _waits_longer(board, fastest_hz):
        yield NotMeasured(change=f"{change}, with more wait states of the flash", command=command)
        return
    yield case.way(
        "clock",
        change,
        command,
        "cycles of this build: the wait states stay the same",
        flash_bytes=report.flash_bytes,
        ram_bytes=report.ram_bytes,
        latency_s=report.latency_s.high * board.clock / fastest_hz,
    )


def _command(case: Case, fastest_hz: int) -> str:
    name = case.results.board.name
    return f'a copy of the file of {name} in boards/ with clock = "{format_hertz(fastest_hz)}"'


def _tree(board: Board) -> ClockTree | None:
    module = family(board)
    return None if module is None else module.clock(board)


def _fastest_hz(board: Board) -> int | None:
    """Return the most that the chip can make if that is faster than the clock of `board`, else None."""
    tree = _tree(board)
    if tree is None or tree.maximum_hz <= board.clock or find_plan(tree, tree.maximum_hz) is None:
        return None
    return tree.maximum_hz


def _waits_longer(board: Board, clock_hz: int) -> bool:
    tree = _tree(board)
    assert tree is not None, "it has a fastest clock"
    return tree.flash is None or tree.flash.least_wait_states(clock_hz) > board.flash.wait_states
