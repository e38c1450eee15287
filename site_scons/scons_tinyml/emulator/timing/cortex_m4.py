"""Cortex-M4 and Cortex-M4F: costs after Arm DDI 0439D (r0p1), tables 3-1 and 7-1."""

from __future__ import annotations

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.armv7m import FETCH, RULES, integer_cost
from scons_tinyml.emulator.timing.interface import Cost, Rule, RuleNote, TimingModel

VERSION = "cortex-m4-5"

_OWN_RULES = (
    RuleNote("multiply-accumulate", "all multiplies, long and dual too: 1", "DDI 0439D table 3-1"),
    RuleNote(
        "floating point",
        "1, and 1 more to use the result just behind; VMLA, VFMA 3; VLDR 2, VSTR 1, doubles 3",
        "DDI 0439D table 7-1 and 7.2.3",
    ),
    RuleNote(
        "floating-point divide",
        "VDIV, VSQRT 14; instructions that are not of the unit go on after 1",
        "DDI 0439D table 7-1",
    ),
)

_COSTS = {
    # Table 3-1: MLA, MLS, SMULL, UMULL, SMLAL, UMLAL and all of the DSP extension take 1.
    Kind.MULTIPLY_ACCUMULATE: Cost(),
    Kind.LONG_MULTIPLY: Cost(),
    Kind.LONG_MULTIPLY_ACCUMULATE: Cost(),
    # Table 7-1: VADD, VSUB, VMUL, VNMUL, VABS, VNEG, VCMP and all VCVT take 1.
    Kind.FP_ARITHMETIC: Cost(rule=Rule.FLOAT, long_cycles=1),
    # Table 7-1: VMLA, VMLS, VNMLA, VNMLS, VFMA, VFMS, VFNMA and VFNMS take 3.
    Kind.FP_MULTIPLY_ACCUMULATE: Cost(cycles=3, rule=Rule.FLOAT, long_cycles=3),
    # Table 7-1: VDIV and VSQRT take 14, but integer instructions go on after 1 (note of the table).
    Kind.FP_DIVIDE: Cost(cycles=1, rule=Rule.FLOAT, long_cycles=14),
}


def cost(instruction: Instruction) -> Cost:
    """Return the cycles of an instruction at zero wait states."""
    if instruction.kind is Kind.FP_MOVE:
        return _move(instruction)
    if instruction.kind in {Kind.LOAD, Kind.STORE} and instruction.registers == 2:
        return _double(instruction)
    return _COSTS.get(instruction.kind) or integer_cost(instruction)


def _move(instruction: Instruction) -> Cost:
    """Return the cost of a move.

    Table 7-1: VMOV, VMRS and VMSR take 1; VMOV between two core and two single registers takes 2.
    """
    moved = max((instruction.fp_reads | instruction.fp_writes).bit_count(), 1)
    two_core = (instruction.reads | instruction.writes).bit_count() == 2
    cycles = 2 if moved == 2 and two_core else 1
    return Cost(cycles=cycles, rule=Rule.FLOAT, long_cycles=cycles)


def _double(instruction: Instruction) -> Cost:
    """Return the cost of VLDR.64 or VSTR.64, which take 3 (table 7-1)."""
    rule = Rule.LOAD_MULTIPLE if instruction.kind is Kind.LOAD else Rule.STORE_MULTIPLE
    return Cost(cycles=3, rule=rule)


MODEL = TimingModel(core="cortex-m4", version=VERSION, cost=cost, rules=(*RULES, *_OWN_RULES), fetch=FETCH)
