"""Instruction costs that the Cortex-M3 and Cortex-M4 share.

Sources: Cortex-M3 technical reference manual r2p1 (Arm DDI 0337I), table 3-1 and section 3.3.2; Cortex-M4
technical reference manual r0p1 (Arm DDI 0439D), table 3-1 and section 3.3.3, whose text on loads and stores
is the same. "Published measurement" is compendium.i-0.nl (Cortex-M4 on an STM32L4). "Fitted" values were
chosen because whole programs came out as measured on boards.
"""

from __future__ import annotations

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.interface import Cost, Fetch, Rule, RuleNote

TABLES = "DDI 0337I table 3-1; DDI 0439D table 3-1"
PAIRING = "DDI 0337I 3.3.2; DDI 0439D 3.3.3"
PROGRAMS = "whole networks on STM32L4R5"

RULES = (
    RuleNote("data processing", "1 cycle; MUL, saturation, packing, bit fields and hints too", TABLES),
    RuleNote(
        "fetch",
        "a queue of three words runs ahead, a word a cycle while there is room. A word leaves it as its last "
        "instruction starts to execute, which the fetch unit foresees unless the one before takes several cycles: "
        "so of 32-bit instructions off word boundaries behind it the third waits",
        "Arm knowledge base 103488664; DDI 0337G 1.4; measured: cmemu, eprint.iacr.org/2025/523",
    ),
    RuleNote(
        "branch",
        "taken 2, BX LR and MOV PC, LR too; 1 more to an unaligned 32-bit instruction; not taken 1",
        f"{TABLES}; DDI 0337G table 15-3; measured: compendium.i-0.nl",
    ),
    RuleNote(
        "late branch",
        "BX, BLX, MOV PC of another register, taken CBZ and CBNZ: 3",
        "DDI 0337G table 15-3; the M4's manual is silent, its fetch unit is the same",
    ),
    RuleNote(
        "return from memory",
        "LDR PC 5; POP and LDM with PC: 1 + N, and 2",
        f"{PAIRING}; {PROGRAMS}",
        fitted=True,
    ),
    RuleNote("table branch", "6 cycles", PAIRING),
    RuleNote(
        "load",
        "2 cycles; 1 behind a load whose value is not in its address; 3 behind a store of one cycle",
        f"{PAIRING}; behind a store: measured, jnk0le cortex_m3m4.md, cmemu",
    ),
    RuleNote(
        "two buses",
        "accesses overlap in one memory only: below 0x2000_0000 (DCode), RAM, and devices do not with each other",
        "measured: cmemu, ldr_two_memories; jnk0le cortex_m3m4.md",
    ),
    RuleNote(
        "store",
        "1 cycle, with a register offset 2; 1 less with the load before it, whose data comes while the store sends its "
        "address",
        f"{PAIRING}; without an offset too: measured, jnk0le cortex_m3m4.md, cmemu ldr_str_timing",
    ),
    RuleNote("data bus", "a store waits in the write buffer, the next access for the store", PAIRING),
    RuleNote(
        "address of data processing",
        "1 more if the instruction before computes a register of the address",
        PAIRING,
    ),
    RuleNote("double, multiple", "1 + N cycles, nothing overlaps", f"{TABLES}; {PAIRING}"),
    RuleNote("unaligned access", "a load that is split: 1 more for each further access", PAIRING),
    RuleNote(
        "divide",
        "2 if an operand is 0, 3 if the dividend has fewer bits than the divisor, else 5, and 1 more for each 4 "
        "bits that it has more; a negative divisor is as long as its complement",
        f"measured: cmemu, compendium.i-0.nl; in the range of {TABLES}",
    ),
    RuleNote(
        "IT",
        "0 behind a 16-bit instruction if it was fetched by then, else 1; what it skips 1, and no access",
        f"{TABLES}: can be folded; when is assumed",
    ),
    RuleNote("barrier", "DMB, DSB 1; ISB 2", TABLES),
    RuleNote("special registers", "MRS, MSR, CPS 2", f"{TABLES}: 1 or 2"),
    RuleNote(
        "system bus fetch",
        "code in RAM from 0x2000_0000 on: a fetch takes one cycle more",
        "DDI 0337I 2.3.1; DDI 0439D 2.3.1",
    ),
    RuleNote("exception entry", "12 cycles at zero wait states", "DDI 0337I 3.9.1; DDI 0439D 3.9.1"),
    RuleNote(
        "flash",
        "one read at a time, a line each; code of the line that was read last is there",
        "RM0351 3.3.4",
    ),
    RuleNote(
        "prefetch",
        "the next line is read when the first word of a line is requested and the flash is free; a read that has not "
        "begun gives way to any other",
        "RM0351 3.3.4; who gives way is assumed",
    ),
    RuleNote("caches", "lines of code and of data that were read before take no wait states", "RM0351 3.3.4"),
    RuleNote(
        "next cache line",
        "STM32L4R5: code that goes on into the next line of the instruction cache takes a cycle",
        PROGRAMS,
        fitted=True,
    ),
    RuleNote(
        "branch in decode",
        "the target of B, BL and BX LR is requested while they are decoded, also when the instruction before "
        "takes several cycles; taken 2 at least",
        "DDI 0337G 15.3",
    ),
    RuleNote(
        "branch that is not taken",
        "1, and the fetch of its target takes a cycle of the fetch unit",
        "DDI 0337G 1.4, 15.3",
    ),
    RuleNote(
        "data before code",
        "of requests to the flash in one cycle that for data goes first, and a prefetch last",
        "RM0090 3.5, RM0351 3.3.4: DCode goes before ICode; the manuals of STM32F1 and L1 are silent",
    ),
    RuleNote(
        "flash data register",
        "data of the line that was read last; 16 bytes before a data cache",
        PROGRAMS,
        fitted=True,
    ),
)

