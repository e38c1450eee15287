"""Cortex-M0+: costs after Arm DDI 0484C (r0p1), table 3-1.

The table includes that fetches and data share one bus, at zero wait states. There is no write buffer: a store
takes the bus as a load does, and nothing overlaps with either.
"""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.interface import Bus, Cost, Fetch, Rule, RuleNote, TimingModel
from scons_tinyml.emulator.timing.pipe import Pipe, Unit

VERSION = "cortex-m0plus-1"

TABLE = "DDI 0484C table 3-1"

RULES = (
    RuleNote(
        "data processing", "1 cycle; MULS too, as all parts of the board list have the fast multiplier", TABLE
    ),
    RuleNote("load, store", "2 cycles and the wait states of the access; nothing overlaps with it", TABLE),
    RuleNote("load, store multiple", "1 + N cycles and the wait states of every word", TABLE),
    RuleNote("pop with PC", "3 + N cycles, N with the PC", TABLE),
    RuleNote("branch", "taken 2, not taken 1; BX, BLX and writes of PC 2; BL 3", TABLE),
    RuleNote(
        "special registers, barriers",
        "MRS, MSR, DMB, DSB and ISB 3; CPS 1; WFE and WFI 2 and the wait",
        TABLE,
    ),
    RuleNote(
        "no interlocks", "a loaded value or an address is used without delay", TABLE + ", jnk0le cortex_m0.md"
    ),
    RuleNote("exception entry", "15 cycles at zero wait states", "DDI 0484C section 1.1"),
)

#: Pipe that never waits: when an instruction is over, its results are there.
_NEVER_WAITS = Pipe(Unit.ALU)
#: A jump requests its target in its only cycle, and the target executes two cycles later.
_JUMP = Cost()
_COSTS = {
    Kind.BRANCH: _JUMP,
    Kind.BRANCH_INDIRECT: _JUMP,
    Kind.LOAD: Cost(cycles=2, rule=Rule.LOAD),
    # Same as a multiple of one register: a store waits for its own stalls, for there is no write buffer.
    Kind.STORE: Cost(cycles=2, rule=Rule.STORE_MULTIPLE),
    Kind.BARRIER: Cost(cycles=3),
}


def cost(instruction: Instruction) -> Cost:
    """Return the cycles of an instruction at zero wait states.

    An instruction that the core lacks costs 1: the machine faults on it.
    """
    return replace(_cycles(instruction), scoreboard=_NEVER_WAITS)


def _cycles(instruction: Instruction) -> Cost:
    kind = instruction.kind
    if kind is Kind.LOAD_MULTIPLE:
        # 3 + N: one cycle more than the refill of a branch.
        return Cost(1 + instruction.registers, Rule.LOAD_MULTIPLE, refill=1 if instruction.writes_pc else 0)
    if kind is Kind.STORE_MULTIPLE:
        return Cost(1 + instruction.registers, Rule.STORE_MULTIPLE)
    if kind is Kind.BRANCH and instruction.mnemonic.startswith("bl "):
        return Cost(refill=1)
    if kind is Kind.SPECIAL_REGISTER:
        return Cost(cycles=1 if instruction.mnemonic.startswith("cps") else 3)
    if instruction.mnemonic in {"wfi", "wfe"}:
        return Cost(cycles=2)
    return _COSTS.get(kind, Cost())


MODEL = TimingModel(
    core="cortex-m0plus",
    version=VERSION,
    cost=cost,
    native="scoreboard",
    rules=RULES,
    fetch=Fetch(queue_words=2, from_ram_cycles=0, bus=Bus.ALL_DATA),
    every_access=True,
)
