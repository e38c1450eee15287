"""NVIC: enabling, pending and priorities of external interrupts (sections B3.4.3 to B3.4.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scons_tinyml.emulator.devices.bus import Registers
from scons_tinyml.emulator.devices.core.exceptions import FIRST_INTERRUPT, Exceptions

_SET_ENABLE, _CLEAR_ENABLE, _SET_PENDING, _CLEAR_PENDING, _ACTIVE, _PRIORITY, _END = (
    0x000,
    0x080,
    0x100,
    0x180,
    0x200,
    0x300,
    0x6F0,
)


class InterruptController(Registers):
    """Registers from 0xE000_E100: ISER, ICER, ISPR, ICPR, IABR, and IPR from 0xE000_E400.

    `changed` is called after each write.
    """

    def __init__(self, exceptions: Exceptions, changed: Callable[[], None]) -> None:
        self._exceptions, self._changed = exceptions, changed
        super().__init__("NVIC", 0xE000_E100, size_bytes=0xC00)

    def on_read(self, offset: int) -> int:
        """Return bits of 32 interrupts, or four priorities."""
        state = self._exceptions
        if _PRIORITY <= offset < _END:
            numbers = range(FIRST_INTERRUPT + offset - _PRIORITY, FIRST_INTERRUPT + offset - _PRIORITY + 4)
            return sum(state.priority(number) << 8 * index for index, number in enumerate(numbers))
        if offset < _SET_PENDING:
            return _bits(state.enabled, offset)
        if offset < _ACTIVE:
            return _bits(state.pending, offset)
        return _bits(state.active, offset) if offset < _ACTIVE + 0x40 else 0

    def on_write(self, offset: int, value: int) -> None:
        """Set or clear bits of interrupts."""
        state = self._exceptions
        if offset < _ACTIVE:
            numbers = {number for number in _numbers(offset, value) if number < state.count}
            target = state.enabled if offset < _SET_PENDING else state.pending
            if offset & 0x80:
                target -= numbers
            else:
                target |= numbers
        self._changed()

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Write `value`. A narrow write sets or clears fewer bits, or sets fewer priorities."""
        if offset < _PRIORITY:
            self.on_write(offset & ~3, value << 8 * (offset & 3))
            return
        for index in range(size_bytes if offset < _END else 0):
            number = FIRST_INTERRUPT + offset - _PRIORITY + index
            self._exceptions.set_priority(number, value >> 8 * index & 0xFF)
        self._changed()


def _numbers(offset: int, bits: int) -> list[int]:
    first = FIRST_INTERRUPT + 8 * (offset & 0x7C)
    return [first + bit for bit in range(32) if bits >> bit & 1]


def _bits(numbers: Iterable[int], offset: int) -> int:
    first = FIRST_INTERRUPT + 8 * (offset & 0x7C)
    return sum(1 << number - first for number in numbers if first <= number < first + 32)
