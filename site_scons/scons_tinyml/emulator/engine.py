"""Unicorn as the machine uses it: memory, registers, native hooks and what a run ended with.

Native hooks are registered through ctypes on the library inside the unicorn wheel: its Python interface only takes
Python callbacks, and one of those per instruction is a hundred times slower.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Collection, Iterable
from typing import Any

import unicorn
from unicorn import arm_const, unicorn_const

from scons_tinyml.emulator.faults import Access
from scons_tinyml.records.cores import Core
from scons_tinyml.records.errors import InternalError

_VERBS = {
    unicorn_const.UC_MEM_READ_UNMAPPED: "read",
    unicorn_const.UC_MEM_READ_PROT: "read",
    unicorn_const.UC_MEM_WRITE_UNMAPPED: "write",
    unicorn_const.UC_MEM_WRITE_PROT: "write",
    unicorn_const.UC_MEM_FETCH_UNMAPPED: "fetch",
    unicorn_const.UC_MEM_FETCH_PROT: "fetch",
}
_NO_ERROR = 0
_PREFETCH_ABORT = 3
_NEVER = 0  # not looked at: `stop_at` says where
_THUMB_STATE = 0x01000000
_ANY_HANDLER = 3
_NO_RETURN = 0xFFFF_FFFF  # LR after reset (ARMv7-M ARM, B1.5.5)
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
_MASKS = (arm_const.UC_ARM_REG_PRIMASK, arm_const.UC_ARM_REG_FAULTMASK, arm_const.UC_ARM_REG_BASEPRI)

FLASH = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_EXEC
RAM = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE  # and code, see `_allow_code`
DEVICE = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE


class Engine:
    """One Unicorn instance for a core. Hooks must be added before the first run: translated code keeps none.

    It and what its hooks call refer to each other: `close` gives its memory back at once, and not when Python's
    collector comes by, which knows nothing of the tens of MiB behind it.
    """

    def __init__(self, core: Core) -> None:
        # Not UC_MODE_MCLASS: it makes every model a Cortex-M33, with its FPU and DSP instructions.
        self._uc = unicorn.Uc(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB)
        self._uc.ctl_set_cpu_model(getattr(arm_const, core.unicorn_model))
        self._uc.ctl_exits_enabled(True)
        self._exits: frozenset[int] = frozenset()
        self._library = unicorn.unicorn_py3.unicorn.uclib
        self._kept: list[Any] = []  # what native code points to
        self._memories: list[tuple[int, int]] = []
        self._batches: dict[tuple[int, ...], tuple[Any, Any, Any]] = {}
        self._word = ctypes.c_uint32()
        self._word_address = ctypes.addressof(self._word)
        self.access: Access | None = None
        self.exception: int | None = None
        self.suspended = self.deferred = False
        self._uc.hook_add(unicorn_const.UC_HOOK_MEM_INVALID, self._on_access)
        self._uc.hook_add(unicorn_const.UC_HOOK_INTR, self._on_exception)

    def close(self) -> None:
        """End the engine: give back Unicorn's memory and what it pointed to."""
        handle = self._uc._uch
        self._uc.release_handle(handle)
        handle.value = None  # Unicorn's finalizer looks at it and has nothing left to do
        del self._uc
        self._kept.clear()
        self._batches.clear()

    def map(self, address: int, memory: Any, protection: int) -> None:
        """Put host memory (a numpy array of bytes, whole pages) at an address."""
        self._kept.append(memory)
        self._memories.append((address, address + memory.nbytes))
        self._uc.mem_map_ptr(address, memory.nbytes, protection, memory.ctypes.data)

    def map_device(
        self,
        address: int,
        size_bytes: int,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
    ) -> None:
        """Have `read` (address, size) and `write` (address, size, value) called for a range of whole pages."""

        def on_read(_uc: Any, offset: int, size: int, _data: object) -> int:
            return read(address + offset, size)

        def on_write(_uc: Any, offset: int, size: int, value: int, _data: object) -> None:
            write(address + offset, size, value)

        self._uc.mmio_map(address, size_bytes, on_read, None, on_write, None)

    def on_new_block(self, look: Callable[[int, int], bool]) -> None:
        """Have `look` (address, size) called for code that is about to run for the first time; True stops before it.

        Not for the first block of all.
        """

        def on_edge(uc: Any, block: Any, _before: Any, _data: object) -> None:
            if block.size and look(block.pc, block.size):
                uc.emu_stop()

        self._uc.hook_add(unicorn_const.UC_HOOK_EDGE_GENERATED, on_edge)

    def stop_here(self, *, defer: bool = False) -> None:
        """In a device's callback: stop before the instruction that makes the access; `deferred`: to make it later."""
        self.deferred = defer
        self._uc.emu_stop()

    @property
    def structure(self) -> int:
        """Address of Unicorn's own structure."""
        return int(self._uc._uch.value)

    @property
    def stopped_by_fault(self) -> bool:
        """The last run ended in an access or exception, possibly in the middle of a block."""
        return self.access is not None or self.exception is not None or self.deferred

    def add_native_hook(
        self, kind: int, function: int, state: Any, address: int | None = None, *, tag: int = 0
    ) -> None:
        """Have `function` (address of a uc_cb_hookcode_t) called with the address of the numpy array `state` + `tag`.

        Everywhere, or for the instruction at one address: then that code must not have been translated, or be
        forgotten.
        """
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
        where = (1, 0) if address is None else (address, address)  # begin > end: everywhere
        status = add(self._uc._uch, ctypes.addressof(handle), kind, function, state.ctypes.data + tag, *where)
        if status != _NO_ERROR:
            raise InternalError(f"Unicorn refuses the hook with error {status}")

    def address_of(self, name: str) -> int:
        """Address of a function of Unicorn's C interface."""
        return ctypes.cast(getattr(self._library, name), ctypes.c_void_p).value or 0

    def callback(self, function: Callable[[int, int], int]) -> int:
        """Address at which native code can call a Python function of two numbers."""
        callback = _CALLBACK(function)
        self._kept.append(callback)
        return ctypes.cast(callback, ctypes.c_void_p).value or 0

    def read_register(self, register: int) -> int:
        """Value of a register of 32 bits by Unicorn's id."""
        # Unicorn's Python interface takes four times as long, and exceptions read many registers.
        if self._library.uc_reg_read(self._uc._uch, register, self._word_address) != _NO_ERROR:
            raise InternalError(f"Unicorn has no register {register}")
        return self._word.value

    def write_register(self, register: int, value: int) -> None:
        """Set a register of 32 bits by Unicorn's id."""
        self._word.value = value
        if self._library.uc_reg_write(self._uc._uch, register, self._word_address) != _NO_ERROR:
            raise InternalError(f"Unicorn cannot set register {register}")

    def read_registers(self, registers: tuple[int, ...]) -> list[int]:
        """Values of registers of 32 bits, with one call."""
        numbers, values, places = self._batch(registers)
        if self._library.uc_reg_read_batch(self._uc._uch, numbers, places, len(registers)) != _NO_ERROR:
            raise InternalError(f"Unicorn has not all of the registers {registers}")
        return list(values)

    def write_registers(self, registers: tuple[int, ...], values: Iterable[int]) -> None:
        """Set registers of 32 bits one after the other, with one call."""
        numbers, memory, places = self._batch(registers)
        memory[:] = list(values)
        if self._library.uc_reg_write_batch(self._uc._uch, numbers, places, len(registers)) != _NO_ERROR:
            raise InternalError(f"Unicorn cannot set all of the registers {registers}")

    def _batch(self, registers: tuple[int, ...]) -> tuple[Any, Any, Any]:
        """Arrays of ids, of values and of pointers to these; kept, for there are few combinations."""
        if registers not in self._batches:
            count = len(registers)
            values = (ctypes.c_uint32 * count)()
            places = (ctypes.c_void_p * count)(
                *(ctypes.addressof(values) + 4 * index for index in range(count))
            )
            self._batches[registers] = (ctypes.c_int32 * count)(*registers), values, places
        return self._batches[registers]

    def masks(self) -> tuple[int, int, int]:
        """PRIMASK, FAULTMASK and BASEPRI."""
        primask, faultmask, basepri = self.read_registers(_MASKS)
        return primask & 1, faultmask & 1, basepri & 0xFF

    def clear_faultmask(self) -> None:
        """FAULTMASK to 0."""
        self.write_register(arm_const.UC_ARM_REG_FAULTMASK, 0)

    def is_mapped(self, address: int) -> bool:
        """Whether there is memory, as opposed to a device or nothing."""
        return self.mapped_bytes(address) > 0

    def mapped_bytes(self, address: int) -> int:
        """Bytes of memory from `address` on."""
        return next((end - address for start, end in self._memories if start <= address < end), 0)

    def set_general_register(self, number: int, value: int) -> None:
        """Set r0 to r12 by number."""
        self._uc.reg_write(arm_const.UC_ARM_REG_R0 + number, value)

    def start_at(self, stack: int, pc: int) -> None:
        """Stack pointer and first instruction."""
        self.write_register(arm_const.UC_ARM_REG_SP, stack & ~3)
        self.write_register(arm_const.UC_ARM_REG_PC, pc | 1)

    def question(self) -> tuple[int, int]:
        """r0 and r1: what semihosting is asked for."""
        return self.read_register(arm_const.UC_ARM_REG_R0), self.read_register(arm_const.UC_ARM_REG_R1)

    def answer(self, value: int) -> None:
        """r0: what semihosting gives."""
        self.write_register(arm_const.UC_ARM_REG_R0, value)

    def go_on_at(self, pc: int) -> None:
        """The instruction that is next."""
        self.write_register(arm_const.UC_ARM_REG_PC, pc | 1)

    def stack_pointer(self) -> int:
        """SP, whichever is in use."""
        return self.read_register(arm_const.UC_ARM_REG_SP)

    def pc(self) -> int:
        """Address of the next instruction."""
        return self.read_register(arm_const.UC_ARM_REG_PC) & ~1

    def forget_code(self, address: int, size: int) -> None:
        """Translate code anew when it is reached."""
        self._uc.ctl_remove_cache(address, address + size)

    def forget_all_code(self) -> None:
        """Translate everything anew."""
        self._uc.ctl_flush_tb()

    def clear_registers(self) -> None:
        """Registers as after reset: zero, thread mode with the main stack, Thumb state, no IT block."""
        self.write_register(arm_const.UC_ARM_REG_XPSR_NZCVQG, _THUMB_STATE | _ANY_HANDLER)  # privileged
        for register in (*_MASKS, arm_const.UC_ARM_REG_CONTROL):
            self.write_register(register, 0)
        self.write_register(arm_const.UC_ARM_REG_XPSR_NZCVQG, _THUMB_STATE)
        for register in (arm_const.UC_ARM_REG_CONTROL, arm_const.UC_ARM_REG_PSP):
            self.write_register(register, 0)
        for register in range(arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R0 + 13):
            self.write_register(register, 0)
        self.write_register(arm_const.UC_ARM_REG_LR, _NO_RETURN)
        self.write_register(arm_const.UC_ARM_REG_APSR_NZCV, 0)  # makes Unicorn notice the mode

    def read(self, address: int, size: int) -> bytes:
        """Bytes of memory, whatever its protection."""
        return bytes(self._uc.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Write memory, whatever its protection, and forget code that was translated from it."""
        self._uc.mem_write(address, data)
        self._uc.ctl_remove_cache(address, address + len(data))

    def stop_at(self, addresses: Collection[int]) -> None:
        """Where the next run stops: before the instructions at `addresses`."""
        exits = frozenset(addresses)
        if exits == self._exits:
            return
        for address in exits ^ self._exits:  # where to stop is translated into the code
            for halfword in (
                address - 2,
                address,
            ):  # apart: of a range over two memories nothing is forgotten
                if self.is_mapped(halfword):
                    self.forget_code(halfword, 2)
        self._uc.ctl_set_exits(list(exits))
        self._exits = exits

    def run(self, start: int) -> int:
        """Run until something stops it; Unicorn's error number or 0. `access` and `exception` tell more.

        `suspended`: an instruction (YIELD, WFE) gave the core away, and nothing is wrong.
        """
        self.access = self.exception = None
        self.deferred = False
        self.write_register(arm_const.UC_ARM_REG_ESR, 0)
        if start in self._exits:
            self.forget_code(start, 2)
        try:
            self._uc.emu_start(start | 1, _NEVER)
        except unicorn.UcError as error:
            # Unicorn reports both alike; an undefined instruction leaves a syndrome.
            invalid = error.errno == unicorn_const.UC_ERR_INSN_INVALID
            self.suspended = invalid and not self.read_register(arm_const.UC_ARM_REG_ESR)
            return _NO_ERROR if self.suspended else int(error.errno)
        self.suspended = False
        return _NO_ERROR

    def _allow_code(self, address: int) -> bool:
        """Make the memory at `address` executable if it is any; stores to such memory take five times as long."""
        for start, end in self._memories:
            if start <= address < end:
                self._uc.mem_protect(start, end - start, unicorn_const.UC_PROT_ALL)
                return True
        return False

    def _on_access(self, _uc: Any, kind: int, address: int, size: int, _value: int, _data: object) -> bool:
        if kind == unicorn_const.UC_MEM_FETCH_PROT and self._allow_code(address):
            return True
        self.access = Access(_VERBS[kind], address, size)
        return False

    def _on_exception(self, uc: Any, number: int, _data: object) -> None:
        stopped_at_0 = 0 in self._exits and self.is_mapped(0) and self.pc() == 0
        if number != _PREFETCH_ABORT or not stopped_at_0:  # Unicorn has no other way to stop there
            self.exception = number
        uc.emu_stop()
