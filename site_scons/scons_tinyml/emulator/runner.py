"""Runs firmware: Unicorn executes, and between its runs come events, exceptions, sleep and the end of the run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from scons_tinyml.emulator.address_bus import AddressBus
from scons_tinyml.emulator.channels import Channels
from scons_tinyml.emulator.devices.bus import Device, FlashSetup
from scons_tinyml.emulator.devices.core.bitband import bit_bands
from scons_tinyml.emulator.devices.core.exceptions import FIRST_INTERRUPT
from scons_tinyml.emulator.devices.core.semihosting import BREAKPOINT, Exited, Semihosting
from scons_tinyml.emulator.devices.families import family_devices
from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.fpu_gate import FpuGate
from scons_tinyml.emulator.processor import Processor
from scons_tinyml.emulator.schedule import NEVER, Schedule
from scons_tinyml.emulator.settings import Settings
from scons_tinyml.emulator.stop import Stop
from scons_tinyml.records.board import Board

if TYPE_CHECKING:
    from scons_tinyml.emulator.clockwork import Clockwork
    from scons_tinyml.emulator.counting import Counting
    from scons_tinyml.emulator.engine import Engine

# Unicorn's numbers (EXCP_ in QEMU's target/arm/cpu.h)
_SVC, _BKPT, _EXCEPTION_RETURN = 2, 7, 8
_WFE, _WFI = 0xBF20, 0xBF30
#: Events while the core sleeps without one that wakes it: more would be timers that nothing listens to.
_SILENT_EVENTS = 100_000


class Runner:
    """One board with its devices: the `System` and the `CoreHost` that they see."""

    def __init__(
        self,
        board: Board,
        vector_table: int,
        engine: Engine,
        clock: Clockwork | Counting,
        teller: FaultTeller,
        channels: Channels,
    ) -> None:
        self._board, self._vector_table = board, vector_table
        self._engine, self._clock, self._teller = engine, clock, teller
        self._channels = channels
        self.settings = Settings(board)
        self._schedule = Schedule()
        self._listeners: list[Callable[[], None]] = []
        self.processor = Processor(board, vector_table, self, self)
        teller.escalation = self.processor.control.escalation
        self._gate = FpuGate(engine) if "fpu" in board.features else None
        self._bus = AddressBus(self._devices())
        self._bus.attach(engine)
        self._semihosting = Semihosting(engine, self, lambda: self.core_clock_hz)
        self._until: frozenset[int] = frozenset()
        self._end = NEVER
        self._stop_when: Callable[[], bool] | None = None
        self._forget_requests()

    def _devices(self) -> list[Device]:
        found = [*self.processor.devices, *family_devices(self._board, self)]
        if self._board.core in ("cortex-m3", "cortex-m4"):
            found += bit_bands(
                self._engine,
                lambda address: self._bus.load(address),
                lambda address, value: self._bus.store(address, value),
            )
        return found

    def _forget_requests(self) -> None:
        self._asked = self._reset_requested = self._flash_changed = False
        self._exit_code: int | None = None
        self._sleeps_until_event: bool | None = None  # None: awake

    # -- what devices ask (System, CoreHost)

    @property
    def descriptor_clock_hz(self) -> int:
        """Clock of the core that the board's descriptor promises."""
        return self._board.clock

    @property
    def core_clock_hz(self) -> int:
        """Clock of the core as the image has set it."""
        return self.settings.core_clock_hz

    def now(self) -> int:
        """Cycles since reset; without a timing model one per instruction."""
        return int(self._clock.state["now"][0])

    def at(self, cycle: int, action: Callable[[], None]) -> None:
        """Call `action` once when the clock has reached `cycle`."""
        self._schedule.add(cycle, action)
        self._look_at(cycle)

    def pend(self, interrupt: int) -> None:
        """Set an external interrupt pending."""
        self.pend_exception(FIRST_INTERRUPT + interrupt)

    def set_line(self, interrupt: int, high: bool) -> None:
        """Level of an external interrupt's request."""
        self.processor.exceptions.set_line(FIRST_INTERRUPT + interrupt, high)
        self.exceptions_changed()

    def when_input(self, action: Callable[[], None]) -> None:
        """Call `action` whenever bytes have been queued for the firmware."""
        self._listeners.append(action)

    def pend_exception(self, number: int) -> None:
        """Set an exception pending."""
        self.processor.exceptions.pend(number)
        self.exceptions_changed()

    def exceptions_changed(self) -> None:
        """Look whether an exception has to be taken."""
        if self.processor.exceptions.pending:
            self._look_at(0)

    def request_reset(self) -> None:
        """Reset core and devices."""
        self._reset_requested = True
        self._look_at(0)

    def enable_fpu(self, enabled: bool) -> None:
        """CPACR."""
        if self._gate is not None:
            self._gate.switch(enabled)

    def set_core_clock(self, hz: int) -> None:
        """The image has switched the core's clock."""
        self.settings.clock_hz = hz

    def set_flash(self, setup: FlashSetup) -> None:
        """The image has set the flash: the clock follows as soon as the engine has stopped."""
        self.settings.set_flash(setup)
        self._flash_changed = True
        self._look_at(0)

    def set_core_caches(self, instruction: bool | None = None, data: bool | None = None) -> None:
        """The image has switched a level-1 cache of the core."""
        self.settings.set_core_caches(instruction, data)
        self._flash_changed = True
        self._look_at(0)

    def output(self, channel: str, data: bytes) -> None:
        """Bytes that firmware sent."""
        self._channels.put(channel, data)
        if self._stop_when is not None and self._stop_when():
            self._asked = True
            self._look_at(0)

    def input(self, channel: str) -> int | None:
        """Next byte for the firmware."""
        return self._channels.next_byte()

    def input_waiting(self, channel: str) -> bool:
        """Whether `input` would give a byte."""
        return self._channels.waiting

    def _look_at(self, cycle: int) -> None:
        """Have native code stop at the first block that begins at `cycle` or later."""
        state = self._clock.state
        for name in ("wake", "deadline"):
            if cycle < state[name][0]:
                state[name] = cycle

    # -- running

    def reset(self) -> None:
        """Core and devices as after power-on; counters and RAM are left alone."""
        self._forget_requests()
        self._schedule.clear()
        self.settings.reset()
        self.processor.reset()
        self._bus.reset()
        engine = self._engine
        engine.clear_registers()
        vectors = engine.read(self._vector_table, 8)
        start = int.from_bytes(vectors[4:], "little") & ~1
        engine.start_at(int.from_bytes(vectors[:4], "little"), start)
        if self._gate is not None and engine.is_mapped(start):
            self._gate.reset(start)

    def input_arrived(self) -> None:
        """Bytes were queued."""
        for action in self._listeners:
            action()

    def run(
        self,
        until: Collection[int],
        max_instructions: int,
        max_cycles: int | None,
        stop_when: Callable[[], bool] | None,
    ) -> Stop:
        """Run until there is a reason to stop. Raises FirmwareFault."""
        state = self._clock.state
        self._until = frozenset(address & ~1 for address in until)
        self._end = NEVER if max_cycles is None else self.now() + max_cycles
        self._limit = int(state["instructions"][0]) + max_instructions
        self._stop_when, self._asked, self._exit_code = stop_when, False, None
        while True:
            reason = self._reason_to_stop()
            if reason is not None:
                return reason
            self._arm()
            self._after(self._clock.run(self._engine.pc()))

    def _reason_to_stop(self) -> Stop | None:
        """Let everything happen that is due; why the run is over, None when it is not."""
        pc = self._engine.pc()
        if self._exit_code is not None:
            return Stop("exit", pc, self._exit_code)
        if pc in self._until and self._sleeps_until_event is None:
            return Stop("address", pc)
        if self._asked:
            return Stop("asked", pc)
        self._schedule.run_due(self.now())
        if self._flash_changed:
            self._flash_changed = False
            self._clock.follow(self.settings)
        if self._reset_requested:
            self.reset()
        if self._sleeps_until_event is not None:
            stop = self._sleep(self._sleeps_until_event)
            if stop is not None:
                return stop
        self._take_exception()
        if self.now() >= self._end or int(self._clock.state["instructions"][0]) >= self._limit:
            return Stop("limit", self._engine.pc())
        return None

    def _sleep(self, until_event: bool) -> Stop | None:
        """Pass time until something wakes the core; why the run is over if nothing does."""
        for _ in range(_SILENT_EVENTS):
            if self.processor.wakes(self._engine, until_event):
                self._sleeps_until_event = None
                return None
            if self._asked:
                return Stop("asked", self._engine.pc())
            cycle = self._schedule.next_cycle
            if cycle >= self._end:
                if self._end == NEVER:
                    break
                self._spend(self._end - self.now())
                return Stop("limit", self._engine.pc())
            self._spend(max(cycle - self.now(), 0))
            self._schedule.run_due(self.now())
        return Stop("idle", self._engine.pc())

    def _take_exception(self) -> None:
        self._spend(self.processor.take(self._engine, self._refuse, self._teller.is_ram))

    def _spend(self, cycles: int) -> None:
        self._clock.state["now"] += cycles

    def _arm(self) -> None:
        """Tell native code when to stop."""
        state = self._clock.state
        wake = min(self._schedule.next_cycle, self._end)
        state["wake"] = state["deadline"] = wake
        state["limit"] = self._limit
        state["asked"] = state["limit_reached"] = 0
        if self.processor.exceptions.pending:
            masks = self.processor.masks(self._engine)
            if self.processor.waits_behind_masks(masks):
                state["deadline"] = 0
                state["masks"] = masks.primask | masks.faultmask << 1 | masks.basepri << 2
        self._engine.stop_at(self._until if self._gate is None else self._until | self._gate.stops)

    def _after(self, error: int) -> None:
        """What a run of Unicorn ended with. Raises FirmwareFault."""
        engine, pc = self._engine, self._engine.pc()
        access = engine.access or self._bus.access
        for problem in (self._clock.error, self._bus.error):
            if problem is not None:
                raise problem
        if engine.exception is not None:
            self._on_exception(engine.exception, pc)
        elif access is not None:
            raise self._teller.access(access, pc, engine.stack_pointer())
        elif engine.suspended:
            if self._instruction_before(pc) == _WFE:
                self._sleeps_until_event = True
        elif error:
            raise self._teller.error(error, engine.read(pc, 4), pc)
        elif not self._clock.state["asked"][0] and pc not in self._until:
            self._halted(pc)

    def _halted(self, pc: int) -> None:
        """Unicorn stopped, and no one had asked for it."""
        gate = self._gate
        if gate is not None and gate.caught(pc):
            raise self._teller.no_fpu(pc)
        if gate is not None and gate.interrupted():
            return
        if self._instruction_before(pc) == _WFI:
            self._sleeps_until_event = False
        else:
            self._engine.forget_code(pc - 2, 2)  # an earlier run had to stop here

    def _instruction_before(self, pc: int) -> int:
        return int.from_bytes(self._engine.read(pc - 2, 2), "little")

    def _on_exception(self, number: int, pc: int) -> None:
        """SVC, BKPT, exception return, or a fault."""
        engine = self._engine
        if number == _SVC:
            self.processor.call_supervisor(engine, self._refuse)
            self._take_exception()
        elif number == _EXCEPTION_RETURN:
            self._spend(self.processor.leave(engine, pc, self._refuse))
            if self.processor.sleeps_after_return():
                self._sleeps_until_event = False
        elif number == _BKPT and engine.read(pc, 1)[0] == BREAKPOINT:
            self._call_host(pc)
        else:
            raise self._teller.exception(number, engine.read(pc, 4), pc)

    def _call_host(self, pc: int) -> None:
        """Semihosting."""
        try:
            self._engine.answer(self._semihosting.call(*self._engine.question()), pc + 2)
        except Exited as exited:
            self._engine.answer(0, pc + 2)
            self._exit_code = exited.code

    def _refuse(self, what: str) -> Exception:
        return self._teller.fault(what, self._engine.pc())
