"""Filter for instructions that Unicorn executes differently from the chip.

These are FPU instructions while CPACR keeps the FPU off, instructions of options that the chip lacks, and
SEV, which Unicorn takes for a NOP. Every block of code is scanned when it is translated, and the engine stops
before them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scons_tinyml.emulator.decode import decode_block
from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.instruction import FIRST_OF_WIDE
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import FirmwareFault

if TYPE_CHECKING:
    from scons_tinyml.emulator.engine import Engine

_FIRST_BLOCK_BYTES = 512
#: First halfwords of data processing by registers and of multiplications, and PKH. All instructions of the
#: DSP extension are among them (ARMv7-M ARM, A5.3.11 to A5.3.17).
_DSP_FIRST, _PKH_MASK, _PKH = (0xFA, 0xFB), 0xFFE0, 0xEAC0
_SEV = 0xBF40


class InstructionFilter:
    """Addresses of instructions that must not be executed now, in `stops`, and of SEV, in `events`."""

    def __init__(self, board: Board, engine: Engine, teller: FaultTeller) -> None:
        self._board, self._engine, self._teller = board, engine, teller
        self._fpu_is_on = self._interrupted = self._is_stale = False
        self._float: frozenset[int] = frozenset()
        self._missing: dict[int, FirmwareFault] = {}
        self.events: frozenset[int] = frozenset()
        self.stops: frozenset[int] = frozenset()
        engine.on_new_block(self._look)

    def reset(self, start: int) -> None:
        """Switch the FPU off, and scan code at `start`, which is about to run."""
        self.switch_fpu(False)
        self.catch_up()
        self._look(start, min(_FIRST_BLOCK_BYTES, self._engine.mapped_bytes(start)))

    def switch_fpu(self, is_on: bool) -> None:
        """Follow a write of CPACR: `is_on` is the new state of the FPU."""
        self._is_stale |= self._fpu_is_on and not is_on
        self._fpu_is_on = is_on
        if is_on:
            self._float = frozenset()
            self.stops = self.events.union(self._missing)

    def catch_up(self) -> None:
        """Discard code that was translated while the FPU was on, if it is off now. Call it between runs."""
        if self._is_stale:
            self._engine.forget_all_code()
            self._is_stale = False

    def problem(self, pc: int) -> FirmwareFault | None:
        """Return the fault of the instruction at `pc`, or None."""
        return self._teller.no_fpu(pc) if pc in self._float else self._missing.get(pc)

    def interrupted(self) -> bool:
        """Return whether the engine stopped because of new stops, and clear that flag."""
        interrupted, self._interrupted = self._interrupted, False
        return interrupted

    def _look(self, start: int, size_bytes: int) -> bool:
        """Scan new code. Return whether it changed the stops."""
        code = self._engine.read(start, size_bytes)
        found = set()
        for offset, first, second in instructions(code):
            if first == _SEV:
                self.events |= {start + offset}
            elif is_float(first, second) and "fpu" in self._board.features and not self._fpu_is_on:
                found.add(start + offset)
            else:
                self._check(start + offset, code[offset : offset + 4], first, second)
        self._float = self._float.union(found)
        stops = self._float.union(self._missing, self.events)
        self._interrupted, self.stops = stops != self.stops, stops
        return self._interrupted

    def _check(self, address: int, code: bytes, first: int, second: int) -> None:
        """Store the fault of an instruction of an option that the chip lacks."""
        features = self._board.features
        needs = None
        if is_float(first, second):
            needs = "fpu_double" if is_double(first, second) else "fpu"
        elif may_be_dsp(first) and "dsp" not in features:
            needs = next((item.needs for item in decode_block(address, code)), None)
        if needs is not None and needs not in features:
            text = next((item.mnemonic for item in decode_block(address, code)), f"{first:04x} {second:04x}")
            self._missing[address] = self._teller.missing_feature(text, needs, self._board.part, address)


def instructions(code: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (offset, first halfword, second or 0) of instructions in `code` (ARMv7-M ARM, A5.1)."""
    offset = 0
    while offset + 2 <= len(code):
        first = code[offset] | code[offset + 1] << 8
        wide = first >= FIRST_OF_WIDE
        if not wide:
            yield offset, first, 0
        elif offset + 4 <= len(code):
            yield offset, first, code[offset + 2] | code[offset + 3] << 8
        offset += 4 if wide else 2


def is_float(first: int, second: int) -> bool:
    """Return whether this is an instruction of coprocessor 10 or 11 (ARMv7-M ARM, A5.3.18 and A6.4)."""
    return first & 0xEC00 == 0xEC00 and second & 0x0E00 == 0x0A00


def is_double(first: int, second: int) -> bool:
    """Return whether a floating-point instruction computes in double precision (A6.4.1).

    Loads, stores and moves do not.
    """
    computes = first & 0xEF00 == 0xEE00 and not second & 0x10
    widens = first & 0xFFBF == 0xEEB7 and second & 0xFD0 == 0xAC0  # VCVT.F64.F32
    return computes and (bool(second & 0x100) or widens)


def may_be_dsp(first: int) -> bool:
    """Return whether the halfword `first` begins an instruction that could need the DSP extension."""
    return first >> 8 in _DSP_FIRST or first & _PKH_MASK == _PKH
