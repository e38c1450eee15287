"""Each CMSIS-NN kernel links with exactly the external sources that it declares, on every core that runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from scons_tinyml.records.kernel import Kernel
from support.arm_kernels import ArmObjects
from support.external_sources import cmsis_nn_kernels
from support.kernel_calls import KernelFolder

CMSIS_NN = cmsis_nn_kernels()


def _defined(elf: Path) -> set[str]:
    """Names of the functions and tables that an object file or an image defines."""
    with elf.open("rb") as stream:
        symbols = ELFFile(stream).get_section_by_name(".symtab").iter_symbols()
        kinds = {symbol.name: (symbol["st_info"]["type"], symbol["st_shndx"]) for symbol in symbols}
    kept = ("STT_FUNC", "STT_OBJECT")
    return {name for name, (kind, section) in kinds.items() if kind in kept and section != "SHN_UNDEF"}


@pytest.mark.parametrize("kernel", CMSIS_NN.values(), ids=CMSIS_NN)
def test_external_sources_are_complete_and_minimal(
    kernel: Kernel, arm_cmsis_nn_objects: dict[str, ArmObjects], cmsis_nn: KernelFolder, tmp_path: Path
) -> None:
    sources = cmsis_nn.external_sources([kernel])
    unused = set(sources)
    for objects in arm_cmsis_nn_objects.values():
        if kernel in objects.kernels:
            elf = tmp_path / f"{objects.core.name}.elf"
            objects.link((kernel,), elf)  # fails when a symbol is undefined
            linked = _defined(elf)
            unused -= {path for path in sources if _defined(objects.path(path)) & linked}
    assert unused == set()
