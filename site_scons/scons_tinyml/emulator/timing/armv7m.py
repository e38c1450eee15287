"""Instruction costs that the Cortex-M3 and Cortex-M4 share.

Sources: Cortex-M3 technical reference manual r2p1 (Arm DDI 0337I), table 3-1 and section 3.3.2; Cortex-M4
technical reference manual r0p1 (Arm DDI 0439D), table 3-1 and section 3.3.3, whose text on loads and stores is
the same. "Published measurement" is compendium.i-0.nl (Cortex-M4 on an STM32L4). "Fitted" means: chosen because
whole programs came out as measured on boards.
"""

from __future__ import annotations

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.interface import Cost, Rule

# Refill P of table 3-1 is 1 to 3 by alignment and width of the target and by whether the address was known early.
# Direct branches are resolved while they decode (DDI 0337E section 1.4): P = 1, or 2 to an unaligned wide target
# (published measurement), which the fetch queue gives by itself. Fitted: one more for BX, BLX and POP {pc}.
REFILL_DIRECT = 0
REFILL_REGISTER = 1
# "LDR PC,[any] ... at least two cycles for the load, and three cycles for the pipeline reload", the same section on
# TBB and TBH: two for the load, one for the add, three for the reload.
REFILL_LOADED = 2

_LOAD = Cost(cycles=2, rule=Rule.LOAD, pipelines=True)

_COSTS = {
    # Table 3-1: 1 for data processing, MUL, CLZ, saturation, packing, extension, bit fields; hints are 1 as well.
    Kind.DATA: Cost(),
    Kind.MULTIPLY: Cost(),
    # Table 3-1: 2 to 12, ended early by leading zeros and ones. The curve between is an assumption (linear in bits
    # of the quotient, four a cycle): the manual gives the range only.
    Kind.DIVIDE: Cost(cycles=2, rule=Rule.DIVIDE, long_cycles=12),
    # Table 3-1: 2, and 3.3.2: "if the next instruction is an LDR or STR ... one cycle is removed".
    Kind.LOAD: _LOAD,
    # Table 3-1: 1 + N, and 3.3.2: LDRD, STRD, LDM and STM do not pipeline with their neighbours.
    Kind.BRANCH: Cost(refill=REFILL_DIRECT),
    Kind.BRANCH_INDIRECT: Cost(refill=REFILL_REGISTER),
    Kind.TABLE_BRANCH: Cost(cycles=3, rule=Rule.LOAD, refill=REFILL_LOADED, pipelines=True),
    # Table 3-1: 1, "IT instructions can be folded". When is not said: see native/pipeline.py.
    Kind.IT: Cost(rule=Rule.FOLDED),
    # Table 3-1: 1 + B, where B of DSB and DMB is at least 0 and that of ISB a refill.
    Kind.BARRIER: Cost(),
    # Table 3-1: MRS, MSR and CPS take 1 or 2. The longer is taken.
    Kind.SPECIAL_REGISTER: Cost(cycles=2),
}


def integer_cost(instruction: Instruction) -> Cost:
    """Cost of an instruction that both cores treat alike; KeyError for a kind that they do not."""
    kind = instruction.kind
    if kind is Kind.STORE:
        return _store(instruction)
    if kind in {Kind.LOAD_DOUBLE, Kind.LOAD_MULTIPLE}:
        refill = REFILL_REGISTER if instruction.writes_pc else 0
        return Cost(1 + instruction.registers, Rule.LOAD_MULTIPLE, refill=refill)
    if kind in {Kind.STORE_DOUBLE, Kind.STORE_MULTIPLE}:
        return Cost(1 + instruction.registers, Rule.STORE_MULTIPLE)
    if kind is Kind.LOAD and instruction.writes_pc:
        return Cost(cycles=2, rule=Rule.LOAD, refill=REFILL_LOADED, pipelines=True)
    if kind is Kind.BARRIER and instruction.mnemonic.startswith("isb"):
        return Cost(cycles=1 + 1)
    return _COSTS[kind]


def _store(instruction: Instruction) -> Cost:
    """3.3.2: STR Rx,[Ry,#imm] is always one cycle; with a register offset it is the 2 of table 3-1."""
    indexed = instruction.memory is not None and instruction.memory.index is not None
    return Cost(cycles=2 if indexed else 1, rule=Rule.STORE, pipelines=indexed)
