"""Run of firmware from reset to its end: its request, its script and its outcome.

machine = Machine(board)
machine.load(Path("firmware.elf"))
machine.on_output = lambda channel, data: sys.stdout.buffer.write(data)
outcome = run_session(machine, RunRequest(until=frozenset({machine.symbol("done")}), profile=True))
print(outcome.cycles, outcome.stack_bytes, outcome.profile.functions[0])
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scons_tinyml.emulator.deadline import Deadline
from scons_tinyml.emulator.profile.counts import CallPath, InstructionCost, costs_between, paths_between
from scons_tinyml.emulator.profile.summary import Profile
from scons_tinyml.emulator.script import Script
from scons_tinyml.emulator.script_player import ScriptPlayer
from scons_tinyml.emulator.stack import find_stack
from scons_tinyml.records.errors import FirmwareFault, InputError, LimitReached, ScriptFailed, TinymlError

if TYPE_CHECKING:
    from scons_tinyml.emulator.machine import Machine
    from scons_tinyml.emulator.stop import Stop

MAX_INSTRUCTIONS = 2_000_000_000

Reason = Literal["address", "exit", "idle", "limit", "asked", "script", "fault", "interrupted"]


@dataclass(frozen=True)
class RunRequest:
    """Measurements and end of a run. The limits of instructions and cycles count from reset.

    `max_seconds` is wall-clock time by `clock`, in seconds, and counts from the beginning of the run.
    Cycles, instructions and profile begin when `measure_from` is next for the first time, or at the step `measure`
    of the script, or at reset. `until` applies only from there on.
    """

    measure_from: int | None = None
    until: frozenset[int] = frozenset()
    max_instructions: int = MAX_INSTRUCTIONS
    max_cycles: int | None = None
    max_seconds: float | None = None
    clock: Callable[[], float] = time.monotonic
    script: Script | None = None
    profile: bool = False
    stop_when: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Outcome:
    """Result of a run. `problem` is the error that ended it; the counts go as far as the run.

    Reasons: the firmware reached an address of the request, exited, sleeps for good, or faulted. Or a
    limit, `stop_when`, the end of the script or a line of it, or Ctrl-C ended the run.
    """

    reason: Reason
    pc: int
    exit_code: int | None
    instructions: int
    cycles: int | None  # None: not timed
    stack_bytes: int | None  # None: the place of the stack is unknown
    profile: Profile | None
    problem: TinymlError | None


@dataclass(frozen=True)
class _Counts:
    """Snapshot of the counters of a machine."""

    cycles: int = 0
    instructions: int = 0
    costs: Sequence[InstructionCost] = ()
    paths: Sequence[CallPath] = ()

    @classmethod
    def of(cls, machine: Machine, *, profile: bool) -> _Counts:
        if not profile:
            return cls(machine.cycles, machine.instructions)
        return cls(machine.cycles, machine.instructions, machine.profile(), machine.call_paths())


def run_session(machine: Machine, request: RunRequest) -> Outcome:
    """Run a machine that has just been loaded or reset. Faults of its firmware are reported, not raised."""
    stack = find_stack(machine.board, machine.image, machine.register("sp"))
    if stack is not None:
        stack.paint(machine)
    if request.profile:
        machine.follow_calls()
    session = _Session(machine, request)
    reason, stop, problem = session.run()
    return Outcome(
        reason=reason,
        pc=machine.register("pc"),
        exit_code=_signed(stop.exit_code) if stop else None,
        instructions=machine.instructions - session.begun.instructions,
        cycles=machine.cycles - session.begun.cycles if machine.model else None,
        stack_bytes=stack.used_bytes_above_heap(machine) if stack else None,
        profile=session.profile() if request.profile else None,
        problem=None if problem is None else problem.with_traceback(None),  # it refers to the machine
    )


class _Session:
    """A request, and its state over the many runs of a machine that it takes."""

    def __init__(self, machine: Machine, request: RunRequest) -> None:
        self._machine, self._request = machine, request
        self._waits = request.script is not None and request.script.measures
        if self._waits and request.measure_from is not None:
            raise InputError(
                "the step 'measure' of the script and a place both say where the measurement begins",
                where=request.script.path if request.script else None,
                hint="leave one of them out",
            )
        self._measures = request.measure_from is None and not self._waits
        self._deadline = Deadline(request.max_seconds, request.clock, machine.hurry)
        self.begun = _Counts()

    def run(self) -> tuple[Reason, Stop | None, TinymlError | None]:
        """Return the reason of the end, the stop of the machine, and the problem."""
        try:
            with self._deadline:
                stop = self._play()
        except LimitReached as problem:
            return "limit", None, problem
        except ScriptFailed as problem:
            return "script", None, problem
        except FirmwareFault as problem:
            return "fault", None, problem
        except KeyboardInterrupt:
            return "interrupted", None, None
        reason: Reason = "script" if stop is None else stop.reason
        return reason, stop, None if self._measures else self._never_measured(reason)

    def profile(self) -> Profile:
        """Return the profile since the measurement began."""
        machine, begun = self._machine, self.begun
        now = _Counts.of(machine, profile=True)
        return Profile(
            image=machine.image,
            costs=costs_between(begun.costs, now.costs),
            paths=paths_between(begun.paths, now.paths),
            cycles=now.cycles - begun.cycles,
            instructions=now.instructions - begun.instructions,
        )

    def _play(self) -> Stop | None:
        """Return the stop of the machine, or None when the script ended before the firmware."""
        if self._request.script is None:
            return self._advance(None, self._request.stop_when)
        player = ScriptPlayer(self._request.script, self._machine, self._advance, self._begin)
        return player.play(self._request.stop_when)

    def _begin(self) -> None:
        """Begin the measurement here."""
        self._measures = True
        self.begun = _Counts.of(self._machine, profile=self._request.profile)

    def _advance(self, cycles: int | None, stop_when: Callable[[], bool] | None) -> Stop:
        """Run on. A stop by 'limit' means that `cycles` have passed.

        Raises LimitReached for a limit of the request.
        """
        end = None if cycles is None else self._now + cycles
        if not self._measures and self._waits:
            return self._run((), end, stop_when)
        if not self._measures:
            stop = self._run({self._request.measure_from or 0}, end, stop_when)
            if stop.reason != "address":
                return stop
            self._begin()
            if stop.pc in self._request.until:
                stop = self._machine.run(until=self._request.until - {stop.pc}, max_instructions=1)
                if stop.reason != "limit":
                    return stop
        return self._run(self._request.until, end, stop_when)

    def _run(self, until: Collection[int], end: int | None, stop_when: Callable[[], bool] | None) -> Stop:
        request, machine = self._request, self._machine
        ends = [cycle for cycle in (end, request.max_cycles) if cycle is not None]
        stop = machine.run(
            until=until,
            max_instructions=max(request.max_instructions - machine.instructions, 1),
            max_cycles=max(min(ends) - self._now, 1) if ends else None,
            stop_when=stop_when,
            expired=self._deadline.expired,
        )
        if stop.reason == "limit":
            self._check_limits(stop.pc)
        return stop

    @property
    def _now(self) -> int:
        """Cycles since reset. Without timing an instruction counts as one."""
        return self._machine.cycles if self._machine.model else self._machine.instructions

    def _check_limits(self, pc: int) -> None:
        request, image = self._request, self._machine.image
        if self._machine.instructions >= request.max_instructions:
            limit = f"{request.max_instructions:,} instructions"
        elif request.max_cycles is not None and self._now >= request.max_cycles:
            limit = f"{request.max_cycles:,} cycles"
        elif self._deadline.expired():
            limit = f"{request.max_seconds:g} s of wall-clock time"
        else:
            return
        at = dict.fromkeys((f"0x{pc:08x}", image.place(pc)))  # one item where no function is known
        raise LimitReached(f"the limit of {limit} was reached (pc {' in '.join(at)})", where=image.path)

    def _never_measured(self, reason: Reason) -> InputError:
        image, start = self._machine.image, self._request.measure_from
        place = "the step 'measure' of the script" if start is None else image.place(start)
        return InputError(
            f"{place}, where the measurement was to begin, was never reached: the run ended before "
            f"({reason})",
            where=image.path,
        )


def _signed(code: int | None) -> int | None:
    """Return an exit code as given to C's exit(): an int of 32 bits."""
    return code - (1 << 32) if code is not None and code >= 1 << 31 else code
