"""Cortex-M3: costs after Arm DDI 0337I (r2p1), table 3-1."""

from __future__ import annotations

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.armv7m import FETCH, RULES, integer_cost
from scons_tinyml.emulator.timing.interface import Cost, Rule, RuleNote, TimingModel

VERSION = "cortex-m3-4"

_OWN_RULES = (
    RuleNote(
        "load with write-back",
        "2, nothing overlaps (1 if the next instruction writes no register is not modelled)",
        "DDI 0337I 3.3.2",
    ),
    RuleNote("multiply-accumulate", "MLA, MLS 2", "DDI 0337I table 3-1"),
    RuleNote(
        "long multiply",
        "3 if a factor is 0. Else 3, and 1 more for each product of half a factor and the other half of the other that "
        "is not 0; signed, the one with the lower half of the second also if a factor is negative. SMLAL, UMLAL: 1 "
        "more for each factor of more than 16 bits",
        "DDI 0337I table 3-1 gives the ranges; measured: cmemu, all classes of factors",
    ),
)

_COSTS = {
    # Table 3-1: MLA and MLS take 2.
    Kind.MULTIPLY_ACCUMULATE: Cost(cycles=2),
    # Table 3-1: 3 to 5 and 4 to 7, "early termination depending on the size of the source values". cmemu
    # measured 9412 pairs of factors each: every one as by this rule; the shortest accumulation takes 3.
    Kind.LONG_MULTIPLY: Cost(cycles=3, rule=Rule.LONG_MULTIPLY, long_cycles=5),
    Kind.LONG_MULTIPLY_ACCUMULATE: Cost(cycles=3, rule=Rule.LONG_MULTIPLY_ACCUMULATE, long_cycles=7),
}


def cost(instruction: Instruction) -> Cost:
    """Return the cycles of an instruction at zero wait states.

    An instruction that the core lacks costs 1: the machine faults on it.
    """
    if instruction.kind.name.startswith("FP_"):
        return Cost()
    if instruction.kind is Kind.LOAD and instruction.base_update:
        # 3.3.2: a load that updates its base is not pipelined, unless the next instruction writes no
        # register.
        return Cost(cycles=2, rule=Rule.LOAD_MULTIPLE)
    return _COSTS.get(instruction.kind) or integer_cost(instruction)


MODEL = TimingModel(
    core="cortex-m3",
    version=VERSION,
    cost=cost,
    rules=(*RULES, *_OWN_RULES),
    fetch=FETCH,
)
