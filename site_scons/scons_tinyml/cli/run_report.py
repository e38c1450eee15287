"""Report of one run of `tinyml run`, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from scons_tinyml.emulator.devices.core.unknown import UnknownRegister
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.profile import files
from scons_tinyml.emulator.profile.summary import OUTSIDE, Profile
from scons_tinyml.emulator.session import Outcome, RunRequest
from scons_tinyml.emulator.timing.bands import bands_for, widest
from scons_tinyml.records.wrapping import columns, wrapped
from scons_tinyml.reports.cells import Cell, Column, Range, Table
from scons_tinyml.reports.table import text_table

_SHOWN_ROWS = 20
_SHOWN_REGISTERS = 8
_CYCLES, _INSTRUCTIONS = Column("cycles", "cycles"), Column("instructions", "count")
_STACK, _ENDED = Column("stack", "bytes", missing="unknown"), Column("ended")
_COUNTED = (_INSTRUCTIONS, Column("time", "seconds", missing="not timed"), _STACK, _ENDED)
_TIMED = (
    *(_CYCLES, _INSTRUCTIONS, Column("cycles per instruction", "ratio", spec=".2f")),
    *(Column("time", "seconds"), Column("between", "seconds", align="left"), _STACK, _ENDED),
)
_FUNCTIONS = (
    *(Column("function"), _CYCLES, Column("share", "share"), Column("with callees", "cycles")),
    *(_INSTRUCTIONS, Column("calls", "count")),
)
_LINES = (Column("source line"), _CYCLES, Column("share", "share"), _INSTRUCTIONS)
_ENDS = {
    "idle": "asleep, nothing wakes it",
    "limit": "limit reached",
    "asked": "stdout closed",
    "fault": "fault",
    "interrupted": "interrupted",
}


def print_outcome(
    machine: Machine, outcome: Outcome, request: RunRequest, stream: TextIO, *, profile: bool
) -> None:
    """Print the table of counts and its notes, and with `profile` the cycles of functions and source lines."""
    width = columns(stream)
    parts = [wrapped(_title(machine), width), "", text_table(_counts(machine, outcome), width)]
    parts += _notes(machine, request, width)
    if profile and outcome.profile is not None:
        for table in (_functions(outcome.profile), _lines(outcome.profile)):
            parts += ["", text_table(table, width)]
    print("\n".join(parts), file=stream)


def as_json(machine: Machine, outcome: Outcome) -> dict[str, Any]:
    """Return all counts in whole numbers and SI units. Without timing, "timing" is null."""
    board, image = machine.board, machine.image
    line = image.line_of(outcome.pc)
    content: dict[str, Any] = {
        "firmware": str(image.path),
        "board": board.name,
        "part": board.part,
        "core": board.core_name,
        "ended": {
            "reason": outcome.reason,
            "exit_code": outcome.exit_code,
            "pc": outcome.pc,
            "place": image.place(outcome.pc),
            "line": f"{line[0]}:{line[1]}" if line else None,
            "problem": None if outcome.problem is None else str(outcome.problem),
        },
        "instructions": outcome.instructions,
        "stack_bytes": outcome.stack_bytes,
        "clock_hz": board.clock,
        "image_clock_hz": machine.core_clock_hz,
        "differences": machine.differences(),
        "unknown_devices": [
            {
                "address": found.address,
                "reads": found.reads,
                "writes": found.writes,
                "place": image.place(found.pc),
            }
            for found in machine.unknown_registers()
        ],
        "timing": _timing(machine, outcome),
    }
    if outcome.profile is not None:
        content["profile"] = files.as_json(outcome.profile)
    return content


def _timing(machine: Machine, outcome: Outcome) -> dict[str, Any] | None:
    if machine.model is None or outcome.cycles is None:
        return None
    low, value, high = _seconds(machine, outcome.cycles)
    band = widest(bands_for(machine.model))
    return {
        "cycles": outcome.cycles,
        "cycles_per_instruction": _ratio(outcome),
        "time_s": {"value": value, "low": low, "high": high},
        "model": machine.model.version,
        "band": {"low": band.low, "high": band.high, "basis": band.basis},
    }


def _seconds(machine: Machine, cycles: int) -> tuple[float, float, float]:
    """Return low end of the band, prediction and high end in seconds, at the clock of the board."""
    assert machine.model is not None
    value, band = cycles / machine.board.clock, widest(bands_for(machine.model))
    return value * (1 + band.low), value, value * (1 + band.high)


def _ratio(outcome: Outcome) -> float | None:
    return outcome.cycles / outcome.instructions if outcome.cycles and outcome.instructions else None


def _title(machine: Machine) -> str:
    board = machine.board
    on = f"{board.name}: {board.part}, {board.core_name} at {board.clock / 1e6:g} MHz"
    return f"{machine.image.path.name} on {on}"


def _counts(machine: Machine, outcome: Outcome) -> Table:
    """Return a table with one row; it has cycles only if they were counted."""
    ended = outcome.stack_bytes, _ended(machine, outcome)
    if outcome.cycles is None:
        return Table(_COUNTED, ((outcome.instructions, None, *ended),))
    low, value, high = _seconds(machine, outcome.cycles)
    counted = outcome.cycles, outcome.instructions, _ratio(outcome)
    return Table(_TIMED, ((*counted, value, Range(low, high, "and"), *ended),))


def _ended(machine: Machine, outcome: Outcome) -> str:
    if outcome.reason == "exit":
        return f"exit code {outcome.exit_code}"
    if outcome.reason == "address":
        return f"reached {machine.image.place(outcome.pc)}"
    if outcome.reason == "script":
        return "end of the script" if outcome.problem is None else "script failed"
    return _ENDS[outcome.reason]


def _notes(machine: Machine, request: RunRequest, width: int) -> Iterator[str]:
    if request.measure_from is not None:
        yield "\n" + wrapped(f"counted from {machine.image.place(request.measure_from)}", width)
    if machine.model is not None:
        band = widest(bands_for(machine.model))
        basis = f"{100 * band.low:+g} % to {100 * band.high:+g} %: {band.basis}"
        yield f"\n{wrapped(f'timing model {machine.model.version}, {basis}', width)}"
    yield from (wrapped(f"note: {difference}", width) for difference in machine.differences())
    if found := machine.unknown_registers():
        yield wrapped(f"note: {_unknown(machine, found)}", width)


def _unknown(machine: Machine, found: Sequence[UnknownRegister]) -> str:
    """Say which registers of unknown devices read as zero, so that the result rests on them."""
    shown = ", ".join(
        f"0x{one.address:08x} in {machine.image.place(one.pc)}" for one in found[:_SHOWN_REGISTERS]
    )
    more = f" and {len(found) - _SHOWN_REGISTERS} more" if len(found) > _SHOWN_REGISTERS else ""
    count = "1 register" if len(found) == 1 else f"{len(found)} registers"
    return f"{count} of devices that the emulator does not know read as 0: {shown}{more}"


def _functions(profile: Profile) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            *(cost.function.name, cost.cycles, _share(cost.cycles, profile)),
            *(cost.inclusive_cycles, cost.instructions, cost.calls),
        )
        for cost in profile.functions[:_SHOWN_ROWS]
    ]
    rest = [cost.cycles for cost in profile.functions[_SHOWN_ROWS:]]
    return Table(_FUNCTIONS, (*rows, *_rest(profile, rest, "functions")), empty="none")


def _lines(profile: Profile) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            *(f"{cost.file}:{cost.line}" if cost.line else cost.file, cost.cycles),
            *(_share(cost.cycles, profile), cost.instructions),
        )
        for cost in profile.lines[:_SHOWN_ROWS]
    ]
    rest = [cost.cycles for cost in profile.lines[_SHOWN_ROWS:]]
    return Table(_LINES, (*rows, *_rest(profile, rest, "lines")), empty="none")


def _rest(profile: Profile, rest: Sequence[int], what: str) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for the `rest` that is not shown, and one for cycles outside of instructions."""
    if rest:
        yield f"({len(rest)} more {what})", sum(rest), _share(sum(rest), profile)
    if profile.cycles_outside:
        yield OUTSIDE, profile.cycles_outside, _share(profile.cycles_outside, profile)


def _share(cycles: int, profile: Profile) -> float | None:
    return cycles / profile.cycles if profile.cycles else None
