"""Cortex-M7: technical reference manual Arm DDI 0489 (r1p1)."""

from __future__ import annotations

from scons_tinyml.records.cores import Core

CORE = Core(
    name="cortex-m7",
    architecture="v7em",
    unicorn_model="UC_CPU_ARM_CORTEX_M7",
    cpuid=0x411F_C271,  # r1p1
    entry_cycles=12,  # Arm's white paper on interrupt latency; no manual gives a number
    return_cycles=10,  # assumed: that of the M4
    features=frozenset(("fpu", "fpu_double", "dsp")),
    compiler_fpu="fpv5-sp-d16",
    compiler_double_fpu="fpv5-d16",
    locks_cycle_counter=True,  # CoreSight lock access
    issues_two=True,
    cache_ways=(2, 4),
    images_within=0.10,
)
