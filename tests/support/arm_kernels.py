"""Kernels compiled for a Cortex-M and run in Unicorn, without any of our emulator around them.

Here code with DSP instructions and the C library of the target are compared with the oracle.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from elftools.elf.elffile import ELFFile
from numpy.typing import NDArray

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.lowering.images import one_image
from support.arm_machine import CODE, NULL, RAM, ArmMachine, Core
from support.cases import Case
from support.kernel_calls import (
    KernelFolder,
    calls_of,
    inputs_of,
    operator_of,
    outputs_of,
    scratch_bytes,
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
        place = [f"-Wl,-Ttext={CODE:#x},-Tdata={RAM:#x}", "-Wl,-e,0", "-Wl,--gc-sections", "-nostartfiles"]
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
        machine, operator, tensors = (
            ArmMachine(self.core, self._segments),
            operator_of(case),
            outputs_of(case),
        )
        parameters = machine.parameters(operator.parameters(one_image(case.view)))
        inputs = [NULL if data is None else machine.store(data.tobytes()) for data in inputs_of(case)]
        outputs = [machine.reserve(tensor.size_bytes) for tensor in tensors]
        features = dict.fromkeys(self.core.features, 1)
        scratch = machine.reserve(scratch_bytes(kernel, case, features))
        for input_offsets, output_offsets in calls_of(case):
            sources, targets = _moved(inputs, input_offsets), _moved(outputs, output_offsets)
            arguments = [
                *([machine.pointers(sources)] if operator.lists_inputs else sources),
                *([machine.pointers(targets)] if operator.lists_outputs else targets),
            ]
            machine.call(kernel.name, self._functions[kernel.function], [parameters, *arguments, scratch])
        return tuple(
            np.frombuffer(machine.read(address, tensor.size_bytes), tensor.type).reshape(tensor.shape)
            for address, tensor in zip(outputs, tensors, strict=True)
        )


def _moved(addresses: Sequence[int], offsets: Sequence[int]) -> list[int]:
    return [address + offset for address, offset in zip(addresses, offsets, strict=True)]
