"""Interface of devices, and the services of the machine around them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class FlashSetup:
    """Flash controller as the image has set it. None leaves the value of the board's descriptor."""

    wait_states: int | None = None
    prefetch: bool | None = None
    instruction_cache: bool | None = None
    data_cache: bool | None = None
    cache_ways: int | None = None
    """Ways of a set that are in use, where firmware can choose: 1 is direct mapped."""


class System(Protocol):
    """Machine as its devices see it. Times are cycles of the core's clock since reset."""

    @property
    def descriptor_clock_hz(self) -> int:
        """Core clock of the board's descriptor, in Hz."""

    def now(self) -> int:
        """Return the cycles since reset. Without a timing model an instruction counts as a cycle."""

    def at(self, cycle: int, action: Callable[[], None]) -> None:
        """Call `action` once when the clock has reached `cycle`, between two instructions."""

    def pend(self, interrupt: int) -> None:
        """Set an external interrupt (0 is the first after the 16 system exceptions) pending."""

    def set_line(self, interrupt: int, high: bool) -> None:
        """Set the level of an interrupt request.

        While it is high, the interrupt becomes pending again when its handler returns.
        """

    def when_input(self, action: Callable[[], None]) -> None:
        """Call `action` whenever bytes have been queued for the firmware, between two runs of it."""

    def set_core_clock(self, hz: int) -> None:
        """Report the core clock that the image has set, in Hz. It is compared with the descriptor."""

    def set_flash(self, setup: FlashSetup) -> None:
        """Report wait states, prefetch or caches that the image has set.

        The timing model follows. The settings are compared with the descriptor.
        """

    def set_core_caches(self, instruction: bool | None = None, data: bool | None = None) -> None:
        """Report a switch of a level-1 cache of the core. None leaves one as it is."""

    def output(self, channel: str, data: bytes) -> None:
        """Pass on `data` that firmware sent on `channel`: 'uart', 'semihosting' or 'itm'."""

    def input(self, channel: str) -> int | None:
        """Take and return the next byte for the firmware, or None without one now."""

    def input_waiting(self, channel: str) -> bool:
        """Return whether `input` would return a byte."""

    def read_memory(self, address: int, size_bytes: int) -> bytes:
        """Return `size_bytes` bytes at `address`, for a device that is a bus master."""

    def write_memory(self, address: int, data: bytes) -> None:
        """Write `data` at `address`, for a device that is a bus master."""


class Device(ABC):
    """Range of addresses with registers. `read` and `write` get offsets in bytes and sizes 1, 2 or 4."""

    def __init__(self, name: str, start: int, size_bytes: int = 0x400) -> None:
        self.name, self.start, self.size_bytes = name, start, size_bytes

    @abstractmethod
    def reset(self) -> None:
        """Set the device to its state after power-on."""

    @abstractmethod
    def read(self, offset: int, size_bytes: int) -> int:
        """Return the value of `size_bytes` bytes at `offset`."""

    @abstractmethod
    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Store `value` in `size_bytes` bytes at `offset`."""


class Registers(Device):
    """Device of 32-bit registers that keep written values, with exceptions per register.

    `reset_values` maps offsets to values after reset; others are 0. A subclass overrides `on_read` and
    `on_write` for registers that do more than keep a value. Narrower accesses are turned into whole words
    before.
    """

    def __init__(
        self, name: str, start: int, reset_values: dict[int, int] | None = None, size_bytes: int = 0x400
    ) -> None:
        super().__init__(name, start, size_bytes)
        self._reset_values = dict(reset_values or {})
        self.words: dict[int, int] = {}
        self.reset()

    def reset(self) -> None:
        """Set registers to their values after reset."""
        self.words = dict(self._reset_values)

    def read(self, offset: int, size_bytes: int) -> int:
        """Return bytes of the word at `offset`."""
        shift = 8 * (offset & 3)
        return self.on_read(offset & ~3) >> shift & (1 << 8 * size_bytes) - 1

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Put bytes into the word at `offset`. Other bytes keep their value."""
        word, shift = offset & ~3, 8 * (offset & 3)
        mask = (1 << 8 * size_bytes) - 1 << shift
        kept = self.words.get(word, 0) & ~mask if size_bytes < 4 else 0
        self.on_write(word, kept | value << shift & mask)

    def on_read(self, offset: int) -> int:
        """Return the register at `offset`."""
        return self.words.get(offset, 0)

    def on_write(self, offset: int, value: int) -> None:
        """Store `value` in the register at `offset`."""
        self.words[offset] = value
