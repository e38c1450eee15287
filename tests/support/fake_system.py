"""A fake of the machine for tests of devices: tests set its time, and it records calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from scons_tinyml.emulator.devices.bus import Device, FlashSetup


class FakeSystem:
    """The system without a machine. Time stands still until `pass_cycles`; events come in order."""

    descriptor_clock_hz = 125_000_000

    def __init__(self) -> None:
        self.cycle = 0
        self.memory = bytearray(256)
        self.core_clocks: list[int] = []
        self.flash = FlashSetup()
        self.sent = b""
        self.lines: dict[int, bool] = {}
        self.rises: list[tuple[int, int]] = []  # (cycle, interrupt)
        self._events: list[tuple[int, Callable[[], None]]] = []
        self._input: deque[int] = deque()
        self._listeners: list[Callable[[], None]] = []

    def pass_cycles(self, cycles: int) -> None:
        end = self.cycle + cycles
        while due := [event for event in self._events if event[0] <= end]:
            event = min(due, key=lambda each: each[0])
            self._events.remove(event)
            self.cycle = max(self.cycle, event[0])
            event[1]()
        self.cycle = end

    def type(self, data: bytes) -> None:
        self._input.extend(data)
        for listener in self._listeners:
            listener()

    @property
    def high(self) -> set[int]:
        return {interrupt for interrupt, level in self.lines.items() if level}

    @property
    def planned(self) -> int:
        return len(self._events)

    # -- System

    def now(self) -> int:
        return self.cycle

    def at(self, cycle: int, action: Callable[[], None]) -> None:
        self._events.append((cycle, action))

    def pend(self, interrupt: int) -> None:
        self.rises.append((self.cycle, interrupt))

    def set_line(self, interrupt: int, high: bool) -> None:
        if high and not self.lines.get(interrupt):
            self.pend(interrupt)
        self.lines[interrupt] = high

    def when_input(self, action: Callable[[], None]) -> None:
        self._listeners.append(action)

    def set_core_clock(self, hz: int) -> None:
        self.core_clocks.append(hz)

    def set_flash(self, setup: FlashSetup) -> None:
        self.flash = setup

    def set_core_caches(self, instruction: bool | None = None, data: bool | None = None) -> None: ...

    def output(self, channel: str, data: bytes) -> None:
        assert channel == "uart"
        self.sent += data

    def input(self, channel: str) -> int | None:
        return self._input.popleft() if channel == "uart" and self._input else None

    def input_waiting(self, channel: str) -> bool:
        return channel == "uart" and bool(self._input)

    def read_memory(self, address: int, size_bytes: int) -> bytes:
        return bytes(self.memory[address : address + size_bytes])

    def write_memory(self, address: int, data: bytes) -> None:
        self.memory[address : address + len(data)] = data


class Bus:
    """Words by address, as firmware reads and writes them."""

    def __init__(self, devices: list[Device]) -> None:
        self.devices = devices

    def __getitem__(self, address: int) -> int:
        device = self._at(address)
        return device.read(address - device.start, 4)

    def __setitem__(self, address: int, value: int) -> None:
        device = self._at(address)
        device.write(address - device.start, 4, value)

    def _at(self, address: int) -> Device:
        return next(item for item in self.devices if item.start <= address < item.start + item.size_bytes)
