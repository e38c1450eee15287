"""The declarations of the kernels that a plan has chosen."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.kernel import Kernel, read_kernel_set
from scons_tinyml.stages.plan.record import Plan


def chosen_kernels(plan: Plan, folder: Path) -> dict[int, Kernel]:
    """Kernel of each layer of `plan` that has one, by its index, from the sets in `folder`."""
    names = {layer.kernel for layer in plan.layers if layer.kernel is not None}
    sets = sorted({name.partition("/")[0] for name in names})
    declared = {kernel.name: kernel for name in sets for kernel in read_kernel_set(folder / name)[1]}
    return {layer.index: declared[layer.kernel] for layer in plan.layers if layer.kernel is not None}
