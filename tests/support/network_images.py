"""Whole networks as images for stm32l4r5. A fixed rule chooses kernels, not a measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.library.workspace import Workspace, compile_kernels
from scons_tinyml.records.board import read_board
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.declared import DeclaredKernels
from scons_tinyml.stages.lowering.implementation import Implementation, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.image import NAME, build_image
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from scons_tinyml.stages.run.inference import NetworkImage
from support.kernel_calls import KERNELS, KernelFolder

BOARD = read_board(KERNELS.parent / "boards" / "stm32l4r5.toml")


@dataclass(frozen=True)
class BuiltNetwork:
    """An image, and the implementations of its layers."""

    elf: Path
    graph: Graph
    kernels: tuple[Implementation, ...]
    plan: MemoryPlan

    @property
    def max_ulps(self) -> int:
        """Return the largest distance of floats from the oracle's that the kernels declare."""
        return max(kernel.max_ulps for kernel in self.kernels)

    def run(self, samples: Sequence[NDArray[np.generic]]) -> list[NDArray[np.generic]]:
        """Run an inference for each sample after one reset. Return the only output for each value of the only input."""
        image = NetworkImage(BOARD, self.elf, NAME, self.graph, self.plan.offsets, timing=False)
        (output,) = (self.graph.tensors[index] for index in self.graph.outputs)
        found = [image.infer([values.tobytes()]).outputs[0] for values in samples]
        return [np.frombuffer(data, output.type).reshape(output.shape) for data in found]


class NetworkImages:
    """Builds networks, each in a folder of its own below `build`."""

    def __init__(self, build: Path) -> None:
        self._build = build

    def link(self, graph: Graph, folders: Sequence[KernelFolder]) -> BuiltNetwork:
        """Link the image of `graph`. Each layer has the first kernel in `folders`, in their order, that can run it."""
        lowered = lower(graph, [DeclaredKernels(folder.kernels) for folder in folders], Core.of(BOARD))
        items = {layer: implementations(found)[0] for layer, found in lowered.items()}
        plan = plan_memory(graph, {layer: item.scratch_bytes for layer, item in items.items()})
        folder = self._build / str(len(list(self._build.iterdir())))
        externals = {one.folder.name: one.external for one in folders if one.external is not None}
        sources = KernelSources.read([KERNELS], externals)
        workspace = Workspace(BOARD, sources, find_toolchain(), folder, folder / "costs.sqlite3")
        builder = compile_kernels(workspace, items.values())
        elf = build_image(builder, graph, plan, items)
        return BuiltNetwork(elf, graph, tuple(items.values()), plan)
