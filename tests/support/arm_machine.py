"""A Cortex-M in Unicorn, without any of our emulator around it, that checks what a called function leaves behind."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from unicorn import UC_ARCH_ARM, UC_MODE_THUMB, Uc
from unicorn import arm_const as arm

from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.lowering.literals import pack
from support.kernel_calls import GUARD

CODE, CODE_BYTES = 0x0800_0000, 1 << 20
RAM, RAM_BYTES = 0x2000_0000, 1 << 20
NULL = 0
_STACK_END = RAM + RAM_BYTES
_RETURN = CODE + CODE_BYTES - 4
_ARGUMENT_REGISTERS = (arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3)
_KEPT = tuple(range(arm.UC_ARM_REG_R4, arm.UC_ARM_REG_R4 + 8))
_KEPT_FPU = tuple(range(arm.UC_ARM_REG_D8, arm.UC_ARM_REG_D8 + 8))
_LEAST_GUARD = 16


@dataclass(frozen=True)
class Core:
    """A core, with its names for the compiler and Unicorn."""

    name: str
    flags: tuple[str, ...]
    features: tuple[str, ...]
    model: int


CORES = (
    Core("cortex-m0plus", ("-mcpu=cortex-m0plus", "-mthumb"), (), arm.UC_CPU_ARM_CORTEX_M0),
    Core("cortex-m3", ("-mcpu=cortex-m3", "-mthumb"), (), arm.UC_CPU_ARM_CORTEX_M3),
    Core(
        "cortex-m4",
        ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
        ("dsp", "fpu"),
        arm.UC_CPU_ARM_CORTEX_M4,
    ),
    Core(
        "cortex-m7",
        ("-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"),
        ("dsp", "fpu", "fpu_double"),
        arm.UC_CPU_ARM_CORTEX_M7,
    ),
    Core(
        "cortex-m33",
        ("-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
        ("dsp", "fpu"),
        arm.UC_CPU_ARM_CORTEX_M33,
    ),
)


class ArmMachine:
    """Memory that is allocated from the bottom of RAM, with guards around every block, and a stack at the top."""

    def __init__(self, core: Core, segments: Sequence[tuple[int, bytes]]) -> None:
        self._uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB)  # UC_MODE_MCLASS would make every model a Cortex-M33
        self._uc.ctl_set_cpu_model(core.model)
        self._uc.mem_map(CODE, CODE_BYTES)
        self._uc.mem_map(RAM, RAM_BYTES)
        self._has_fpu = "fpu" in core.features
        self._next = RAM
        self._guards: list[tuple[int, int]] = []
        for address, data in segments:
            self._uc.mem_write(address, data)
            if address >= RAM:
                self._next = max(self._next, address + len(data) + 1024)
        self.reserve(0)

    def reserve(self, count: int) -> int:
        """Return the address of `count` bytes, aligned to 16, with a guard of 16 bytes or more on both sides."""
        address = self._next + -self._next % 16
        guard = _LEAST_GUARD + -(address + count) % 16
        self._uc.mem_write(address, bytes([GUARD]) * (count + guard))
        self._guards.append((address + count, guard))
        self._next = address + count + guard
        return address

    def store(self, data: bytes) -> int:
        """Return the address of a copy of `data`."""
        address = self.reserve(len(data))
        self._uc.mem_write(address, data)
        return address

    def pointers(self, addresses: list[int]) -> int:
        """Return the address of an array of pointers."""
        return self.store(struct.pack(f"<{len(addresses)}I", *addresses))

    def parameters(self, parameters: CStruct) -> int:
        """Return the address of the struct in the layout of the compiler: every field takes four bytes."""
        packed = b""
        for value in parameters.fields.values():
            if isinstance(value, CArray):
                packed += struct.pack("<I", self.store(pack(value.c_type, value.values)))
            else:
                packed += struct.pack("<f" if isinstance(value, float) else "<i", value)
        return self.store(packed)

    def call(self, name: str, function: int, arguments: Sequence[int]) -> None:
        """Call the function at an address, the first four arguments in registers, the others on the stack.

        Asserts what AAPCS32 asks for: r4 to r11, d8 to d15 and the stack pointer are as before. Asserts too that
        all guards are.
        """
        for register, argument in zip(_ARGUMENT_REGISTERS, arguments, strict=False):
            self._uc.reg_write(register, argument)
        rest = arguments[len(_ARGUMENT_REGISTERS) :]
        stack = _STACK_END - 64 - 16 * ((len(rest) + 3) // 4)
        self._uc.mem_write(stack, struct.pack(f"<{len(rest)}I", *rest))
        self._uc.mem_write(_STACK_END - 64, bytes([GUARD]) * 64)
        self._uc.reg_write(arm.UC_ARM_REG_SP, stack)
        self._uc.reg_write(arm.UC_ARM_REG_LR, _RETURN | 1)
        kept = {register: 0x6B657074_00000000 + register for register in (_KEPT_FPU if self._has_fpu else ())}
        kept |= {register: 0x6B657000 + register for register in _KEPT}
        for register, value in kept.items():
            self._uc.reg_write(register, value)
        self._uc.emu_start(function | 1, _RETURN)
        kept[arm.UC_ARM_REG_SP] = stack
        changed = [register for register, value in kept.items() if self._uc.reg_read(register) != value]
        assert changed == [], f"{name} does not restore registers (numbers of Unicorn) {changed}"
        self._check_guards(name)

    def read(self, address: int, count: int) -> bytes:
        return bytes(self._uc.mem_read(address, count))

    def _check_guards(self, name: str) -> None:
        for address, size in (*self._guards, (_STACK_END - 64, 64)):
            assert self.read(address, size) == bytes([GUARD]) * size, f"{name} writes to {address:#x}"
