"""Exception entry and return: stack frame, mode and stack pointers (sections B1.5.6 to B1.5.8)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from unicorn import arm_const

_GENERAL = (*(arm_const.UC_ARM_REG_R0 + number for number in range(4)), arm_const.UC_ARM_REG_R12)
_SP, _LR, _PC = arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR, arm_const.UC_ARM_REG_PC
_MSP, _PSP, _CONTROL = arm_const.UC_ARM_REG_MSP, arm_const.UC_ARM_REG_PSP, arm_const.UC_ARM_REG_CONTROL
_XPSR, _XPSR_WRITE, _FPSCR = (
    arm_const.UC_ARM_REG_XPSR,
    arm_const.UC_ARM_REG_XPSR_NZCVQG,
    arm_const.UC_ARM_REG_FPSCR,
)
#: Writing the flags makes Unicorn notice that the mode has changed.
_FLAGS = arm_const.UC_ARM_REG_APSR_NZCV
_PUSHED = (*_GENERAL, _LR, _PC, _XPSR, _SP, _CONTROL)
_FLOATS = (*(arm_const.UC_ARM_REG_S0 + number for number in range(16)), _FPSCR)
_NPRIV, _SPSEL, _FPCA, _SFPA = 1, 2, 4, 8
_THUMB, _ALIGNED, _EXCEPTION_NUMBER = 1 << 24, 1 << 9, 0x1FF
_BASIC, _EXTENDED = struct.Struct("<8I"), struct.Struct("<26I")
# EXC_RETURN: frame, mode and stack to return to (table B1-8; ARMv8-M ARM, DDI 0553, section 'EXC_RETURN').
_TO_THREAD, _FROM_PSP, _BASIC_FRAME = 1 << 3, 1 << 2, 1 << 4
_NO_SECURITY, _WITH_SECURITY = 0xFFFF_FFE1, 0xFFFF_FFA0


class Core(Protocol):
    """Part of the engine that entry and return need."""

    def read_registers(self, registers: tuple[int, ...]) -> list[int]:
        """Return the values of registers by Unicorn's ids."""

    def write_registers(self, registers: tuple[int, ...], values: Iterable[int]) -> None:
        """Set registers by Unicorn's ids, one after the other."""

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes at `address`."""

    def write(self, address: int, data: bytes) -> None:
        """Write `data` at `address`."""


@dataclass(frozen=True)
class Context:
    """Settings of frames outside of the core: FPCCR.ASPEN, CCR.STKALIGN, and the architecture."""

    saves_float: bool
    aligns: bool
    armv8: bool


def exception_number(core: Core) -> int:
    """Return IPSR, which is 0 in thread mode."""
    return core.read_registers((_XPSR,))[0] & _EXCEPTION_NUMBER


def uses_float(core: Core) -> bool:
    """Return CONTROL.FPCA: a floating-point instruction was executed since the exception was taken."""
    return bool(core.read_registers((_CONTROL,))[0] & _FPCA)


def frame_of_entry(core: Core, context: Context) -> tuple[int, int]:
    """Return (address, size in bytes) of the frame that an exception would push now."""
    pointer, control = core.read_registers((_SP, _CONTROL))
    extended = context.saves_float and control & _FPCA
    size = _EXTENDED.size if extended else _BASIC.size
    return pointer - size & ~(4 if context.aligns or extended else 0), size


def enter(core: Core, number: int, handler: int, context: Context) -> bool:
    """Push a frame on the stack in use, and go to `handler`.

    Return whether the frame has floating-point registers.
    """
    pointer, size = frame_of_entry(core, context)
    *words, status, before, control = core.read_registers(_PUSHED)
    words.append(status & ~_ALIGNED | (_ALIGNED if before - size != pointer else 0))
    extended = size == _EXTENDED.size
    if extended:
        # Stored at once: lazy preservation only decides the time of the store, and its cost (section B1.5.7).
        words += [*core.read_registers(_FLOATS), 0]
    core.write(pointer, (_EXTENDED if extended else _BASIC).pack(*words))
    from_handler = bool(status & _EXCEPTION_NUMBER)
    uses_psp = not from_handler and bool(control & _SPSEL)
    core.write_registers((_SP,), (pointer,))
    _to_handler(core, number, control)
    value = _return_value(context, extended, from_handler, uses_psp)
    core.write_registers((_LR, _PC, _FLAGS), (value, handler | 1, 0))
    return extended


def leave(core: Core, value: int, context: Context) -> bool:
    """Pop the frame that EXC_RETURN `value` names. Return whether it has floating-point registers."""
    extended = not value & _BASIC_FRAME
    stack = _PSP if value & _FROM_PSP else _MSP
    pointer, unprivileged = core.read_registers((stack, _CONTROL))
    unprivileged &= _NPRIV
    layout = _EXTENDED if extended else _BASIC
    *general, target, status = layout.unpack(core.read(pointer, layout.size))[:8]
    aligned = 4 if status & _ALIGNED and (context.aligns or extended) else 0
    control = unprivileged | (0 if value & _BASIC_FRAME else _FPCA | _SFPA)
    if value & _TO_THREAD:
        control |= _SPSEL if value & _FROM_PSP else 0
    # CONTROL first loses nPRIV: thread mode without privilege could not write the rest.
    core.write_registers(
        (*_GENERAL, _LR, stack, _CONTROL, _XPSR_WRITE, _CONTROL),
        (*general, pointer + layout.size | aligned, 0, status & ~_ALIGNED, control),
    )
    if extended:
        core.write_registers(_FLOATS, layout.unpack(core.read(pointer, layout.size))[8:25])
    core.write_registers((_PC, _FLAGS), (target | 1, status))
    return extended


def chain(core: Core, number: int, handler: int, value: int) -> None:
    """Go from the end of one handler to the next without touching the stack (section B1.5.12)."""
    (control,) = core.read_registers((_CONTROL,))
    core.write_registers(
        (_XPSR_WRITE, _CONTROL, _LR, _PC, _FLAGS), (number | _THUMB, control & _NPRIV, value, handler | 1, 0)
    )


def _to_handler(core: Core, number: int, control: int) -> None:
    """Enter handler mode on the main stack. Clear SPSEL and FPCA, keep nPRIV."""
    core.write_registers((_XPSR_WRITE, _CONTROL), (number | _THUMB, 0))
    if control & _SPSEL:  # ARMv7-M writes it in thread mode only
        core.write_registers((_XPSR_WRITE, _CONTROL, _XPSR_WRITE), (_THUMB, 0, number | _THUMB))
    if control & _NPRIV:
        core.write_registers((_CONTROL,), (_NPRIV,))


def _return_value(context: Context, extended: bool, from_handler: bool, uses_psp: bool) -> int:
    value = 0 if extended else _BASIC_FRAME
    value |= 0 if from_handler else _TO_THREAD
    value |= _FROM_PSP if uses_psp else 0
    return (_WITH_SECURITY if context.armv8 else _NO_SECURITY) | value
