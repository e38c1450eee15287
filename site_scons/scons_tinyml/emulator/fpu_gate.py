"""Finds floating-point instructions that are reached while CPACR keeps the FPU off.

Unicorn always executes them. While the FPU is off every block of code is looked through when it is translated, and
the engine stops before each such instruction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scons_tinyml.emulator.engine import Engine

_FIRST_BLOCK_BYTES = 512


class FpuGate:
    """`stops` are the addresses of instructions that must not run before the FPU is on."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.stops: frozenset[int] = frozenset()
        self.is_open = False
        self._stopped = False
        engine.on_new_block(self._look)

    def reset(self, start: int) -> None:
        """FPU off; code at `start` is about to run."""
        self.switch(False)
        self._look(start, _FIRST_BLOCK_BYTES)

    def switch(self, is_open: bool) -> None:
        """CPACR was written."""
        if self.is_open and not is_open:
            self._engine.forget_all_code()
        self.is_open = is_open
        if is_open:
            self.stops = frozenset()

    def caught(self, pc: int) -> bool:
        """Whether the engine stopped at `pc` because the FPU is off there."""
        return not self.is_open and pc in self.stops

    def interrupted(self) -> bool:
        """Whether the engine was stopped to learn of new stops; asked once."""
        stopped, self._stopped = self._stopped, False
        return stopped

    def _look(self, start: int, size_bytes: int) -> bool:
        """Whether code has such instructions that were not known."""
        if self.is_open:
            return False
        found = self.stops.union(float_instructions(start, self._engine.read(start, size_bytes)))
        self._stopped, self.stops = found != self.stops, found
        return self._stopped


def float_instructions(start: int, code: bytes) -> list[int]:
    """Addresses of instructions for coprocessors 10 and 11 (ARMv7-M ARM, A5.3.18 and A6.4)."""
    halfwords = [code[index] | code[index + 1] << 8 for index in range(0, len(code) - 1, 2)]
    found, index = [], 0
    while index < len(halfwords):
        wide = halfwords[index] >> 11 >= 0x1D
        if wide and index + 1 < len(halfwords):
            if halfwords[index] & 0xEC00 == 0xEC00 and halfwords[index + 1] & 0x0E00 == 0x0A00:
                found.append(start + 2 * index)
        index += 2 if wide else 1
    return found
