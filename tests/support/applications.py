"""Networks with reference kernels in images with sources of tests, built by the library and run in the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from scons_tinyml.library.application import Application, Planned, build_application
from scons_tinyml.library.network import Network, load_network
from scons_tinyml.library.workspace import Workspace, compile_kernels
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.litert import AnyOracle, oracle_for
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.declared import DeclaredKernels
from scons_tinyml.stages.lowering.implementation import implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.run.application import Measured
from scons_tinyml.stages.run.network import run_network_in_application
from scons_tinyml.stages.run.record import RunResult
from scons_tinyml.stages.samples import network_inputs
from support.kernel_calls import KERNELS, KernelFolder
from support.tflite_builder import to_tflite

ROOT = Path(__file__).parents[2]
REFERENCE = DeclaredKernels(KernelFolder(KERNELS / "reference").kernels)
CPP = ("-O2", "-std=c++14", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")


def planned(graph: Graph, name: str, folder: Path, board: Board) -> Planned:
    """Return `graph` as the network `name`, each layer with the first reference kernel that can run it."""
    file = folder / f"{name}.tflite"
    file.write_bytes(to_tflite(graph))
    network = load_network(file, folder / "networks" / name)
    lowered = lower(network.graph, [REFERENCE], Core.of(board))
    items = {layer: implementations(found)[0] for layer, found in lowered.items()}
    memory = plan_memory(network.graph, {layer: item.scratch_bytes for layer, item in items.items()})
    return Planned(network, Plan(memory, ()), items)


_NONE = Application()


@dataclass(frozen=True)
class Firmware:
    """An image of several networks and sources; `arena` is 'own' or 'shared'."""

    folder: Path
    graphs: dict[str, Graph]
    application: Application = _NONE
    arena: str = "own"
    board_name: str = "stm32l4"

    @cached_property
    def board(self) -> Board:
        return read_board(ROOT / "boards" / f"{self.board_name}.toml")

    @cached_property
    def networks(self) -> dict[str, Planned]:
        return {name: planned(graph, name, self.folder, self.board) for name, graph in self.graphs.items()}

    @cached_property
    def elf(self) -> Path:
        """The linked image."""
        sources = KernelSources.read([KERNELS]).only(["reference"])
        workspace = Workspace(self.board, sources, find_toolchain(), self.folder, self.folder / "costs")
        items = [item for one in self.networks.values() for item in one.implementations.values()]
        builder = replace(compile_kernels(workspace, items), folder=self.folder / "image")
        return build_application([*self.networks.values()], builder, self.application, self.arena)

    def run(self, name: str, measured: Measured | None = None, samples: int = 3) -> RunResult:
        """Return the result of the network `name`."""
        one = self.networks[name]
        measured = measured or Measured(sharing=self._sharing(name))
        inputs = network_inputs(one.network.graph, one.network.samples, samples)
        return run_network_in_application(
            self.board, self.elf, one.network.graph, one.plan, oracle(one.network), inputs, measured
        )

    def _sharing(self, name: str) -> tuple[str, ...]:
        others = (c_identifier(other) for other in self.graphs if other != name)
        return tuple(others) if self.arena == "shared" else ()


def oracle(network: Network) -> AnyOracle:
    """Return the oracle of `network`."""
    return oracle_for(network.tflite.read_bytes(), network.tflite)


def written(folder: Path, **texts: str) -> tuple[Path, ...]:
    """Write sources by name, `main_c` as main.c, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, text in texts.items():
        stem, _, suffix = name.rpartition("_")
        found.append(folder / f"{stem}.{suffix}")
        found[-1].write_text(text)
    return tuple(found)


def dense(seed: int, sizes: Sequence[int]) -> Graph:
    """Return a network of FULLY_CONNECTED layers of int8 with `sizes` values between them."""
    from support.tflite_builder import NetworkBuilder

    random = np.random.default_rng(seed)
    net = NetworkBuilder()
    source = before = net.activation((1, sizes[0]), "int8", scale=0.05)
    for inputs, outputs in pairwise(sizes):
        weights = random.integers(-127, 128, (outputs, inputs)).astype(np.int8)
        after = net.activation((1, outputs), "int8", scale=0.4)
        net.layer(
            "FULLY_CONNECTED",
            [before, net.constant(weights, scales=[0.02]), None],
            [after],
            fused_activation_function="NONE",
            weights_format="DEFAULT",
            keep_num_dims=False,
            asymmetric_quantize_inputs=False,
        )
        before = after
    return net.finish([source], [before])
