"""Whole networks as images for stm32l4r5, with kernels taken by rule, where a build takes them by measurement."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.records.board import read_board
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.firmware.image import network_texts
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    LINK_LIBRARIES,
    NETWORK_OPTIMIZE,
    core_flags,
)
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.lowering.declared import implementation_of
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from scons_tinyml.stages.run.inference import NetworkImage
from support.cases import Case
from support.kernel_calls import KERNELS, KernelFolder, admits, kernels_of, scratch_bytes

BOARD = read_board(KERNELS.parent / "boards" / "stm32l4r5.toml")
_FLAGS = (*core_flags(BOARD), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE)


@dataclass(frozen=True)
class BuiltNetwork:
    """An image, and the kernels that run the layers in it."""

    elf: Path
    graph: Graph
    kernels: tuple[Kernel, ...]
    plan: MemoryPlan

    @property
    def max_ulps(self) -> int:
        """How far floats may be from the oracle's: what the kernels declare."""
        return max(kernel.max_ulps for kernel in self.kernels)

    def run(self, samples: Sequence[NDArray[np.generic]]) -> list[NDArray[np.generic]]:
        """The only output for each value of the only input: one inference after the other, from one reset."""
        image = NetworkImage(BOARD, self.elf, "network", self.graph, self.plan.offsets, timing=False)
        (output,) = (self.graph.tensors[index] for index in self.graph.outputs)
        found = [image.infer([values.tobytes()]).outputs[0] for values in samples]
        return [np.frombuffer(data, output.type).reshape(output.shape) for data in found]


class NetworkImages:
    """Builds networks; a kernel is compiled once for all of them."""

    def __init__(self, build: Path) -> None:
        self._build = build

    def link(self, graph: Graph, folders: Sequence[KernelFolder]) -> BuiltNetwork:
        """The image of `graph`, each layer with the first kernel of `folders`, in their order, that can run it."""
        kernels = {
            view.layer.index: _first(folders, view)
            for view in graph.views()
            if alias_source(graph, view.layer) is None
        }
        scratch = {
            index: scratch_bytes(kernel, _alone(graph.view(graph.layers[index])), _features())
            for index, kernel in kernels.items()
        }
        plan = plan_memory(graph, scratch)
        folder = self._build / str(len(list(self._build.iterdir())))
        _write(folder, graph, plan, kernels)
        includes = (f"-I{folder}", f"-I{KERNELS / 'include'}")
        jobs = [(path, (*_FLAGS, *includes), path.with_suffix(".o")) for path in folder.glob("*.c")]
        jobs += [job for one in folders for job in self._kernel_jobs(one, tuple(kernels.values()))]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_compile, jobs))
        objects = [target for _, _, target in jobs]
        elf = folder / "image.elf"
        _gcc(*core_flags(BOARD), *LINK_FLAGS, "-T", folder / "link.ld", *objects, *LINK_LIBRARIES, "-o", elf)
        return BuiltNetwork(elf, graph, tuple(kernels.values()), plan)

    def _kernel_jobs(self, folder: KernelFolder, kernels: tuple[Kernel, ...]) -> list[Job]:
        objects = self._build / folder.folder.name
        objects.mkdir(exist_ok=True)
        own = [kernel for kernel in folder.kernels if kernel in kernels]
        flags = (*core_flags(BOARD), *folder.compile_flags)
        return [(source, flags, objects / f"{source.stem}.o") for source in folder.sources(own)]


Job = tuple[Path, tuple[str, ...], Path]
"""A C file, flags, and the object file to make."""


def _features() -> Mapping[str, int]:
    return dict.fromkeys(BOARD.features, 1)


def _alone(view: LayerView) -> Case:
    """The layer as a case, whose values nobody looks at here."""
    return Case(view.graph.only(view.layer), ())


def _first(folders: Sequence[KernelFolder], view: LayerView) -> Kernel:
    case = _alone(view)
    return next(
        kernel
        for folder in folders
        for kernel in kernels_of(case, folder.kernels)
        if set(kernel.requires) <= _features().keys() and admits(kernel, case)
    )


def _write(folder: Path, graph: Graph, plan: MemoryPlan, kernels: Mapping[int, Kernel]) -> None:
    """All generated files of the image."""
    items = {
        layer: implementation_of(graph.view(graph.layers[layer]), kernel) for layer, kernel in kernels.items()
    }
    texts = {
        **network_texts(BOARD, graph, plan, items, "network"),
        "startup.c": startup_code(BOARD),
    }
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)


def _compile(job: Job) -> None:
    source, flags, target = job
    if not target.exists():
        _gcc(*flags, "-c", source, "-o", target)


def _gcc(*arguments: object) -> None:
    subprocess.run(["arm-none-eabi-gcc", *map(str, arguments)], check=True)
