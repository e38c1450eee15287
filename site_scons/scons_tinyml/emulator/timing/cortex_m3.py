"""Cortex-M3: costs after Arm DDI 0337I (r2p1), table 3-1."""

from __future__ import annotations

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.armv7m import RULES, integer_cost
from scons_tinyml.emulator.timing.interface import Band, Cost, Fetch, Rule, RuleNote, TimingModel

VERSION = "cortex-m3-3"

BAND = Band(
    low=-0.06,
    high=0.08,
    basis=(
        "compared with 54 measurements of 42 published functions (AES, floating point, BLAKE2s) on 4 "
        "chips: predicted 0.933 to 1.055 of the measured cycles (docs/validation.md). No neural network is among "
        "them. The band is the worst of all, and at least 5 %"
    ),
)

#: Rules of the Cortex-M4's model that this core has others for.
_OTHERS = {"unaligned wide", "divide"}

_OWN_RULES = (
    RuleNote(
        "unaligned wide",
        "behind an instruction of several cycles three or more 32-bit instructions in a row off word "
        "boundaries: 1 more; stores from the fourth",
        "measured: eprint.iacr.org/2025/523, as quoted by jnk0le (cortex_m3m4.md); that others take none: "
        "key expansions of jnk0le's AES, on both cores",
    ),
    RuleNote(
        "divide",
        "2 if an operand is 0, 3 if the dividend has fewer bits than the divisor, else 5, and 1 more for each 4 "
        "bits that it has more",
        "measured: compendium.i-0.nl; 4 bits a cycle follow from the 12 cycles at most of DDI 0337I table 3-1",
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
        "prefetch after the last word",
        "STM32F1: the fetch of the last word of a line starts the read of the next one",
        "jnk0le's AES on an STM32F103 at 2 wait states",
        fitted=True,
    ),
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
    Kind.DIVIDE: Cost(cycles=2, rule=Rule.DIVIDE_BY_LENGTH, long_cycles=12),
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


MODEL = TimingModel(
    core="cortex-m3",
    version=VERSION,
    band=BAND,
    cost=cost,
    rules=(*(rule for rule in RULES if rule.name not in _OTHERS), *_OWN_RULES),
    fetch=Fetch(data_first=True, decodes_branches=True, wide_after_several=True),
)
