"""Generated functions assembled for a core, with their sizes, and run with arrays as arguments."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from elftools.elf.elffile import ELFFile
from numpy.typing import NDArray

from scons_tinyml.stages.firmware.toolchain import COMPILER, LANGUAGE_FLAGS, NETWORK_OPTIMIZE, WARNING_FLAGS
from scons_tinyml.stages.lowering.implementation import GeneratedCode
from support.arm_machine import CODE, CORES, RAM, ArmMachine, Core
from support.kernel_calls import KERNELS

CORTEX_M4 = next(core for core in CORES if core.name == "cortex-m4")
DSP_CORES = tuple(core for core in CORES if "dsp" in core.features)
CORTEX_M3 = next(core for core in CORES if core.name == "cortex-m3")
CORTEX_M0PLUS = next(core for core in CORES if core.name == "cortex-m0plus")
THUMB2_CORES = (CORTEX_M3, *DSP_CORES)


@dataclass(frozen=True)
class Assembled:
    """A linked function."""

    core: Core
    name: str
    address: int
    code_bytes: int
    segments: tuple[tuple[int, bytes], ...]

    def run(self, *arguments: NDArray[np.generic] | int) -> list[NDArray[np.generic]]:
        """Return the arrays among `arguments` after a call, which keeps registers, stack and guards."""
        machine = ArmMachine(self.core, self.segments)
        addresses = [
            machine.store(item.tobytes()) if isinstance(item, np.ndarray) else item for item in arguments
        ]
        machine.call(self.name, self.address, addresses)
        return [
            np.frombuffer(machine.read(address, item.nbytes), item.dtype).reshape(item.shape)
            for address, item in zip(addresses, arguments, strict=True)
            if isinstance(item, np.ndarray)
        ]


def assemble(code: GeneratedCode, folder: Path, core: Core = CORTEX_M4) -> Assembled:
    """Compile `code` as the build does, without warnings, and link it alone."""
    name = code.declaration.partition("(")[0].split()[-1]
    source, elf = folder / f"{name}.c", folder / f"{name}-{core.name}.elf"
    source.write_text(f"#include <stdint.h>\n{code.declaration};\n{code.text}")
    place = [f"-Wl,-Ttext={CODE:#x},-Tdata={RAM:#x},-e,{name}", "-nostdlib"]
    flags = [*core.flags, *LANGUAGE_FLAGS, NETWORK_OPTIMIZE, *WARNING_FLAGS, f"-I{KERNELS / 'include'}"]
    done = subprocess.run(
        [COMPILER, *flags, source, *place, "-lgcc", "-o", elf], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        segments = tuple((part["p_paddr"], part.data()) for part in image.iter_segments("PT_LOAD"))
        (symbol,) = image.get_section_by_name(".symtab").get_symbol_by_name(name)
    return Assembled(core, name, symbol["st_value"] & ~1, symbol["st_size"], segments)


def int32(values: Sequence[int]) -> NDArray[np.int32]:
    """Return numbers of 32 bits, with or without sign."""
    return np.array([value % 2**32 for value in values], np.uint32).view(np.int32)