FETCH = Fetch(data_first=True, decodes_branches=True, prefetches_on_entry=True)

# Refill P of table 3-1 is 1 to 3, by alignment and width of the target and by whether the address was known
# early. Targets of B, BL, BX LR, BLX LR and MOV PC, LR are known while these decode. Those of CBZ, CBNZ and
# of BX, BLX and MOV PC with another register are known when they execute (DDI 0337G table 15-3; the M4's
# manual is silent, its fetch unit is the same). P = 1, and one more to an unaligned wide target (published
# measurement), which the queue gives by itself.
REFILL_DIRECT = 0
REFILL_REGISTER = 1
# "LDR PC,[any] ... at least two cycles for the load, and three cycles for the pipeline reload", the same
# section on TBB and TBH: two for the load, one for the add, three for the reload.
REFILL_LOADED = 2

_LOAD = Cost(cycles=2, rule=Rule.LOAD, pipelines=True)

_COSTS = {
    # Table 3-1: 1 for data processing, MUL, CLZ, saturation, packing, extension, bit fields and hints.
    Kind.DATA: Cost(),
    Kind.MULTIPLY: Cost(),
    # Table 3-1: 2 to 12, ended early by leading zeros and ones. The curve between was measured (compendium).
    Kind.DIVIDE: Cost(cycles=2, rule=Rule.DIVIDE_BY_LENGTH, long_cycles=12),
    # Table 3-1: 2, and 3.3.2: "if the next instruction is an LDR or STR ... one cycle is removed".
    Kind.LOAD: _LOAD,
    # Table 3-1: 1 + N, and 3.3.2: LDRD, STRD, LDM and STM do not pipeline with their neighbours.
    Kind.BRANCH: Cost(refill=REFILL_DIRECT),
    Kind.BRANCH_INDIRECT: Cost(refill=REFILL_REGISTER),
    Kind.TABLE_BRANCH: Cost(cycles=3, rule=Rule.LOAD, refill=REFILL_LOADED, pipelines=True),
    # Table 3-1: 1, "IT instructions can be folded". The condition is not given: see native/three_stage.py.
    Kind.IT: Cost(rule=Rule.FOLDED),
    # Table 3-1: 1 + B, where B of DSB and DMB is at least 0 and that of ISB a refill.
    Kind.BARRIER: Cost(),
    # Table 3-1: MRS, MSR and CPS take 1 or 2. The longer is taken.
    Kind.SPECIAL_REGISTER: Cost(cycles=2),
}


def integer_cost(instruction: Instruction) -> Cost:
    """Return the cost of an instruction that both cores treat alike. Raises KeyError for other kinds."""
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
    if kind is Kind.BRANCH_INDIRECT and instruction.mnemonic.endswith(" lr"):
        return Cost(refill=REFILL_DIRECT)
    if kind is Kind.BRANCH and instruction.mnemonic.startswith("cb"):
        return Cost(refill=REFILL_REGISTER)
    return _COSTS[kind]


def _store(instruction: Instruction) -> Cost:
    """Return the cost of a store.

    3.3.2: STR Rx,[Ry,#imm] is always one cycle; with a register offset it is the 2 of table 3-1. Behind a load
    both take one less: cmemu measures 3 cycles a pair of LDR and STR in turn, 2 of which are the load's behind a store.
    """
    indexed = instruction.memory is not None and instruction.memory.index is not None
    return Cost(cycles=2 if indexed else 1, rule=Rule.STORE, pipelines=True)
