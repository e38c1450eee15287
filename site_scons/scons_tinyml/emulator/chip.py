"""Chip with its devices, and the services of the machine for them: `System` and `CoreHost`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scons_tinyml.emulator.address_bus import AddressBus
from scons_tinyml.emulator.channels import Channels
from scons_tinyml.emulator.devices.bus import Device, FlashSetup
from scons_tinyml.emulator.devices.core.bitband import bit_bands
from scons_tinyml.emulator.devices.core.exceptions import FIRST_INTERRUPT
from scons_tinyml.emulator.devices.core.unknown import UnknownDevices, whole_pages
from scons_tinyml.emulator.devices.families import family_devices, has_bit_bands
from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.firmware_memory import FirmwareMemory
from scons_tinyml.emulator.input_pins import InputPins
from scons_tinyml.emulator.instruction_filter import InstructionFilter
from scons_tinyml.emulator.processor import Processor
from scons_tinyml.emulator.schedule import Schedule
from scons_tinyml.emulator.settings import Settings
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError

if TYPE_CHECKING:
    from scons_tinyml.emulator.counting import Counting
    from scons_tinyml.emulator.cycle_clock import CycleClock
    from scons_tinyml.emulator.engine import Engine


def require_apart(board: Board, bus: AddressBus) -> None:
    """Raise RecordError for memory of `board` in pages that devices of its core or its family take."""
    for region in board.memory:
        for start, end in bus.page_runs():
            if region.origin < end and start < region.end:
                raise RecordError(
                    f"{region.name} (0x{region.origin:08x} to 0x{region.end:08x}) overlaps devices of the chip "
                    f"(0x{start:08x} to 0x{end:08x})",
                    where=f"boards/{board.name}.toml",
                    key="memory",
                )


class Chip:
    """Devices on their bus, and requests that wait until Unicorn has stopped."""

    def __init__(
        self,
        board: Board,
        vector_table: int,
        engine: Engine,
        clock: CycleClock | Counting,
        teller: FaultTeller,
        channels: Channels,
        *,
        unknown_devices: bool,
    ) -> None:
        self._board, self._engine, self._clock, self._channels = board, engine, clock, channels
        self._listeners: list[Callable[[], None]] = []
        self.memory = FirmwareMemory(engine, teller)
        self.settings = Settings(board)
        self.schedule = Schedule()
        self.processor = Processor(board, vector_table, self, self)
        teller.escalation = self.processor.control.escalation
        self.filter = InstructionFilter(board, engine, teller)
        self.unknown = UnknownDevices(engine.pc) if unknown_devices else None
        self.bus = AddressBus(self._devices())
        require_apart(board, self.bus)
        self.pins = InputPins(board, self.bus.devices)
        self.bus.attach(engine, clock.is_exact)
        self.stop_when: Callable[[], bool] | None = None
        self._forget_requests()

    def _devices(self) -> list[Device]:
        found = [*self.processor.devices, *family_devices(self._board, self)]
        if has_bit_bands(self._board):
            found += bit_bands(
                self._engine,
                lambda address: self.bus.load(address),
                lambda address, value: self.bus.store(address, value),
            )
        if self.unknown is not None:
            memory = [whole_pages(region.origin, region.size) for region in self._board.memory]
            found += self.unknown.devices(
                [*memory, *((device.start, device.start + device.size_bytes) for device in found)]
            )
        return found

    def _forget_requests(self) -> None:
        self.stop_requested = self.reset_requested = self._settings_changed = False

    def reset(self) -> None:
        """Reset the devices to their state after power-on."""
        self._forget_requests()
        self.schedule.clear()
        self.settings.reset()
        self.processor.reset()
        self.bus.reset()
        if self.unknown is not None:
            self.unknown.reset()

    def catch_up(self) -> None:
        """Run due actions and apply requested changes, between runs of Unicorn."""
        self.schedule.run_due(self.now())
        if self._settings_changed:
            self._settings_changed = False
            self._clock.follow(self.settings)
        self.filter.catch_up()

    def input_arrived(self) -> None:
        """Notify devices that bytes were queued."""
        for action in self._listeners:
            action()

    # -- services for devices (System, CoreHost)

    @property
    def descriptor_clock_hz(self) -> int:
        """Core clock of the board's descriptor, in Hz."""
        return self._board.clock

    @property
    def core_clock_hz(self) -> int:
        """Core clock as the image has set it, in Hz."""
        return self.settings.core_clock_hz

    def now(self) -> int:
        """Return the cycles since reset. Without a timing model an instruction counts as a cycle."""
        return int(self._clock.state["now"][0])

    def at(self, cycle: int, action: Callable[[], None]) -> None:
        """Call `action` once when the clock has reached `cycle`."""
        self.schedule.add(cycle, action)
        self._look_at(cycle)

    def pend(self, interrupt: int) -> None:
        """Set the external interrupt `interrupt` pending."""
        self.pend_exception(FIRST_INTERRUPT + interrupt)

    def set_line(self, interrupt: int, high: bool) -> None:
        """Set the request level of the external interrupt `interrupt`."""
        self.processor.exceptions.set_line(FIRST_INTERRUPT + interrupt, high)
        self.exceptions_changed()

    def when_input(self, action: Callable[[], None]) -> None:
        """Call `action` whenever bytes have been queued for the firmware."""
        self._listeners.append(action)

    def pend_exception(self, number: int) -> None:
        """Set the exception `number` pending."""
        self.processor.exceptions.pend(number)
        self.exceptions_changed()

    def is_pending(self, number: int) -> bool:
        """Return whether the exception `number` is pending."""
        return number in self.processor.exceptions.pending

    def exceptions_changed(self) -> None:
        """Check at the next block of code whether an exception has to be taken."""
        if self.processor.exceptions.pending:
            self._look_at(0)

    def request_reset(self) -> None:
        """Request a reset of core and devices."""
        self.reset_requested = True
        self._look_at(0)

    def enable_fpu(self, enabled: bool) -> None:
        """Switch the FPU on or off, by CPACR."""
        self.filter.switch_fpu(enabled)
        self._look_at(0)

    def set_core_clock(self, hz: int) -> None:
        """Store the core clock that the image has set, in Hz."""
        self.settings.clock_hz = hz

    def set_flash(self, setup: FlashSetup) -> None:
        """Store the flash set-up of the image. The clock follows as soon as the engine has stopped."""
        self.settings.set_flash(setup)
        self._settings_changed = True
        self._look_at(0)

    def set_core_caches(self, instruction: bool | None = None, data: bool | None = None) -> None:
        """Store the switches of the core's level-1 caches. None leaves one as it is."""
        self.settings.set_core_caches(instruction, data)
        self._settings_changed = True
        self._look_at(0)

    def output(self, channel: str, data: bytes) -> None:
        """Pass on `data` that the firmware sent on `channel`, and check `stop_when`."""
        self._channels.put(channel, data)
        if self.stop_when is not None and self.stop_when():
            self.stop_requested = True
            self._look_at(0)

    def input(self, channel: str) -> int | None:
        """Take and return the next byte for the firmware, or None without input."""
        return self._channels.next_byte(channel)

    def input_waiting(self, channel: str) -> bool:
        """Return whether `input` would return a byte."""
        return self._channels.waiting(channel)

    def read_memory(self, address: int, size_bytes: int) -> bytes:
        """Return `size_bytes` bytes at `address`, for a device that is a bus master."""
        return self.memory.read(address, size_bytes)

    def write_memory(self, address: int, data: bytes) -> None:
        """Write `data` at `address`, for a device that is a bus master."""
        self.memory.write(address, data)

    def _look_at(self, cycle: int) -> None:
        """Stop native code at the first block that begins at `cycle` or later."""
        state = self._clock.state
        for name in ("wake", "deadline"):
            if cycle < state[name][0]:
                state[name] = cycle
