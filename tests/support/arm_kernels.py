"""Kernels compiled for a Cortex-M and run in Unicorn, without any of our emulator around them.

Here code with DSP instructions and the C library of the target are compared with the oracle.
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from elftools.elf.elffile import ELFFile
from numpy.typing import NDArray
from unicorn import UC_ARCH_ARM, UC_MODE_THUMB, Uc
from unicorn import arm_const as arm

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.lowering.images import one_image
from scons_tinyml.stages.lowering.literals import pack
from support.cases import Case
from support.kernel_calls import (
    GUARD,
    KernelFolder,
    calls_of,
    inputs_of,
    operator_of,
    outputs_of,
    scratch_bytes,
)

_CODE, _CODE_BYTES = 0x0800_0000, 1 << 20
_RAM, _RAM_BYTES = 0x2000_0000, 1 << 20
_STACK_END = _RAM + _RAM_BYTES
_RETURN = _CODE + _CODE_BYTES - 4
_NULL = 0
_ARGUMENT_REGISTERS = (arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3)


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


class ArmObjects:
    """Object files of a set's sources for one core, each compiled once."""

    def __init__(self, source: KernelFolder, core: Core, build: Path) -> None:
        self.source = source
        self.core = core
        self._build = build
        self.kernels = tuple(k for k in source.kernels if set(k.requires) <= set(core.features))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self._compile, source.sources(self.kernels)))

    def path(self, source: Path) -> Path:
        """Compile a C file once, and return its object file."""
        return self._build / f"{source.stem}.o"

    def link(self, kernels: tuple[Kernel, ...], elf: Path) -> None:
        """Link `kernels` alone at the addresses of this module, without code that they do not reach."""
        objects = [self.path(source) for source in self.source.sources(kernels)]
        keep = [f"-Wl,-u,{kernel.function}" for kernel in kernels]
        place = [f"-Wl,-Ttext={_CODE:#x},-Tdata={_RAM:#x}", "-Wl,-e,0", "-Wl,--gc-sections", "-nostartfiles"]
        library = ["--specs=nano.specs", "--specs=nosys.specs", "-lm"]
        command = ["arm-none-eabi-gcc", *self.core.flags, *objects, *keep, *place, *library, "-o", elf]
        subprocess.run(command, check=True)

    def _compile(self, source: Path) -> None:
        switches = self.source.declarations[0].switches
        defines = [f"-D{found.define}" for found in switches if self.core.name in found.cores]
        command = ["arm-none-eabi-gcc", "-c", "-Werror", *self.core.flags, *self.source.compile_flags]
        subprocess.run([*command, *defines, source, "-o", self.path(source)], check=True)


class ArmLibrary:
    """The kernels of a set that a core can run, in one image."""

    def __init__(self, objects: ArmObjects, build: Path) -> None:
        self.core = objects.core
        self.kernels = objects.kernels
        elf = build / f"{self.core.name}.elf"
        objects.link(self.kernels, elf)
        with elf.open("rb") as stream:
            image = ELFFile(stream)
            self._segments = [(s["p_paddr"], s.data()) for s in image.iter_segments("PT_LOAD")]
            symbols = image.get_section_by_name(".symtab").iter_symbols()
            self._functions = {symbol.name: symbol["st_value"] for symbol in symbols}

    def run(self, kernel: Kernel, case: Case) -> NDArray[np.generic]:
        """Return the first output of `kernel` for the layer and inputs of `case`."""
        return self.run_all(kernel, case)[0]

    def run_all(self, kernel: Kernel, case: Case) -> tuple[NDArray[np.generic], ...]:
        """Return all outputs of `kernel` for the layer and inputs of `case`."""
        machine, operator, tensors = _Machine(self.core, self._segments), operator_of(case), outputs_of(case)
        parameters = machine.parameters(operator.parameters(one_image(case.view)))
        inputs = [_NULL if data is None else machine.store(data.tobytes()) for data in inputs_of(case)]
        outputs = [machine.reserve(tensor.size_bytes) for tensor in tensors]
        features = dict.fromkeys(self.core.features, 1)
        scratch = machine.reserve(scratch_bytes(kernel, case, features))
        for input_offsets, output_offsets in calls_of(case):
            sources, targets = _moved(inputs, input_offsets), _moved(outputs, output_offsets)
            arguments = [
                *([machine.pointers(sources)] if operator.lists_inputs else sources),
                *([machine.pointers(targets)] if operator.lists_outputs else targets),
            ]
            machine.call(self._functions[kernel.function], [parameters, *arguments, scratch])
        machine.check_guards(kernel.name)
        return tuple(
            np.frombuffer(machine.read(address, tensor.size_bytes), tensor.type).reshape(tensor.shape)
            for address, tensor in zip(outputs, tensors, strict=True)
        )


def _moved(addresses: Sequence[int], offsets: Sequence[int]) -> list[int]:
    return [address + offset for address, offset in zip(addresses, offsets, strict=True)]


class _Machine:
    """Memory that is allocated from the bottom of RAM, with a guard behind every block, and a stack at the top."""

    def __init__(self, core: Core, segments: list[tuple[int, bytes]]) -> None:
        self._uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB)  # UC_MODE_MCLASS would make every model a Cortex-M33
        self._uc.ctl_set_cpu_model(core.model)
        self._uc.mem_map(_CODE, _CODE_BYTES)
        self._uc.mem_map(_RAM, _RAM_BYTES)
        self._next = _RAM
        self._guards: list[int] = []
        for address, data in segments:
            self._uc.mem_write(address, data)
            if address >= _RAM:
                self._next = max(self._next, address + len(data) + 1024)

    def reserve(self, count: int) -> int:
        """Return the address of `count` bytes, aligned to 16, with a guard of 16 bytes or more behind them."""
        address = self._next + -self._next % 16
        guard = 32 - count % 16
        self._uc.mem_write(address, bytes([GUARD]) * (count + guard))
        self._guards.append(address + count)
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

    def call(self, function: int, arguments: list[int]) -> None:
        """Call a function with pointers, the first four in registers, the others on the stack (AAPCS)."""
        for register, argument in zip(_ARGUMENT_REGISTERS, arguments, strict=False):
            self._uc.reg_write(register, argument)
        rest = arguments[len(_ARGUMENT_REGISTERS) :]
        stack = _STACK_END - 16 * ((len(rest) + 3) // 4)
        self._uc.mem_write(stack, struct.pack(f"<{len(rest)}I", *rest))
        self._uc.reg_write(arm.UC_ARM_REG_SP, stack)
        self._uc.reg_write(arm.UC_ARM_REG_LR, _RETURN | 1)
        self._uc.emu_start(function | 1, _RETURN)

    def read(self, address: int, count: int) -> bytes:
        return bytes(self._uc.mem_read(address, count))

    def check_guards(self, name: str) -> None:
        for address in self._guards:
            assert self.read(address, 16) == bytes([GUARD]) * 16, f"{name} writes to {address:#x}"
