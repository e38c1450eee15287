"""Cortex-M4: technical reference manual Arm DDI 0439D (r0p1)."""

from __future__ import annotations

from scons_tinyml.records.cores import Core

CORE = Core(
    name="cortex-m4",
    architecture="v7em",
    unicorn_model="UC_CPU_ARM_CORTEX_M4",
    cpuid=0x410F_C241,  # r0p1
    entry_cycles=12,  # section 3.9.1
    return_cycles=10,  # Arm knowledge article 103489845
    features=frozenset(("fpu", "dsp")),
    compiler_fpu="fpv4-sp-d16",
    has_bit_bands=True,  # section 3.4.2
)
