"""Exception entry and return: the stack frame, the mode and the stack pointers (sections B1.5.6 to B1.5.8)."""

from __future__ import annotations

import struct
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
_FLAGS = arm_const.UC_ARM_REG_APSR_NZCV
_FLOATS = tuple(arm_const.UC_ARM_REG_S0 + number for number in range(16))
_NPRIV, _SPSEL, _FPCA, _SFPA = 1, 2, 4, 8
_THUMB, _ALIGNED, _EXCEPTION_NUMBER = 1 << 24, 1 << 9, 0x1FF
_BASIC, _EXTENDED = struct.Struct("<8I"), struct.Struct("<26I")
# EXC_RETURN: which frame, mode and stack to return to (table B1-8; ARMv8-M ARM, DDI 0553, section 'EXC_RETURN').
_TO_THREAD, _FROM_PSP, _BASIC_FRAME = 1 << 3, 1 << 2, 1 << 4
_NO_SECURITY, _WITH_SECURITY = 0xFFFF_FFE1, 0xFFFF_FFA0


class Core(Protocol):
    """The part of the engine that entry and return need."""

    def read_register(self, register: int) -> int:
        """Value of a register by Unicorn's id."""

    def write_register(self, register: int, value: int) -> None:
        """Set a register by Unicorn's id."""

    def read(self, address: int, size: int) -> bytes:
        """Bytes of memory."""

    def write(self, address: int, data: bytes) -> None:
        """Write memory."""


@dataclass(frozen=True)
class Context:
    """What registers outside of the core say about frames: FPCCR.ASPEN, CCR.STKALIGN, and the architecture."""

    saves_float: bool
    aligns: bool
    armv8: bool


def exception_number(core: Core) -> int:
    """IPSR: 0 in thread mode."""
    return core.read_register(_XPSR) & _EXCEPTION_NUMBER


def frame_of_entry(core: Core, context: Context) -> tuple[int, int]:
    """(address, size in bytes) of the frame that an exception would push now."""
    extended = context.saves_float and core.read_register(_CONTROL) & _FPCA
    size = _EXTENDED.size if extended else _BASIC.size
    pointer = core.read_register(_SP) - size
    return pointer & ~(4 if context.aligns or extended else 0), size


def enter(core: Core, number: int, handler: int, context: Context) -> bool:
    """Push a frame on the stack in use, and go to `handler`; whether the frame has floating-point registers."""
    control, status = core.read_register(_CONTROL), core.read_register(_XPSR)
    pointer, size = frame_of_entry(core, context)
    moved = core.read_register(_SP) - size != pointer
    words = [core.read_register(register) for register in (*_GENERAL, _LR, _PC)]
    words.append(status & ~_ALIGNED | (_ALIGNED if moved else 0))
    extended = size == _EXTENDED.size
    if extended:
        # Stored at once: lazy preservation only decides when, and whether it costs time (section B1.5.7).
        words += [*(core.read_register(register) for register in _FLOATS), core.read_register(_FPSCR), 0]
    core.write(pointer, (_EXTENDED if extended else _BASIC).pack(*words))
    core.write_register(_SP, pointer)
    handler_mode = bool(status & _EXCEPTION_NUMBER)
    uses_psp = not handler_mode and bool(control & _SPSEL)
    _to_handler(core, number, control)
    core.write_register(_LR, _return_value(context, extended, handler_mode, uses_psp))
    core.write_register(_PC, handler | 1)
    _follow_mode(core)
    return extended


def leave(core: Core, value: int, context: Context) -> bool:
    """Pop the frame that EXC_RETURN `value` names; whether it has floating-point registers."""
    to_thread, extended = bool(value & _TO_THREAD), not value & _BASIC_FRAME
    stack = _PSP if value & _FROM_PSP else _MSP
    pointer = core.read_register(stack)
    layout = _EXTENDED if extended else _BASIC
    words = layout.unpack(core.read(pointer, layout.size))
    for register, word in zip((*_GENERAL, _LR), words, strict=False):
        core.write_register(register, word)
    status = words[7]
    aligned = 4 if status & _ALIGNED and (context.aligns or extended) else 0
    core.write_register(stack, pointer + layout.size | aligned)
    _from_handler(core, status, to_thread, value)
    if extended:
        for register, word in zip((*_FLOATS, _FPSCR), words[8:], strict=False):
            core.write_register(register, word)
    core.write_register(_PC, words[6] | 1)
    _follow_mode(core)
    return extended


def chain(core: Core, number: int, handler: int, value: int) -> None:
    """Go from the end of one handler to the next without touching the stack (section B1.5.12)."""
    core.write_register(_XPSR_WRITE, number | _THUMB)
    core.write_register(_CONTROL, core.read_register(_CONTROL) & _NPRIV)
    core.write_register(_LR, value)
    core.write_register(_PC, handler | 1)
    _follow_mode(core)


def uses_float(core: Core) -> bool:
    """CONTROL.FPCA: a floating-point instruction was executed since the exception was taken."""
    return bool(core.read_register(_CONTROL) & _FPCA)


def _to_handler(core: Core, number: int, control: int) -> None:
    """Handler mode on the main stack, with SPSEL and FPCA cleared and nPRIV kept."""
    core.write_register(_XPSR_WRITE, number | _THUMB)
    core.write_register(_CONTROL, 0)
    if control & _SPSEL:
        core.write_register(_XPSR_WRITE, _THUMB)  # ARMv7-M writes SPSEL in thread mode only
        core.write_register(_CONTROL, 0)
        core.write_register(_XPSR_WRITE, number | _THUMB)
    if control & _NPRIV:
        core.write_register(_CONTROL, _NPRIV)


def _from_handler(core: Core, status: int, to_thread: bool, value: int) -> None:
    """Mode and stack as EXC_RETURN says, flags and IT state as they were stacked."""
    unprivileged = core.read_register(_CONTROL) & _NPRIV
    core.write_register(_CONTROL, 0)  # thread mode without privilege could not write what follows
    core.write_register(_XPSR_WRITE, status & ~_ALIGNED)
    control = 0 if value & _BASIC_FRAME else _FPCA | _SFPA
    if to_thread:
        control |= unprivileged | (_SPSEL if value & _FROM_PSP else 0)
    else:
        control |= unprivileged
    core.write_register(_CONTROL, control)


def _return_value(context: Context, extended: bool, handler_mode: bool, uses_psp: bool) -> int:
    value = 0 if extended else _BASIC_FRAME
    value |= 0 if handler_mode else _TO_THREAD
    value |= _FROM_PSP if uses_psp else 0
    return (_WITH_SECURITY if context.armv8 else _NO_SECURITY) | value


def _follow_mode(core: Core) -> None:
    """Unicorn notices a change of mode when it recomputes its flags, which writing the condition flags makes it do."""
    core.write_register(_FLAGS, core.read_register(_XPSR))
