"""Registers whose status bits follow their control bits, as in clock, power and flash controllers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scons_tinyml.emulator.devices.bus import Registers


@dataclass(frozen=True)
class Field:
    """Bits `mask` of the register at `offset`."""

    offset: int
    mask: int

    def get(self, words: Mapping[int, int]) -> int:
        """Return the field as a number."""
        return (words.get(self.offset, 0) & self.mask) >> self._shift

    def put(self, words: dict[int, int], value: int) -> None:
        """Store the number `value` in the field."""
        words[self.offset] = words.get(self.offset, 0) & ~self.mask | value << self._shift & self.mask

    @property
    def _shift(self) -> int:
        return (self.mask & -self.mask).bit_length() - 1


@dataclass(frozen=True)
class Follow:
    """Status field that repeats a control field: an oscillator is ready once it is on.

    Start-up takes no time here. Firmware can only wait for it, and these cycles are of no interest.
    """

    control: Field
    status: Field


def ready(offset: int, *enable_bits: int, distance: int = 1) -> tuple[Follow, ...]:
    """Return for each enable bit of a register its ready bit in the same register, `distance` bits above."""
    return tuple(Follow(Field(offset, 1 << bit), Field(offset, 1 << bit + distance)) for bit in enable_bits)


class ControlRegisters(Registers):
    """Registers with status fields that follow control fields, and with read-only bits.

    `read_only` maps offsets to masks of such bits. These include bits that are cleared by writing 1: they
    are flags of events that do not happen. `pulses` maps offsets to masks of bits that start an action
    and read 0.
    """

    def __init__(
        self,
        name: str,
        start: int,
        reset_values: Mapping[int, int] | None = None,
        *,
        follows: Iterable[Follow] = (),
        read_only: Mapping[int, int] | None = None,
        pulses: Mapping[int, int] | None = None,
        size_bytes: int = 0x400,
    ) -> None:
        self._follows = tuple(follows)
        self._read_only, self._pulses = dict(read_only or {}), dict(pulses or {})
        super().__init__(name, start, dict(reset_values or {}), size_bytes)

    def reset(self) -> None:
        """Set registers to their values after reset."""
        super().reset()
        self._follow()

    def get(self, field: Field) -> int:
        """Return `field` as a number."""
        return field.get(self.words)

    def on_write(self, offset: int, value: int) -> None:
        """Store the writable bits, then let the status fields follow."""
        kept = self._read_only.get(offset, 0)
        value &= ~self._pulses.get(offset, 0)
        self.words[offset] = value & ~kept | self.words.get(offset, 0) & kept
        self._follow()
        self.on_change(offset)

    def on_change(self, offset: int) -> None:
        """React to a write of the register at `offset`; nothing by default."""

    def _follow(self) -> None:
        for follow in self._follows:
            follow.status.put(self.words, follow.control.get(self.words))
