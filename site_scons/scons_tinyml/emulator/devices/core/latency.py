"""Cycles of exception entry and return.

Entry, at zero wait states: 15 cycles on Cortex-M0+ (TRM, DDI 0484C, section 3.5.1), 12 on M3 and M4 (TRM, DDI 0337I and
DDI 0439D, section 3.9.1). Return: 10 on M3 and M4, and 17 more for floating-point registers each way (Arm knowledge
article 103489845, which corrects the 12 of the M3's manual). Tail-chaining: 6 (same manuals).
For M7 and M33 no manual gives a number: Arm's white paper on interrupt latency has 12 for both, their return is taken
to be as long as the M4's. The return of the M0+ is taken to be as long as its entry without the vector fetch.

These numbers hold the fetch of the first instruction, which the timing model adds by itself where the flow of
instructions breaks: the cycle that this takes at zero wait states is left out here.
"""

from __future__ import annotations

ENTRY_CYCLES = {"cortex-m0plus": 15, "cortex-m3": 12, "cortex-m4": 12, "cortex-m7": 12, "cortex-m33": 12}
RETURN_CYCLES = {"cortex-m0plus": 13, "cortex-m3": 10, "cortex-m4": 10, "cortex-m7": 10, "cortex-m33": 10}
TAIL_CHAIN_CYCLES = 6
FLOAT_REGISTERS_CYCLES = 17
_REFILL_CYCLES = 1


def entry_cycles(core: str, *, has_float: bool, lazy: bool) -> int:
    """From the instruction that is interrupted to the first of the handler."""
    return ENTRY_CYCLES[core] - _REFILL_CYCLES + (FLOAT_REGISTERS_CYCLES if has_float and not lazy else 0)


def return_cycles(core: str, *, has_float: bool, lazy: bool, handler_used_float: bool) -> int:
    """From the return to the interrupted instruction.

    Registers that were to be stored lazily were stored in the handler if it used the FPU, and never otherwise.
    """
    cycles = RETURN_CYCLES[core] - _REFILL_CYCLES
    if not has_float or (lazy and not handler_used_float):
        return cycles
    return cycles + FLOAT_REGISTERS_CYCLES * (2 if lazy else 1)


def chain_cycles() -> int:
    """From the end of one handler to the first instruction of the next."""
    return TAIL_CHAIN_CYCLES - _REFILL_CYCLES
