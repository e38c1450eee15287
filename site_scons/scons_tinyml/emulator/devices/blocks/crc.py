"""CRC units of STM32: one of a fixed polynomial (F1, F4, L1), and one that firmware programs (all later families)."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.emulator.devices.bus import Device

_DATA, _INDEPENDENT, _CONTROL, _INITIAL, _POLYNOMIAL = 0x00, 0x04, 0x08, 0x10, 0x14
_RESET, _REVERSE_OUTPUT = 1 << 0, 1 << 7
_SIZES = (32, 16, 8, 7)
"""Bits of the polynomial, by POLYSIZE."""
_ETHERNET = 0x04C1_1DB7
_ONES = 0xFFFF_FFFF


class Crc(Device):
    """RM0351, chapter "Cyclic redundancy check calculation unit (CRC)". The 4 cycles of a word do not count."""

    def __init__(self, start: int = 0x4002_3000) -> None:
        super().__init__("CRC", start)
        self.reset()

    def reset(self) -> None:
        """Set the registers to their values after power-on."""
        self._value = _ONES
        self._words = {_INDEPENDENT: 0, _CONTROL: 0, _INITIAL: _ONES, _POLYNOMIAL: _ETHERNET}

    def read(self, offset: int, size_bytes: int) -> int:
        """Return bytes of a register; the data register holds the result."""
        word = self._result() if offset & ~3 == _DATA else self._words.get(offset & ~3, 0)
        return word >> 8 * (offset & 3) & (1 << 8 * size_bytes) - 1

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Feed `value` to the calculation, or set another register."""
        register, shift = offset & ~3, 8 * (offset & 3)
        if register == _DATA:
            self._feed(value, 8 * size_bytes)
            return
        kept = self._words.get(register, 0) & ~((1 << 8 * size_bytes) - 1 << shift)
        self._words.update(self._accepted({register: kept | value << shift}))

    def _accepted(self, written: Mapping[int, int]) -> dict[int, int]:
        """Return the registers that `written` changes, after what it starts."""
        found = {register: value for register, value in written.items() if register in self._words}
        if _CONTROL in found:
            if found[_CONTROL] & _RESET:
                self._value = self._words[_INITIAL] & self._mask(found[_CONTROL])
            found[_CONTROL] &= 0xF8
        if _INITIAL in found:
            self._value = found[_INITIAL] & self._mask(self._words[_CONTROL])
        return found

    @staticmethod
    def _mask(control: int) -> int:
        return (1 << _SIZES[control >> 3 & 3]) - 1

    def _feed(self, value: int, bits: int) -> None:
        control = self._words[_CONTROL]
        size = _SIZES[control >> 3 & 3]
        polynomial = self._words[_POLYNOMIAL] & self._mask(control)
        unit = (0, 8, 16, 32)[control >> 5 & 3]
        if unit:
            value = _reversed_in(value, bits, min(unit, bits))
        for place in range(bits - 1, -1, -1):
            carry = self._value >> size - 1 & 1 ^ value >> place & 1
            self._value = self._value << 1 & self._mask(control)
            if carry:
                self._value ^= polynomial

    def _result(self) -> int:
        control = self._words[_CONTROL]
        size = _SIZES[control >> 3 & 3]
        return _reversed_in(self._value, size, size) if control & _REVERSE_OUTPUT else self._value


class FixedCrc(Crc):
    """RM0008 and RM0090, chapter 'CRC calculation unit': words only, of Ethernet's polynomial."""

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Feed the word `value`, reset the calculation, or keep a byte in the independent register."""
        if offset in (_DATA, _CONTROL, _INDEPENDENT):
            super().write(offset, size_bytes, value & (_RESET if offset == _CONTROL else _ONES))


def _reversed_in(value: int, bits: int, unit: int) -> int:
    """Return `value` of `bits` bits with the bits of each `unit` of them in reverse order."""
    text = f"{value & (1 << bits) - 1:0{bits}b}"
    return int("".join(text[place : place + unit][::-1] for place in range(0, bits, unit)), 2)
