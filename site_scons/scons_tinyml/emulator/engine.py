"""Interface to Unicorn: memory, registers, native hooks and the end of runs.

Native hooks are registered through ctypes on the library inside the unicorn wheel. Its Python interface only
takes Python callbacks, and one of those per instruction is a hundred times slower.
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
_NEVER = 0  # ignored: `stop_at` sets the addresses
_THUMB_STATE = 0x01000000
_ANY_HANDLER = 3
_NO_RETURN = 0xFFFF_FFFF  # LR after reset (ARMv7-M ARM, B1.5.5)
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
_MASKS = (arm_const.UC_ARM_REG_PRIMASK, arm_const.UC_ARM_REG_FAULTMASK, arm_const.UC_ARM_REG_BASEPRI)

FLASH = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_EXEC
RAM = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE  # and code, see `_allow_code`
DEVICE = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE


class Engine:
    """One Unicorn instance for a core.

    Add hooks before the first run: translated code keeps none. The engine and the callbacks of its hooks
    refer to each other. `close` frees its memory at once. Python's collector would be late, as it knows
    nothing of the tens of MiB behind it.
    """

    def __init__(self, core: Core) -> None:
        # UC_MODE_MCLASS would make every model a Cortex-M33, with its FPU and DSP instructions.
        self._uc = unicorn.Uc(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB)
        self._uc.ctl_set_cpu_model(getattr(arm_const, core.unicorn_model))
        self._uc.ctl_exits_enabled(True)
        self._exits: frozenset[int] = frozenset()
        self._library = unicorn.unicorn_py3.unicorn.uclib
        self._kept: list[Any] = []  # objects that native code points to
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
        """End the engine, and free Unicorn's memory and the objects it pointed to."""
        handle = self._uc._uch
        self._uc.release_handle(handle)
        handle.value = None  # leaves nothing to do for Unicorn's finalizer
        del self._uc
        self._kept.clear()
        self._batches.clear()

    def map(self, address: int, memory: Any, protection: int) -> None:
        """Map host memory at `address`: a numpy array of bytes, in whole pages."""
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
        """Map a device at `address`: `size_bytes` bytes in whole pages.

        Accesses call `read` (address, size in bytes) and `write` (address, size in bytes, value).
        """

        def on_read(_uc: Any, offset: int, size: int, _data: object) -> int:
            return read(address + offset, size)

        def on_write(_uc: Any, offset: int, size: int, value: int, _data: object) -> None:
            write(address + offset, size, value)

        self._uc.mmio_map(address, size_bytes, on_read, None, on_write, None)

    def on_new_block(self, look: Callable[[int, int], bool]) -> None:
        """Call `look` (address, size in bytes) before code runs for the first time.

        The run stops before the code when `look` returns True. The first block of all is not
        announced.
        """

        def on_edge(uc: Any, block: Any, _before: Any, _data: object) -> None:
            if block.size and look(block.pc, block.size):
                uc.emu_stop()

        self._uc.hook_add(unicorn_const.UC_HOOK_EDGE_GENERATED, on_edge)

    def stop_here(self, *, defer: bool = False) -> None:
        """Stop before the instruction whose access is being served, in a device's callback.

        With `defer` the access is made later.
        """
        self.deferred = defer
        self._uc.emu_stop()

    @property
    def structure(self) -> int:
        """Address of Unicorn's own structure."""
        return int(self._uc._uch.value)

    @property
    def stopped_by_fault(self) -> bool:
        """True when an access or exception ended the last run, possibly in the middle of a block."""
        return self.access is not None or self.exception is not None or self.deferred

    def add_native_hook(
        self, kind: int, function: int, state: Any, address: int | None = None, *, tag: int = 0
    ) -> None:
        """Call `function` with the address of the numpy array `state` + `tag`.

        `function` is the address of a uc_cb_hookcode_t. It is called everywhere, or for the
        instruction at `address`. Code there must not have been translated, or must be forgotten.
        Raises InternalError.
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
        """Return the address of the function `name` of Unicorn's C interface."""
        return ctypes.cast(getattr(self._library, name), ctypes.c_void_p).value or 0

    def callback(self, function: Callable[[int, int], int]) -> int:
        """Return the address at which native code can call `function`, a function of two numbers."""
        callback = _CALLBACK(function)
        self._kept.append(callback)
        return ctypes.cast(callback, ctypes.c_void_p).value or 0

    def read_register(self, register: int) -> int:
        """Return the value of a 32-bit register by Unicorn's id. Raises InternalError."""
        # Unicorn's Python interface takes four times as long, and exceptions read many registers.
        if self._library.uc_reg_read(self._uc._uch, register, self._word_address) != _NO_ERROR:
            raise InternalError(f"Unicorn has no register {register}")
        return self._word.value

    def write_register(self, register: int, value: int) -> None:
        """Set a 32-bit register by Unicorn's id. Raises InternalError."""
        self._word.value = value
        if self._library.uc_reg_write(self._uc._uch, register, self._word_address) != _NO_ERROR:
            raise InternalError(f"Unicorn cannot set register {register}")

    def read_registers(self, registers: tuple[int, ...]) -> list[int]:
        """Return the values of 32-bit registers, with one call. Raises InternalError."""
        numbers, values, places = self._batch(registers)
        if self._library.uc_reg_read_batch(self._uc._uch, numbers, places, len(registers)) != _NO_ERROR:
            raise InternalError(f"Unicorn has not all of the registers {registers}")
        return list(values)

    def write_registers(self, registers: tuple[int, ...], values: Iterable[int]) -> None:
        """Set 32-bit registers one after the other, with one call. Raises InternalError."""
        numbers, memory, places = self._batch(registers)
        memory[:] = list(values)
        if self._library.uc_reg_write_batch(self._uc._uch, numbers, places, len(registers)) != _NO_ERROR:
            raise InternalError(f"Unicorn cannot set all of the registers {registers}")

    def _batch(self, registers: tuple[int, ...]) -> tuple[Any, Any, Any]:
        """Return arrays of ids, of values and of pointers to these.

        They are kept, as combinations are few.
        """
        if registers not in self._batches:
            count = len(registers)
            values = (ctypes.c_uint32 * count)()
            places = (ctypes.c_void_p * count)(
                *(ctypes.addressof(values) + 4 * index for index in range(count))
            )
            self._batches[registers] = (ctypes.c_int32 * count)(*registers), values, places
        return self._batches[registers]

    def masks(self) -> tuple[int, int, int]:
        """Return PRIMASK, FAULTMASK and BASEPRI."""
        primask, faultmask, basepri = self.read_registers(_MASKS)
        return primask & 1, faultmask & 1, basepri & 0xFF

    def clear_faultmask(self) -> None:
        """Clear FAULTMASK."""
        self.write_register(arm_const.UC_ARM_REG_FAULTMASK, 0)

    def is_mapped(self, address: int) -> bool:
        """Return whether memory is at `address`, as opposed to a device or nothing."""
        return self.mapped_bytes(address) > 0

    def mapped_bytes(self, address: int) -> int:
        """Return the number of bytes of memory from `address` on."""
        return next((end - address for start, end in self._memories if start <= address < end), 0)

    def set_general_register(self, number: int, value: int) -> None:
        """Set one of r0 to r12 by `number`."""
        self._uc.reg_write(arm_const.UC_ARM_REG_R0 + number, value)

    def start_at(self, stack: int, pc: int) -> None:
        """Set the stack pointer and the address of the first instruction."""
        self.write_register(arm_const.UC_ARM_REG_SP, stack & ~3)
        self.write_register(arm_const.UC_ARM_REG_PC, pc | 1)

    def semihosting_arguments(self) -> tuple[int, int]:
        """Return r0 and r1, the arguments of a semihosting call."""
        return self.read_register(arm_const.UC_ARM_REG_R0), self.read_register(arm_const.UC_ARM_REG_R1)

    def set_semihosting_result(self, value: int) -> None:
        """Set r0, the result of a semihosting call."""
        self.write_register(arm_const.UC_ARM_REG_R0, value)

    def go_on_at(self, pc: int) -> None:
        """Set the address of the next instruction."""
        self.write_register(arm_const.UC_ARM_REG_PC, pc | 1)

    def stack_pointer(self) -> int:
        """Return SP, of the stack in use."""
        return self.read_register(arm_const.UC_ARM_REG_SP)

    def pc(self) -> int:
        """Return the address of the next instruction."""
        return self.read_register(arm_const.UC_ARM_REG_PC) & ~1

    def forget_code(self, address: int, size: int) -> None:
        """Discard translated code. It is translated anew when it is reached."""
        self._uc.ctl_remove_cache(address, address + size)

    def forget_all_code(self) -> None:
        """Discard all translated code."""
        self._uc.ctl_flush_tb()

    def clear_registers(self) -> None:
        """Set registers to their values after reset.

        r0 to r12 are zero. The core is in thread mode with the main stack, in Thumb state and in no
        IT block.
        """
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
        """Return `size` bytes of memory at `address`, whatever its protection."""
        return bytes(self._uc.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Write `data` at `address`, whatever its protection, and discard code translated from it."""
        self._uc.mem_write(address, data)
        self._uc.ctl_remove_cache(address, address + len(data))

    def stop_at(self, addresses: Collection[int]) -> None:
        """Stop the next run before the instructions at `addresses`."""
        exits = frozenset(addresses)
        if exits == self._exits:
            return
        for address in exits ^ self._exits:  # exits are translated into the code
            # One by one: nothing is forgotten of a range over two memories.
            for halfword in (address - 2, address):
                if self.is_mapped(halfword):
                    self.forget_code(halfword, 2)
        self._uc.ctl_set_exits(list(exits))
        self._exits = exits

    def run(self, start: int) -> int:
        """Run from `start` until something stops it. Return Unicorn's error number, 0 for none.

        `access` and `exception` hold details. `suspended` is True when an instruction (YIELD, WFE)
        gave the core away, without an error.
        """
        self.access = self.exception = None
        self.deferred = False
        self.write_register(arm_const.UC_ARM_REG_ESR, 0)
        if start in self._exits:
            self.forget_code(start, 2)
        try:
            self._uc.emu_start(start | 1, _NEVER)
        except unicorn.UcError as error:
            # Unicorn reports both with one error. Only an undefined instruction leaves a syndrome.
            invalid = error.errno == unicorn_const.UC_ERR_INSN_INVALID
            self.suspended = invalid and not self.read_register(arm_const.UC_ARM_REG_ESR)
            return _NO_ERROR if self.suspended else int(error.errno)
        self.suspended = False
        return _NO_ERROR

    def _allow_code(self, address: int) -> bool:
        """Make memory at `address` executable. Return False without memory there.

        Stores to executable memory take five times as long.
        """
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
        if number != _PREFETCH_ABORT or not stopped_at_0:  # the only way to stop there
            self.exception = number
        uc.emu_stop()
