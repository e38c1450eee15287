"""What `tinyml run` tells about a run, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from scons_tinyml.cli.output import aligned, wrapped
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.profile import files
from scons_tinyml.emulator.profile.summary import OUTSIDE, Profile
from scons_tinyml.emulator.session import Outcome, RunRequest
from scons_tinyml.records.units import format_bytes, format_seconds

_SHOWN_ROWS = 20
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
    """Print the counts in one table, what is to be known about them, and with `profile` where they went."""
    parts = [_title(machine), _table([_counts(machine, outcome)]), *_notes(machine, request)]
    if profile and outcome.profile is not None:
        parts += ["", _functions(outcome.profile), "", _lines(outcome.profile)]
    print("\n".join(parts), file=stream)


def as_json(machine: Machine, outcome: Outcome) -> dict[str, Any]:
    """Everything with whole numbers and SI units. A run that was not timed has no key that speaks of cycles."""
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
        "timing": _timing(machine, outcome),
    }
    if outcome.profile is not None:
        content["profile"] = files.as_json(outcome.profile)
    return content


def _timing(machine: Machine, outcome: Outcome) -> dict[str, Any] | None:
    if machine.model is None or outcome.cycles is None:
        return None
    low, value, high = _seconds(machine, outcome.cycles)
    band = machine.model.band
    return {
        "cycles": outcome.cycles,
        "cycles_per_instruction": _ratio(outcome),
        "time_s": {"value": value, "low": low, "high": high},
        "model": machine.model.version,
        "band": {"low": band.low, "high": band.high, "basis": band.basis},
    }


def _seconds(machine: Machine, cycles: int) -> tuple[float, float, float]:
    """Low end of the band, prediction and high end, at the clock of the board."""
    assert machine.model is not None
    value, band = cycles / machine.board.clock, machine.model.band
    return value * (1 + band.low), value, value * (1 + band.high)


def _ratio(outcome: Outcome) -> float | None:
    return outcome.cycles / outcome.instructions if outcome.cycles and outcome.instructions else None


def _title(machine: Machine) -> str:
    board = machine.board
    return f"{machine.image.path.name} on {board.name}: {board.part}, {board.core_name} at {board.clock / 1e6:g} MHz\n"


def _counts(machine: Machine, outcome: Outcome) -> dict[str, str]:
    """The one row of the table. Cycles and instructions have a column each, and cycles only if they were counted."""
    row: dict[str, str] = {}
    if outcome.cycles is not None:
        row["cycles"] = f"{outcome.cycles:,}"
    row["instructions"] = f"{outcome.instructions:,}"
    if outcome.cycles is None:
        row["time"] = "not timed"
    else:
        low, value, high = map(format_seconds, _seconds(machine, outcome.cycles))
        ratio = _ratio(outcome)
        row["cycles per instruction"] = "" if ratio is None else f"{ratio:.2f}"
        row |= {"time": value, "between": f"{low} and {high}"}
    row["stack"] = "unknown" if outcome.stack_bytes is None else format_bytes(outcome.stack_bytes)
    return row | {"ended": _ended(machine, outcome)}


def _ended(machine: Machine, outcome: Outcome) -> str:
    if outcome.reason == "exit":
        return f"exit code {outcome.exit_code}"
    if outcome.reason == "address":
        return f"reached {machine.image.place(outcome.pc)}"
    if outcome.reason == "script":
        return "end of the script" if outcome.problem is None else "script failed"
    return _ENDS[outcome.reason]


def _notes(machine: Machine, request: RunRequest) -> Iterator[str]:
    if request.measure_from is not None:
        yield f"\ncounted from {machine.image.place(request.measure_from)}"
    if machine.model is not None:
        band = machine.model.band
        told = f"timing model {machine.model.version}, {100 * band.low:+g} % to {100 * band.high:+g} %: {band.basis}"
        yield f"\n{wrapped(told)}"
    yield from (wrapped(f"note: {difference}") for difference in machine.differences())


def _functions(profile: Profile) -> str:
    rows = [
        {
            "function": cost.function.name,
            "cycles": f"{cost.cycles:,}",
            "share": _share(cost.cycles, profile),
            "with callees": f"{cost.inclusive_cycles:,}",
            "instructions": f"{cost.instructions:,}",
            "calls": f"{cost.calls:,}",
        }
        for cost in profile.functions[:_SHOWN_ROWS]
    ]
    rest = profile.functions[_SHOWN_ROWS:]
    return _with_rest(rows, profile, len(rest), sum(c.cycles for c in rest), "functions")


def _lines(profile: Profile) -> str:
    rows = [
        {
            "source line": f"{cost.file}:{cost.line}" if cost.line else cost.file,
            "cycles": f"{cost.cycles:,}",
            "share": _share(cost.cycles, profile),
            "instructions": f"{cost.instructions:,}",
        }
        for cost in profile.lines[:_SHOWN_ROWS]
    ]
    rest = profile.lines[_SHOWN_ROWS:]
    return _with_rest(rows, profile, len(rest), sum(c.cycles for c in rest), "lines")


def _with_rest(rows: list[dict[str, str]], profile: Profile, rest: int, rest_cycles: int, what: str) -> str:
    """A table with the rows that are not shown as one, and what no instruction took as another."""
    first = next(iter(rows[0])) if rows else what
    if rest:
        rows.append({first: f"({rest} more {what})"} | _cycles(rest_cycles, profile))
    if profile.cycles_outside:
        rows.append({first: OUTSIDE} | _cycles(profile.cycles_outside, profile))
    header = list(rows[0]) if rows else []
    return _table([{key: row.get(key, "") for key in header} for row in rows])


def _cycles(cycles: int, profile: Profile) -> dict[str, str]:
    return {"cycles": f"{cycles:,}", "share": _share(cycles, profile)}


def _share(cycles: int, profile: Profile) -> str:
    return f"{100 * cycles / profile.cycles:.1f} %" if profile.cycles else ""


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    words = {"function", "source line", "ended", "between"}
    return aligned(rows, right={key for row in rows for key in row} - words)
