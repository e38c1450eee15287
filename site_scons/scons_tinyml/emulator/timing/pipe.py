"""Effects of an instruction on a scoreboard: its unit, its read stages and the time of its result.

Stages are counted from 1, the first cycle of execution. An instruction that issues in cycle t is in stage k
in cycle t + k - 1. It may issue when every register that it reads in stage k can be read in that cycle. A
register written by an instruction that issued in t' can be read from t' + result on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

STAGES = 4


class Unit(IntEnum):
    """Groups of instructions that compete for the same hardware."""

    NONE = 0  # NOP, IT: a slot and nothing else
    ALU = 1
    SHIFT = 2  # shift or rotation of a register
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
    """Instruction as a scoreboard sees it. Register sets are masks as in Instruction.

    `Cost.cycles` is the time in which nothing else can issue.
    """

    unit: Unit
    result: int = 1  # stage at whose end the result can be taken
    reads: tuple[int, int, int, int] = (0, 0, 0, 0)  # core registers that are read in stage 1 to 4
    hoists: bool = False  # executes a stage earlier when it is the first of a pair and its operands allow
    late_for_first: bool = False  # a reader in stage 1 gets the result a cycle later
    late_load: bool = False  # a reader that lists it in `slow_reads` gets the result a cycle later
    slow_reads: int = 0  # core registers that a word load cannot deliver in time
    sets_flags: bool = False
    reads_flags: bool = False  # in its computation, apart from the condition of an IT
    fp_result: int = 0  # cycles from issue to the issue of a use of its floating-point result
    fp_result_to_accumulator: int = 0  # the same for an accumulation into it
    fp_accumulates: int = 0  # single-precision registers that are accumulated into
    fp_blocks: int = 0  # cycles after the issue in which no other floating-point instruction can issue
    fp_after_accumulate: bool = False  # waits until sums of multiply-accumulates have left the adder
