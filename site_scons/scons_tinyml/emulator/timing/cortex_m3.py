"""Cortex-M3: costs after Arm DDI 0337I (r2p1), table 3-1."""

from __future__ import annotations

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.armv7m import integer_cost
from scons_tinyml.emulator.timing.interface import Band, Cost, Rule, TimingModel

VERSION = "cortex-m3-1"

BAND = Band(
    low=-0.15,
    high=0.15,
    basis=(
        "not yet validated by this project against hardware, and no comparison with a Cortex-M3 exists; the pipeline "
        "and memory rules are those of the Cortex-M4 model (10 %), the long multiplies and the flash of slow "
        "parts add to it"
    ),
)

_COSTS = {
    # Table 3-1: MLA and MLS take 2.
    Kind.MULTIPLY_ACCUMULATE: Cost(cycles=2),
    # Table 3-1: 3 to 5 and 4 to 7, "early termination depending on the size of the source values". Published
    # measurement (bearssl.org/ctmul): short when both factors are below 65536. Values between are not modelled.
    Kind.LONG_MULTIPLY: Cost(cycles=3, rule=Rule.LONG_MULTIPLY, long_cycles=5),
    Kind.LONG_MULTIPLY_ACCUMULATE: Cost(cycles=4, rule=Rule.LONG_MULTIPLY, long_cycles=7),
}


def cost(instruction: Instruction) -> Cost:
    """Cycles of an instruction at zero wait states. What the core lacks costs 1: the machine faults on it."""
    if instruction.kind.name.startswith("FP_"):
        return Cost()
    return _COSTS.get(instruction.kind) or integer_cost(instruction)


MODEL = TimingModel(core="cortex-m3", version=VERSION, band=BAND, cost=cost)
