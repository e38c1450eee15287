"""What a device is and what it may ask of the machine around it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class FlashSetup:
    """Flash controller as the image has set it; None leaves what the board's descriptor says."""

    wait_states: int | None = None
    prefetch: bool | None = None
    instruction_cache: bool | None = None
    data_cache: bool | None = None
    cache_ways: int | None = None
    """Ways of a set that are in use, where firmware can choose: 1 is direct mapped."""


class System(Protocol):
    """The machine as its devices see it. Times are cycles of the core's clock since reset."""

    @property
    def descriptor_clock_hz(self) -> int:
        """Clock of the core that the board's descriptor promises."""

    def now(self) -> int:
        """Cycles since reset; without a timing model one per instruction."""

    def at(self, cycle: int, action: Callable[[], None]) -> None:
        """Call `action` once when the clock has reached `cycle`; between two instructions, never inside of one."""

    def pend(self, interrupt: int) -> None:
        """Set an external interrupt (0 is the first after the 16 system exceptions) pending."""

    def set_line(self, interrupt: int, high: bool) -> None:
        """Level of an interrupt request: while high the interrupt becomes pending again when its handler returns."""

    def when_input(self, action: Callable[[], None]) -> None:
        """Call `action` whenever bytes have been queued for the firmware, between two runs of it."""

    def set_core_clock(self, hz: int) -> None:
        """The image has switched the core's clock; compared with the descriptor."""

    def set_flash(self, setup: FlashSetup) -> None:
        """The image has set wait states, prefetch or caches: the timing model follows; compared with the descriptor."""

    def set_core_caches(self, instruction: bool | None = None, data: bool | None = None) -> None:
        """The image has switched a level-1 cache of the core; None leaves it as it is."""

    def output(self, channel: str, data: bytes) -> None:
        """Bytes that firmware sent: channel 'uart', 'semihosting' or 'itm'."""

    def input(self, channel: str) -> int | None:
        """Next byte for the firmware, None when there is none now. Takes it."""

    def input_waiting(self, channel: str) -> bool:
        """Whether `input` would give a byte."""

    def read_memory(self, address: int, size_bytes: int) -> bytes:
        """Memory as a device reads it that is a master of the bus."""

    def write_memory(self, address: int, data: bytes) -> None:
        """Memory as a device writes it that is a master of the bus."""


class Device(ABC):
    """A range of addresses with registers. `read` and `write` get offsets in bytes and sizes 1, 2 or 4."""

    def __init__(self, name: str, start: int, size_bytes: int = 0x400) -> None:
        self.name, self.start, self.size_bytes = name, start, size_bytes

    @abstractmethod
    def reset(self) -> None:
        """As after power-on."""

    @abstractmethod
    def read(self, offset: int, size_bytes: int) -> int:
        """Value at `offset`."""

    @abstractmethod
    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Store `value` at `offset`."""


class Registers(Device):
    """A device of 32-bit registers that keep what is written, with exceptions given per register.

    `reset_values` maps offsets to values after reset; others are 0. A subclass overrides `on_read` and `on_write`
    for registers that do more than keep a value; narrower accesses are turned into whole words before.
    """

    def __init__(
        self, name: str, start: int, reset_values: dict[int, int] | None = None, size_bytes: int = 0x400
    ) -> None:
        super().__init__(name, start, size_bytes)
        self._reset_values = dict(reset_values or {})
        self.words: dict[int, int] = {}
        self.reset()

    def reset(self) -> None:
        """Registers to their values after reset."""
        self.words = dict(self._reset_values)

    def read(self, offset: int, size_bytes: int) -> int:
        """Bytes of the word at `offset`."""
        shift = 8 * (offset & 3)
        return self.on_read(offset & ~3) >> shift & (1 << 8 * size_bytes) - 1

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Put bytes into the word at `offset`; other bytes keep their value."""
        word, shift = offset & ~3, 8 * (offset & 3)
        mask = (1 << 8 * size_bytes) - 1 << shift
        kept = self.words.get(word, 0) & ~mask if size_bytes < 4 else 0
        self.on_write(word, kept | value << shift & mask)

    def on_read(self, offset: int) -> int:
        """Value of the register at `offset`."""
        return self.words.get(offset, 0)

    def on_write(self, offset: int, value: int) -> None:
        """Store a whole register."""
        self.words[offset] = value
