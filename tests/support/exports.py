"""Exports of networks that nobody has measured: written, linked with a main of tests, run in the emulator."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scons_tinyml.library import Network, Workspace, compile_kernels, load_network, open_workspace
from scons_tinyml.records.placement import place
from scons_tinyml.records.report import Provenance
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.export.assemble import export_network
from scons_tinyml.stages.export.systems import SYSTEMS
from scons_tinyml.stages.export.tree import Generated
from scons_tinyml.stages.firmware.render import linker_script, startup_code
from scons_tinyml.stages.firmware.toolchain import LINK_FLAGS, core_flags
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import Implementation, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.plan.record import LayerPlan, Plan
from scons_tinyml.stages.run.application import Measured
from scons_tinyml.stages.run.network import run_network_in_application
from scons_tinyml.stages.run.record import RunResult
from scons_tinyml.stages.samples import network_inputs
from support.project import ROOT
from support.tflite_builder import to_tflite

COMPILER = "arm-none-eabi-gcc"
TIMEOUT_S = 120
PROVENANCE = Provenance(
    scons_tinyml="0.1.0", compiler="GCC", timing_model="none", kernel_sources={"reference": "this project"}
)
GENERATED = ("SOFTMAX",)
"""Operators whose layers get a generated kernel; all others get one of reference."""


@dataclass(frozen=True)
class Exported:
    """A network with exports for all systems."""

    workspace: Workspace
    network: Network
    plan: Plan
    objects: tuple[Path, ...]
    """Objects and archives of the network as our own images have them."""

    @property
    def name(self) -> str:
        """Name of the network, in C as well."""
        return self.network.graph.name

    def folder(self, system: str) -> Path:
        """Return the folder of an export."""
        return self.workspace.folder / "export" / system

    def manifest(self, system: str) -> dict[str, Any]:
        """Return the manifest of an export."""
        found: dict[str, Any] = json.loads((self.folder(system) / "manifest.json").read_text())
        return found

    def run(self, elf: Path, samples: int = 2) -> RunResult:
        """Return the result of the network in `elf`, compared with the oracle's."""
        oracle = oracle_for(self.network.tflite.read_bytes(), self.network.tflite)
        inputs = network_inputs(self.network.graph, self.network.samples, samples)
        board, graph = self.workspace.board, self.network.graph
        return run_network_in_application(board, elf, graph, self.plan, oracle, inputs, Measured())


def exported(folder: Path, graph: Graph, name: str, board: str = "stm32l4") -> Exported:
    """Return `graph` as the network `name`, exported to all systems."""
    workspace = open_workspace(
        ROOT / "boards" / f"{board}.toml", folder / name, sets=("reference", "generated")
    )
    workspace.folder.mkdir()
    file = folder / f"{name}.tflite"
    file.write_bytes(to_tflite(graph))
    network = load_network(file, workspace.folder)
    chosen = _chosen(network.graph, workspace)
    builder = compile_kernels(workspace, chosen.values())
    memory = plan_memory(network.graph, {index: item.scratch_bytes for index, item in chosen.items()})
    texts = generate(network.graph, memory, chosen, name)
    builder.write(texts)
    objects = builder.compile([file for file in texts if file.endswith(".c")])
    made = Exported(workspace, network, _plan(network.graph, chosen), (*objects, *builder.archives))
    for system in SYSTEMS.names():
        export_network(
            system=system,
            folder=made.folder(system),
            board=workspace.board,
            graph=network.graph,
            plan=made.plan,
            generated=Generated.in_folder(builder.folder, name),
            sources=workspace.sources,
            archives={path.stem: path for path in builder.archives},
            report=b"{}\n",
            provenance=PROVENANCE,
        )
    return made


def _chosen(graph: Graph, workspace: Workspace) -> dict[int, Implementation]:
    """Return the kernel of each layer that runs code."""
    lowered = lower(graph, workspace.sources.providers, Core.of(workspace.board))
    return {
        index: next(
            item
            for item in implementations(found)
            if (item.set_name == "generated") == (graph.layers[index].operator in GENERATED)
            and not item.variant_of
        )
        for index, found in lowered.items()
    }


def _plan(graph: Graph, chosen: Mapping[int, Implementation]) -> Plan:
    memory = plan_memory(graph, {index: item.scratch_bytes for index, item in chosen.items()})
    layers = (
        LayerPlan(
            index=index,
            name=graph.layers[index].name,
            operator=graph.layers[index].operator,
            kernel=item.name,
            reason=None,
            cycles=None,
            scratch_bytes=item.scratch_bytes,
            rejected=(),
        )
        for index, item in chosen.items()
    )
    return Plan(memory, tuple(layers))


def main_code(*names: str) -> str:
    """Return a main that runs networks one after the other, for ever."""
    headers = "".join(f'#include "{name}.h"\n' for name in names)
    calls = "".join(f"        {name}_invoke();\n" for name in names)
    return f"{headers}\nint main(void)\n{{\n    for (;;) {{\n{calls}    }}\n}}\n"


def write_firmware(folder: Path, *networks: Exported, float_abi: str = "hard") -> list[str]:
    """Write start-up code, main and linker script for an image of `networks`; return flags to compile and link it."""
    board = networks[0].workspace.board
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "startup.c").write_text(startup_code(board, application=True))
    (folder / "main.c").write_text(main_code(*(one.name for one in networks)))
    arenas = sum(one.plan.memory.arena_bytes for one in networks)
    (folder / "link.ld").write_text(linker_script(board, place(board, arenas)))
    core = (f"-mfloat-abi={float_abi}" if flag == "-mfloat-abi=hard" else flag for flag in core_flags(board))
    return [*core, *LINK_FLAGS, "-O2"]


def link(folder: Path, flags: Sequence[str], words: Sequence[str | Path], includes: Sequence[Path]) -> Path:
    """Link the firmware in `folder` with `words`, and return the image."""
    elf = folder / "app.elf"
    command: list[str | Path] = [COMPILER, *flags, *(f"-I{include}" for include in includes)]
    command += ["-T", folder / "link.ld", "-o", elf, folder / "startup.c", folder / "main.c", *words, "-lm"]
    run(command, folder)
    return elf


def run(command: Sequence[str | Path], folder: Path) -> str:
    """Run `command` in `folder` and return its output; it must succeed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout
