"""Cortex-M33: technical reference manual Arm 100230 (r0p4)."""

from __future__ import annotations

from scons_tinyml.records.cores import Core

CORE = Core(
    name="cortex-m33",
    architecture="v8m",
    unicorn_model="UC_CPU_ARM_CORTEX_M33",
    cpuid=0x410F_D214,  # r0p4
    entry_cycles=12,  # Arm's white paper on interrupt latency; no manual gives a number
    return_cycles=10,  # assumed: that of the M4
    features=frozenset(("fpu", "dsp")),
    compiler_fpu="fpv5-sp-d16",
)
