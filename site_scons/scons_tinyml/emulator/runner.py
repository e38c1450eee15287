"""Run loop of firmware: runs of Unicorn, and between them events, exceptions, sleep and the end.

Exceptions are taken between blocks of code. A block ends with a branch, or an instruction that changes masks
or synchronizes (CPS, MSR, ISB). So an interrupt may come a few instructions later than on the chip, always at
the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from scons_tinyml.emulator.chip import Chip
from scons_tinyml.emulator.devices.core.semihosting import BREAKPOINT, Exited, Semihosting
from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.interrupts import Interrupts
from scons_tinyml.emulator.schedule import NEVER
from scons_tinyml.emulator.stop import Stop

if TYPE_CHECKING:
    from scons_tinyml.emulator.counting import Counting
    from scons_tinyml.emulator.cycle_clock import CycleClock
    from scons_tinyml.emulator.engine import Engine

# Unicorn's numbers (EXCP_ in QEMU's target/arm/cpu.h)
_SVC, _BKPT, _EXCEPTION_RETURN = 2, 7, 8
_WFE, _WFI = 0xBF20, 0xBF30
_NARROW_BYTES = 2
#: Limit of events while the core sleeps and none wakes it: more would be timers without a listener.
_SILENT_EVENTS = 100_000
#: Size of the watched end of a stack. It is compared whenever Unicorn has stopped.
_GUARD_BYTES = 8
#: Instructions after which native code returns at the latest, with timing or without: about 0.1 s. Python
#: handles signals then. The unit is not time, so that a watched stack is compared at the same places every
#: time.
_SLICE_INSTRUCTIONS = {True: 1 << 21, False: 1 << 23}


class Runner:
    """Loop that alternates between Unicorn and the actions between its runs."""

    def __init__(
        self,
        chip: Chip,
        vector_table: int,
        engine: Engine,
        clock: CycleClock | Counting,
        teller: FaultTeller,
        interrupts: Interrupts,
        *,
        timing: bool,
    ) -> None:
        self.chip, self._vector_table, self._interrupts = chip, vector_table, interrupts
        self._slice_instructions = _SLICE_INSTRUCTIONS[timing]
        self._engine, self._clock, self._teller = engine, clock, teller
        self._semihosting = Semihosting(chip.memory, chip, lambda: chip.core_clock_hz)
        self._until: frozenset[int] = frozenset()
        self._end = self._limit = NEVER
        self._expired: Callable[[], bool] = _never
        self._guard: tuple[int, bytes] | None = None
        self._wake_up()

    def _wake_up(self) -> None:
        self._exit_code: int | None = None
        self._sleeps_until_event: bool | None = None  # None: awake
        self._returning: int | None = None
        self._cycles_by_depth: dict[int, int] = {}
        self._depth, self._depth_since = 0, self.chip.now()

    def reset(self) -> None:
        """Reset core and devices as after power-on. Counters and RAM stay."""
        self._wake_up()
        self.chip.reset()
        engine = self._engine
        engine.clear_registers()
        vectors = engine.read(self._vector_table, 8)
        start = int.from_bytes(vectors[4:], "little") & ~1
        engine.start_at(int.from_bytes(vectors[:4], "little"), start)
        self.chip.filter.reset(start)

    @property
    def depth(self) -> int:
        """Number of active exceptions: 0 in thread mode."""
        return self._depth

    def cycles_at(self, depth: int) -> int:
        """Return the cycles since reset with `depth` active exceptions; entry and return belong to the handler."""
        running = self.chip.now() - self._depth_since if depth == self._depth else 0
        return self._cycles_by_depth.get(depth, 0) + running

    def _follow_depth(self) -> None:
        self._cycles_by_depth[self._depth] = self.cycles_at(self._depth)
        self._depth_since = self.chip.now()
        self._depth = len(self.chip.processor.exceptions.active)

    def watch_stack(self, end: int) -> None:
        """Watch the lowest bytes of the stack, at `end`. A change is a fault."""
        self._guard = end, self._engine.read(end, _GUARD_BYTES)

    def memory_changed(self, address: int, size: int) -> None:
        """Follow a write of memory from outside."""
        self._clock.forget(address, size)
        if self._guard is not None:
            self.watch_stack(self._guard[0])

    def run(
        self,
        until: Collection[int],
        max_instructions: int,
        max_cycles: int | None,
        stop_when: Callable[[], bool] | None,
        expired: Callable[[], bool] | None = None,
    ) -> Stop:
        """Run until there is a reason to stop. `expired` is asked between runs of Unicorn, each 0.1 s at the most.

        Raises FirmwareFault, and exceptions that `interrupts` has kept.
        """
        state = self._clock.state
        self._until = frozenset(address & ~1 for address in until)
        self._end = NEVER if max_cycles is None else self.chip.now() + max_cycles
        self._limit = int(state["instructions"][0]) + max_instructions
        self.chip.stop_when, self.chip.stop_requested = stop_when, False
        self._expired = expired or _never
        self.chip.bus.forget_problems()
        if self._returning is not None:
            self._return_from_exception()
        while True:
            self._interrupts.tell()
            reason = self._reason_to_stop()
            if reason is not None:
                return reason
            self._arm()
            self._after(self._clock.run(self._engine.pc()))

    def _reason_to_stop(self) -> Stop | None:
        """Run due actions. Return the stop, or None when the run goes on."""
        if self._returning is not None:
            return Stop("address", self._returning & ~1)
        if self._exit_code is not None:
            code, self._exit_code = self._exit_code, None
            return Stop("exit", self._engine.pc(), code)
        if self.chip.stop_requested:
            return Stop("asked", self._engine.pc())
        self.chip.catch_up()
        if self.chip.reset_requested:
            self.reset()
        if self._sleeps_until_event is not None:
            stop = self._sleep(self._sleeps_until_event)
            if stop is not None:
                return stop
        # Exceptions come first: on the chip, one comes between its cause and the instruction at the address.
        self._take_exception()
        pc = self._engine.pc()
        if pc in self._until:
            return Stop("address", pc)
        used_up = int(self._clock.state["instructions"][0]) >= self._limit
        return Stop("limit", pc) if used_up or self.chip.now() >= self._end or self._expired() else None

    def _sleep(self, until_event: bool) -> Stop | None:
        """Pass time until something wakes the core. Return the stop if nothing does."""
        for _ in range(_SILENT_EVENTS):
            if self.chip.processor.wakes(self._engine, until_event):
                self._sleeps_until_event = None
                return None
            if self.chip.stop_requested:
                return Stop("asked", self._engine.pc())
            if self._expired():
                return Stop("limit", self._engine.pc())
            cycle = self.chip.schedule.next_cycle
            if cycle >= self._end:
                if self._end == NEVER:
                    break
                self._spend(self._end - self.chip.now())
                return Stop("limit", self._engine.pc())
            self._spend(max(cycle - self.chip.now(), 0))
            self.chip.schedule.run_due(self.chip.now())
        return Stop("idle", self._engine.pc())

    def _take_exception(self) -> None:
        cycles = self.chip.processor.take(self._engine, self._refuse, self._teller.is_ram)
        if cycles:
            self._follow_depth()
            self._spend(cycles)

    def _spend(self, cycles: int) -> None:
        self._clock.state["now"] += cycles

    def _arm(self) -> None:
        """Set the limits at which native code stops."""
        state = self._clock.state
        wake = min(self.chip.schedule.next_cycle, self._end)
        state["wake"] = state["deadline"] = wake
        state["limit"] = self._limit
        state["stop_requested"] = state["limit_reached"] = 0
        if self.chip.processor.exceptions.pending:
            masks = self.chip.processor.masks(self._engine)
            if self.chip.processor.waits_behind_masks(masks):
                state["deadline"] = 0
                state["masks"] = masks.primask | masks.faultmask << 1 | masks.basepri << 2
        self._engine.stop_at(self._until | self.chip.filter.stops)
        state["pause"] = min(int(state["instructions"][0]) + self._slice_instructions, self._limit)
        if self._interrupts.waiting or self._expired():  # checked last: a later one calls `hurry` itself
            self.hurry()

    def hurry(self) -> None:
        """Stop native code at the next block."""
        self._clock.state["pause"] = 0

    def _after(self, error: int) -> None:
        """Handle the end of a run of Unicorn. Raises FirmwareFault."""
        engine, pc = self._engine, self._engine.pc()
        access = engine.access or self.chip.bus.access
        for problem in (self._clock.error, self.chip.bus.error):
            if problem is not None:
                raise problem
        if self._guard is not None and engine.read(self._guard[0], _GUARD_BYTES) != self._guard[1]:
            raise self._teller.stack_end(self._guard[0], pc)
        if engine.exception is not None:
            self._on_exception(engine.exception, pc)
        elif access is not None:
            raise self._teller.access(access, pc, engine.stack_pointer())
        elif engine.suspended:
            if self._instruction_before(pc) == _WFE:
                self._sleeps_until_event = True
        elif error:
            raise self._teller.error(error, self._code(pc), pc)
        elif not self._clock.state["stop_requested"][0] and pc not in self._until:
            self._halted(pc)

    def _halted(self, pc: int) -> None:
        """Handle a stop of Unicorn that native code did not request."""
        problem = self.chip.filter.problem(pc)
        if problem is not None:
            raise problem
        if pc in self.chip.filter.events:
            self._send_event(pc)
        elif self.chip.filter.interrupted():
            return
        elif self._instruction_before(pc) == _WFI:
            self._sleeps_until_event = False
        else:
            self._engine.forget_code(pc - 2, 2)  # an earlier run had to stop here

    def _send_event(self, pc: int) -> None:
        """Execute SEV: one instruction, one cycle."""
        self.chip.processor.send_event()
        self._clock.send_event(pc)
        self._engine.go_on_at(pc + _NARROW_BYTES)

    def _code(self, pc: int) -> bytes:
        return self._engine.read(pc, 4) if self._engine.is_mapped(pc + 3) else bytes(4)

    def _instruction_before(self, pc: int) -> int:
        return int.from_bytes(self._engine.read(pc - 2, 2), "little")

    def _on_exception(self, number: int, pc: int) -> None:
        """Handle SVC, BKPT, exception return, or a fault."""
        engine = self._engine
        if number == _SVC:
            self.chip.processor.call_supervisor(engine, self._refuse)
            self._take_exception()
        elif number == _EXCEPTION_RETURN:
            self._returning = pc
            if pc & ~1 not in self._until:
                self._return_from_exception()
        elif number == _BKPT and self._code(pc)[0] == BREAKPOINT:
            self._call_host(pc)
        else:
            raise self._teller.exception(number, self._code(pc), pc)

    def _return_from_exception(self) -> None:
        """Leave the handler that has branched to an EXC_RETURN value."""
        value, self._returning = self._returning, None
        assert value is not None
        self._spend(self.chip.processor.leave(self._engine, value, self._refuse))
        self._follow_depth()
        if self.chip.processor.sleeps_after_return():
            self._sleeps_until_event = False

    def _call_host(self, pc: int) -> None:
        """Execute a semihosting call."""
        self._clock.breakpoint(pc)
        try:
            self._engine.set_semihosting_result(self._semihosting.call(*self._engine.semihosting_arguments()))
        except Exited as exited:
            self._exit_code = exited.code
        self._engine.go_on_at(pc + _NARROW_BYTES)

    def _refuse(self, what: str) -> Exception:
        return self._teller.fault(what, self._engine.pc())


def _never() -> bool:
    return False
