"""M-profile core around the instructions that Unicorn executes: exceptions, sleep, its own devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scons_tinyml.emulator.devices.bus import Device, System
from scons_tinyml.emulator.devices.core import exceptions as numbers
from scons_tinyml.emulator.devices.core.exceptions import Exceptions, Masks
from scons_tinyml.emulator.devices.core.host import CoreHost
from scons_tinyml.emulator.devices.core.latency import chain_cycles, entry_cycles, return_cycles
from scons_tinyml.emulator.devices.core.nvic import InterruptController
from scons_tinyml.emulator.devices.core.other import FloatControl, passive_registers
from scons_tinyml.emulator.devices.core.scb import SystemControl
from scons_tinyml.emulator.devices.core.systick import SysTick
from scons_tinyml.emulator.devices.core.trace import CycleCounter, DebugControl, TracePorts
from scons_tinyml.emulator.devices.families import priority_bits, systick_reference_cycles
from scons_tinyml.records.board import Board

if TYPE_CHECKING:
    from scons_tinyml.emulator.devices.core import frames
    from scons_tinyml.emulator.engine import Engine

#: Fixed for ARMv6-M (DDI 0419, B1.5.4).
_PRIORITY_BITS_ARMV6 = 2
_MPU_REGIONS = 8

Refusal = Callable[[str], Exception]


class Processor:
    """Exceptions of one machine.

    Methods return the cycles that they take. The caller advances the clock.
    """

    def __init__(self, board: Board, vector_table: int, system: System, host: CoreHost) -> None:
        self._board = board
        bits = _PRIORITY_BITS_ARMV6 if board.core_facts.architecture == "v6m" else priority_bits(board)
        self.exceptions = Exceptions(board.interrupts, bits)
        fpu, double = "fpu" in board.features, "fpu_double" in board.features
        self.control = SystemControl(board, vector_table, self.exceptions, system, host)
        self._floats = FloatControl(self.exceptions, host.exceptions_changed, fpu=fpu, double=double)
        counter = CycleCounter(system, counts_cycles=board.core_facts.cycle_counter == "dwt")
        tick = SysTick(system, host, systick_reference_cycles(board))
        self.exceptions.when_tick_taken = tick.wake
        self.devices: list[Device] = [
            self.control,
            self._floats,
            InterruptController(self.exceptions, host.exceptions_changed),
            tick,
            counter,
            DebugControl(counter),
            TracePorts(system),
            *passive_registers(_MPU_REGIONS),
        ]
        self._event = False

    def reset(self) -> None:
        """Clear all exceptions. The devices are reset with all others."""
        self.exceptions.reset()
        self._event = False

    # -- next exception

    def masks(self, engine: Engine) -> Masks:
        """Return PRIMASK, FAULTMASK and BASEPRI of the core."""
        return Masks(*engine.masks())

    def waits_behind_masks(self, masks: Masks) -> bool:
        """Return whether the masks alone keep an exception from being taken."""
        return self.exceptions.next(masks) is None and self.exceptions.next(Masks()) is not None

    def wakes(self, engine: Engine, for_event: bool) -> bool:
        """Return whether a sleeping core goes on now. `for_event`: it sleeps by WFE."""
        if for_event and (self._event or (self.control.pending_is_event and self.exceptions.pending)):
            self._event = False
            return True
        return self.exceptions.wakes(self.masks(engine))

    def send_event(self) -> None:
        """Send an event, as SEV does: the next WFE goes on."""
        self._event = True

    # -- entry and return

    def take(self, engine: Engine, refuse: Refusal, is_ram: Callable[[int, int], bool]) -> int:
        """Enter the handler of the next exception. Return the cycles, 0 without an exception to take.

        Raises the error that `refuse` makes of a reason when the frame does not fit on the stack or
        there is no handler.
        """
        if not self.exceptions.pending:
            return 0
        number = self.exceptions.next(self.masks(engine))
        if number is None:
            return 0
        from scons_tinyml.emulator.devices.core import frames

        context = self._context()
        handler = self._handler(engine, number, refuse)
        address, size = frames.frame_of_entry(engine, context)
        if not is_ram(address, size):
            raise refuse(
                f"stack overflow: {self.name(number)} pushes {size} bytes at 0x{address & 0xFFFFFFFF:08x}, "
                "where there is no RAM"
            )
        has_float = frames.enter(engine, number, handler, context)
        self.exceptions.begin(number)
        return entry_cycles(self._board.core_facts, has_float=has_float, lazy=self._floats.saves_lazily)

    def leave(self, engine: Engine, value: int, refuse: Refusal) -> int:
        """Return from the handler that runs with EXC_RETURN `value`, or enter the next one.

        Return the cycles. Raises the error of `refuse` when the exception is not active or the next
        has no handler.
        """
        from scons_tinyml.emulator.devices.core import frames

        number = frames.exception_number(engine)
        if number not in self.exceptions.active:
            raise refuse("return from an exception that is not active")
        self.exceptions.end(number)
        self._event = True
        if number != numbers.NMI:
            engine.clear_faultmask()
        following = self.exceptions.next(self.masks(engine))
        if following is not None:
            frames.chain(engine, following, self._handler(engine, following, refuse), value)
            self.exceptions.begin(following)
            return chain_cycles()
        used_float = frames.uses_float(engine)
        has_float = frames.leave(engine, value, self._context())
        lazy = self._floats.saves_lazily
        return return_cycles(
            self._board.core_facts, has_float=has_float, lazy=lazy, handler_used_float=used_float
        )

    def call_supervisor(self, engine: Engine, refuse: Refusal) -> None:
        """Set SVCall pending, to be taken at once.

        Raises the error of `refuse` where its priority is too low, which is a HardFault.
        """
        urgency = self.exceptions.priority(numbers.SV_CALL)
        if urgency >= self.exceptions.execution_priority(self.masks(engine)):
            raise refuse("SVC where its exception cannot be taken: the core would enter HardFault")
        self.exceptions.pend(numbers.SV_CALL)

    def sleeps_after_return(self) -> bool:
        """Return whether SLEEPONEXIT is set and no handler runs any more."""
        return self.control.sleeps_on_exit and not self.exceptions.active

    def name(self, number: int) -> str:
        """Return the name of the exception `number` for messages."""
        return numbers.NAMES.get(number, f"interrupt {number - numbers.FIRST_INTERRUPT}")

    def _handler(self, engine: Engine, number: int, refuse: Refusal) -> int:
        entry = self.control.vector_table + 4 * number
        if not engine.is_mapped(entry):
            raise refuse(f"the vector of {self.name(number)} at 0x{entry:08x} is in no memory")
        handler = int.from_bytes(engine.read(entry, 4), "little")
        if not handler & 1 or not engine.is_mapped(handler & ~1):
            raise refuse(f"the vector of {self.name(number)} is 0x{handler:08x}, which is no function")
        return handler & ~1

    def _context(self) -> frames.Context:
        from scons_tinyml.emulator.devices.core.frames import Context

        return Context(
            saves_float=self._floats.saves_context,
            aligns=self.control.aligns_stack,
            armv8=self._board.core_facts.architecture == "v8m",
        )
