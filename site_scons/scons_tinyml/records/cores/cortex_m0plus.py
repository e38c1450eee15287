"""Cortex-M0+: technical reference manual Arm DDI 0484C (r0p1)."""

from __future__ import annotations

from scons_tinyml.records.cores import Core

CORE = Core(
    name="cortex-m0plus",
    architecture="v6m",
    unicorn_model="UC_CPU_ARM_CORTEX_M0",  # Unicorn has no Cortex-M0+; the instructions are the same
    cpuid=0x410C_C601,  # r0p1
    entry_cycles=15,  # section 3.5.1
    return_cycles=13,  # assumed: the entry without the vector fetch
    cycle_counter="systick",
)
