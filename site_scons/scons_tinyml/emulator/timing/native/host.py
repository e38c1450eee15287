"""Hand-over of native code to the host: a budget used up, an event that is due, an interrupt unmasked."""

from __future__ import annotations

from typing import Any

from unicorn.arm_const import UC_ARM_REG_BASEPRI, UC_ARM_REG_FAULTMASK, UC_ARM_REG_PRIMASK

from scons_tinyml.emulator.timing.native.calls import native, read_register

_PRIMASK, _FAULTMASK, _BASEPRI = UC_ARM_REG_PRIMASK, UC_ARM_REG_FAULTMASK, UC_ARM_REG_BASEPRI


@native
def masks_now(state: Any, engine: int) -> int:
    """Return the masks of interrupts: PRIMASK in bit 0, FAULTMASK in bit 1, BASEPRI from bit 2."""
    primask = read_register(state.mask_read, engine, _PRIMASK) & 1
    faultmask = read_register(state.mask_read, engine, _FAULTMASK) & 1
    return int(primask | faultmask << 1 | (read_register(state.mask_read, engine, _BASEPRI) & 0xFF) << 2)


@native
def host_acts(state: Any, engine: int) -> bool:
    """Return whether the host has to act before anything else is executed.

    This is only called at `deadline` or `pause`. `deadline` is 0 while an interrupt waits behind a mask:
    then the masks are compared at every block.
    """
    state.limit_reached = state.instructions >= state.limit
    pauses = state.instructions >= state.pause
    unmasked = state.now >= state.deadline and masks_now(state, engine) != state.masks
    state.stop_requested = state.limit_reached or pauses or state.now >= state.wake or unmasked
    return bool(state.stop_requested)
