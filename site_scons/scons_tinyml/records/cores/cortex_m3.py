"""Cortex-M3: technical reference manual Arm DDI 0337I (r2p1)."""

from __future__ import annotations

from scons_tinyml.records.cores import Core

CORE = Core(
    name="cortex-m3",
    architecture="v7m",
    unicorn_model="UC_CPU_ARM_CORTEX_M3",
    cpuid=0x412F_C231,  # r2p1
    entry_cycles=12,  # section 3.9.1
    return_cycles=10,  # Arm knowledge article 103489845, which corrects the manual's 12
    has_bit_bands=True,
)
