"""Cycles of exception entry and return, from those of the core at zero wait states (`records.cores`).

Floating-point registers take 17 more each way (Arm knowledge article 103489845), tail-chaining 6 (technical
reference manuals of Cortex-M3 and M4, DDI 0337I and DDI 0439D, section 3.9.1).

The core's numbers hold the fetch of the first instruction. The timing model adds that fetch by itself where
the flow of instructions breaks. So the cycle that it takes at zero wait states is left out here.
"""

from __future__ import annotations

from scons_tinyml.records.cores import Core

TAIL_CHAIN_CYCLES = 6
FLOAT_REGISTERS_CYCLES = 17
_REFILL_CYCLES = 1


def entry_cycles(core: Core, *, has_float: bool, lazy: bool) -> int:
    """Return the cycles from the interrupted instruction to the first of the handler."""
    return core.entry_cycles - _REFILL_CYCLES + (FLOAT_REGISTERS_CYCLES if has_float and not lazy else 0)


def return_cycles(core: Core, *, has_float: bool, lazy: bool, handler_used_float: bool) -> int:
    """Return the cycles from the return to the interrupted instruction.

    Registers that were to be stored lazily were stored in the handler if it used the FPU, and never
    otherwise.
    """
    cycles = core.return_cycles - _REFILL_CYCLES
    if not has_float or (lazy and not handler_used_float):
        return cycles
    return cycles + FLOAT_REGISTERS_CYCLES * (2 if lazy else 1)


def chain_cycles() -> int:
    """Return the cycles from the end of one handler to the first instruction of the next."""
    return TAIL_CHAIN_CYCLES - _REFILL_CYCLES
