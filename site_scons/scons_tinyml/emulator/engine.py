"""Unicorn as the machine uses it: memory, registers, native hooks and what a run ended with.

Native hooks are registered through ctypes on the library inside the unicorn wheel: its Python interface only takes
Python callbacks, and one of those per instruction is a hundred times slower.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import unicorn
from unicorn import arm_const, unicorn_const

from scons_tinyml.emulator.faults import Access
from scons_tinyml.records.errors import InternalError

_CPU = {
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
}
_VERBS = {
    unicorn_const.UC_MEM_READ_UNMAPPED: "read",
    unicorn_const.UC_MEM_READ_PROT: "read",
    unicorn_const.UC_MEM_WRITE_UNMAPPED: "write",
    unicorn_const.UC_MEM_WRITE_PROT: "write",
    unicorn_const.UC_MEM_FETCH_UNMAPPED: "fetch",
    unicorn_const.UC_MEM_FETCH_PROT: "fetch",
}
_NO_ERROR = 0
_THUMB_STATE = 0x01000000
_DECODER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int64)

FLASH = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_EXEC
RAM = unicorn_const.UC_PROT_ALL
DEVICE = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE


class Engine:
    """One Unicorn instance for a core. Hooks must be added before the first run: translated code keeps none."""

    def __init__(self, core: str) -> None:
        # Not UC_MODE_MCLASS: it makes every model a Cortex-M33, with its FPU and DSP instructions.
        self._uc = unicorn.Uc(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB)
        self._uc.ctl_set_cpu_model(_CPU[core])
        self._library = unicorn.unicorn_py3.unicorn.uclib
        self._kept: list[Any] = []  # what native code points to
        self.access: Access | None = None
        self.exception: int | None = None
        self._uc.hook_add(unicorn_const.UC_HOOK_MEM_INVALID, self._on_access)
        self._uc.hook_add(unicorn_const.UC_HOOK_INTR, self._on_exception)

    def map(self, address: int, memory: Any, protection: int) -> None:
        """Put host memory (a numpy array of bytes, whole pages) at an address."""
        self._kept.append(memory)
        self._uc.mem_map_ptr(address, memory.nbytes, protection, memory.ctypes.data)

    def add_native_hook(self, kind: int, function: int, state: Any) -> None:
        """Have `function` (address of a uc_cb_hookcode_t) called with the numpy array `state`."""
        self._kept.append(state)
        add = ctypes.CFUNCTYPE(
            ctypes.c_int,
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_int,
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_uint64,
            ctypes.c_uint64,
        )(self.address_of("uc_hook_add"))
        handle = ctypes.c_size_t()
        everywhere = (1, 0)  # begin > end
        status = add(self._uc._uch, ctypes.addressof(handle), kind, function, state.ctypes.data, *everywhere)
        if status != _NO_ERROR:
            raise InternalError(f"Unicorn refuses the hook with error {status}")

    def address_of(self, name: str) -> int:
        """Address of a function of Unicorn's C interface."""
        return ctypes.cast(getattr(self._library, name), ctypes.c_void_p).value or 0

    def decoder(self, function: Callable[[int], int]) -> int:
        """Address at which native code can call a Python function of an address."""
        callback = _DECODER(function)
        self._kept.append(callback)
        return ctypes.cast(callback, ctypes.c_void_p).value or 0

    def read_register(self, register: int) -> int:
        """Value of a register by Unicorn's id."""
        return int(self._uc.reg_read(register))

    def write_register(self, register: int, value: int) -> None:
        """Set a register by Unicorn's id."""
        self._uc.reg_write(register, value)

    def clear_registers(self) -> None:
        """Registers as after reset: zero, thread mode with the main stack, Thumb state, no IT block."""
        for register in range(arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R0 + 13):
            self._uc.reg_write(register, 0)
        for register in (arm_const.UC_ARM_REG_CONTROL, arm_const.UC_ARM_REG_PRIMASK):
            self._uc.reg_write(register, 0)
        self._uc.reg_write(arm_const.UC_ARM_REG_XPSR, _THUMB_STATE)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of memory, whatever its protection."""
        return bytes(self._uc.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Write memory, whatever its protection, and forget code that was translated from it."""
        self._uc.mem_write(address, data)
        self._uc.ctl_remove_cache(address, address + len(data))

    def run(self, start: int, until: int) -> int:
        """Run to the address `until`; Unicorn's error number or 0. `access` and `exception` tell more."""
        self.access = self.exception = None
        for address in (start, until):  # where to stop is translated into the code: forget the last run's
            self._uc.ctl_remove_cache(address, address + 2)
        try:
            self._uc.emu_start(start | 1, until)
        except unicorn.UcError as error:
            return int(error.errno)
        return _NO_ERROR

    def _on_access(self, _uc: Any, kind: int, address: int, size: int, _value: int, _data: object) -> bool:
        self.access = Access(_VERBS[kind], address, size)
        return False

    def _on_exception(self, uc: Any, number: int, _data: object) -> None:
        self.exception = number
        uc.emu_stop()
