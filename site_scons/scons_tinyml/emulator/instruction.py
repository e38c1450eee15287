"""Thumb instructions for timing models: effects on registers and memory, not computed values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """Groups of instructions that the timing tables of the manuals distinguish."""

    DATA = auto()  # data processing, and instructions of no other group
    MULTIPLY = auto()
    MULTIPLY_ACCUMULATE = auto()
    LONG_MULTIPLY = auto()
    LONG_MULTIPLY_ACCUMULATE = auto()
    DIVIDE = auto()
    LOAD = auto()
    STORE = auto()
    LOAD_DOUBLE = auto()
    STORE_DOUBLE = auto()
    LOAD_MULTIPLE = auto()
    STORE_MULTIPLE = auto()
    BRANCH = auto()  # direct: B, BL, CBZ
    BRANCH_INDIRECT = auto()  # BX, BLX, MOV pc
    TABLE_BRANCH = auto()
    IT = auto()
    BARRIER = auto()
    SPECIAL_REGISTER = auto()  # MRS, MSR, CPS
    FP_ARITHMETIC = auto()
    FP_MULTIPLY_ACCUMULATE = auto()
    FP_DIVIDE = auto()  # divide and square root
    FP_MOVE = auto()


@dataclass(frozen=True)
class MemoryOperand:
    """Address of a load or store: base + offset + (index << shift).

    Registers are numbers; 15 is the literal pool. `offset` is the addend of the access itself: 0 for
    post-indexed, -4*N for decrement-before. With base 15 it is the absolute address.
    """

    base: int
    offset: int = 0
    index: int | None = None
    shift: int = 0
    width_bytes: int = 4


@dataclass(frozen=True)
class Instruction:
    """One decoded instruction. Register sets are bit masks: bit n is Rn (core) or Sn (floating point)."""

    address: int
    size_bytes: int
    mnemonic: str
    kind: Kind
    reads: int = 0
    writes: int = 0
    fp_reads: int = 0
    fp_writes: int = 0
    memory: MemoryOperand | None = None
    registers: int = 1  # words moved by a load or store
    base_update: int = 0  # addend of a load or store to its base register
    # (result, register or CONSTANT, constant): the result is the sum of the other two
    sum: tuple[int, int, int] | None = None
    operands: tuple[int, int] = (0, 0)  # the two factors, or dividend and divisor
    signed: bool = False
    it_count: int = 0  # instructions that an IT makes conditional
    ends_block: bool = False  # never falls through to the next instruction
    needs: str | None = None  # feature of a board's core: "dsp", "fpu"

    @property
    def address_reads(self) -> int:
        """Mask of the core registers that form the address of a load or store."""
        if self.memory is None or self.memory.base == PC:
            return 0
        index = 0 if self.memory.index is None else 1 << self.memory.index
        return 1 << self.memory.base | index

    @property
    def writes_pc(self) -> bool:
        """True for a jump of any kind."""
        return bool(self.writes >> PC & 1)


SP, LR, PC = 13, 14, 15
#: Smallest first halfword of a 32-bit instruction (ARMv7-M ARM, A5.1).
FIRST_OF_WIDE = 0xE800
CONSTANT = -1
