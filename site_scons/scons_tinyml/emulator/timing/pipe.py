"""What an instruction does to a scoreboard: which unit it needs, in which stage it reads, when its result is there.

Stages are counted from 1, the first cycle of execution. An instruction that issues in cycle t is in stage k in cycle
t + k - 1; it may issue when, for every register that it reads in stage k, t + k - 1 is not before the cycle from
which the register can be read: t' + result for a register written by an instruction that issued in t'.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

STAGES = 4


class Unit(IntEnum):
    """Groups of instructions that compete for the same hardware."""

    NONE = 0  # NOP, IT: a slot and nothing else
    ALU = 1
    SHIFT = 2  # plain shift or rotation of a register
    SHIFTED = 3  # data processing whose second operand goes through the shifter
    SIMD = 4  # parallel, saturating and extending instructions
    SIMD_SHIFT = 5  # bit fields, reversals, packing, extend and add
    MULTIPLY = 6
    LOAD = 7
    STORE = 8
    BRANCH = 9
    FLOAT = 10
    FLOAT_ACCUMULATE = 11
    FLOAT_MOVE = 12
    ALONE = 13  # never together with another instruction


@dataclass(frozen=True)
class Pipe:
    """An instruction as a scoreboard sees it; register sets are masks as in Instruction.

    For how long nothing else can issue is `Cost.cycles`.
    """

    unit: Unit
    result: int = 1  # stage at whose end the result can be taken
    reads: tuple[int, int, int, int] = (0, 0, 0, 0)  # core registers that are read in stage 1 to 4
    hoists: bool = False  # executes a stage earlier when it is the first of a pair and its operands allow
    late_for_first: bool = False  # what must read the result in stage 1 gets it a cycle later
    late_load: bool = False  # what lists it in `slow_reads` gets the result a cycle later
    slow_reads: int = 0  # core registers that a word load cannot deliver in time
    sets_flags: bool = False
    reads_flags: bool = False  # by what it computes, apart from the condition of an IT
    fp_result: int = 0  # cycles from issue to the issue of what uses a floating-point result
    fp_result_to_accumulator: int = 0  # the same for what accumulates into it
    fp_accumulates: int = 0  # single-precision registers that are accumulated into
    fp_blocks: int = 0  # cycles after the issue in which no other floating-point instruction can issue
