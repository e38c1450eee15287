"""Cortex-M3: costs after Arm DDI 0337I (r2p1), table 3-1."""

from __future__ import annotations

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.armv7m import RULES, integer_cost
from scons_tinyml.emulator.timing.interface import Band, Cost, Rule, RuleNote, TimingModel

VERSION = "cortex-m3-2"

BAND = Band(
    low=-0.15,
    high=0.15,
    basis=(
        "no comparison with a Cortex-M3 exists: a judgement. The pipeline is that of the Cortex-M4, which "
        "came within 2 % (docs/validation-mlperf.md); long multiplies, loads with write-back and the flash of "
        "slow parts add to it"
    ),
)

_OWN_RULES = (
    RuleNote(
        "load with write-back",
        "2, nothing overlaps (1 if the next instruction writes no register is not modelled)",
        "DDI 0337I 3.3.2",
    ),
    RuleNote("multiply-accumulate", "MLA, MLS 2", "DDI 0337I table 3-1"),
    RuleNote(
        "long multiply",
        "SMULL, UMULL 3 or 5, SMLAL, UMLAL 4 or 7: the shorter if both factors fit in 16 bits",
        "DDI 0337I table 3-1; measured: bearssl.org/ctmul.html",
    ),
)

_COSTS = {
    # Table 3-1: MLA and MLS take 2.
    Kind.MULTIPLY_ACCUMULATE: Cost(cycles=2),
    # Table 3-1: 3 to 5 and 4 to 7, "early termination depending on the size of the source values". Published
    # measurement (bearssl.org/ctmul): short when both factors are below 65536. Values between are not
    # modelled.
    Kind.LONG_MULTIPLY: Cost(cycles=3, rule=Rule.LONG_MULTIPLY, long_cycles=5),
    Kind.LONG_MULTIPLY_ACCUMULATE: Cost(cycles=4, rule=Rule.LONG_MULTIPLY, long_cycles=7),
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


MODEL = TimingModel(core="cortex-m3", version=VERSION, band=BAND, cost=cost, rules=(*RULES, *_OWN_RULES))
