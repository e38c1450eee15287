"""Each CMSIS-NN kernel links with exactly the external sources that it declares, on every core that runs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from scons_tinyml.records.kernel import Kernel
from support.arm_kernels import CORES, Core, link
from support.kernel_calls import KERNELS, KernelFolder

CMSIS_NN = {kernel.name: kernel for kernel in KernelFolder(KERNELS / "cmsis_nn").kernels}


def _functions(elf: Path) -> set[str]:
    """Names of the functions that an object file or an image defines."""
    with elf.open("rb") as stream:
        symbols = ELFFile(stream).get_section_by_name(".symtab").iter_symbols()
        kinds = {symbol.name: (symbol["st_info"]["type"], symbol["st_shndx"]) for symbol in symbols}
    return {name for name, (kind, section) in kinds.items() if kind == "STT_FUNC" and section != "SHN_UNDEF"}


def _defined_in(source: Path, cmsis_nn: KernelFolder, core: Core, build: Path) -> set[str]:
    """Names of the functions of a C file."""
    result = build / f"{source.stem}.o"
    command = ["arm-none-eabi-gcc", "-c", *core.flags, *cmsis_nn.compile_flags, "-O0", source, "-o", result]
    subprocess.run(command, check=True)
    return {name for name in _functions(result) if name.startswith("arm_")}


@pytest.mark.parametrize("kernel", CMSIS_NN.values(), ids=CMSIS_NN)
def test_external_sources_are_complete_and_minimal(
    kernel: Kernel, cmsis_nn: KernelFolder, tmp_path: Path
) -> None:
    sources = cmsis_nn.external_sources([kernel])
    unused = set(sources)
    for core in CORES:
        if set(kernel.requires) <= set(core.features):
            elf = tmp_path / f"{core.name}.elf"
            link(cmsis_nn, (kernel,), core, elf)  # fails when a symbol is undefined
            linked = _functions(elf)
            unused -= {path for path in sources if _defined_in(path, cmsis_nn, core, tmp_path) & linked}
    assert unused == set()
