"""A small network with everything to measure it: network files, start-up code, compiled kernels, images."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scons_tinyml.library.workspace import Workspace, compile_kernels
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.graph import __main__ as graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.request import GraphRequest
from scons_tinyml.stages.lowering.implementation import DeclaredCode, Implementation
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure import __main__ as emulator
from scons_tinyml.stages.measure.hardware import images
from scons_tinyml.stages.measure.hardware.firmware import BoardTrial
from scons_tinyml.stages.measure.measuring import read_measuring
from scons_tinyml.stages.measure.requests import CampaignRequest, ImagesRequest, MeasureRequest
from scons_tinyml.stages.quantize import given
from scons_tinyml.stages.quantize.requests import GivenRequest
from support.networks import small_int8
from support.tflite_builder import to_tflite

ROOT = Path(__file__).parents[2]
KERNELS = ROOT / "kernels"
COMPILER = "arm-none-eabi-gcc"


@dataclass(frozen=True)
class Bench:
    """The network of `small_int8` on a board, with the reference kernels."""

    board: Board
    folder: Path
    images: str = "bench"
    """Name of the folder of the images."""

    @property
    def costs(self) -> Path:
        """Database of the emulator's rows."""
        return self.folder / "costs.sqlite3"

    @property
    def request(self) -> dict[str, Any]:
        """Fields of a CampaignRequest, for all stages."""
        return {
            "board": ROOT / "boards" / f"{self.board.name}.toml",
            "kernels": (self.folder,),
            "graph": self.folder / "graph.json",
            "constants": self.folder / "graph.bin",
            "tflite": self.folder / "net.tflite",
            "samples": self.folder / "samples.npz",
            "startup": self.folder / "startup.o",
            "archives": (self.folder / "reference.a",),
            "compiler": COMPILER,
            "costs": self.costs,
        }

    @property
    def manifest(self) -> Path:
        """Path of the list of images."""
        return self.folder / self.images / "manifest.json"

    def make_images(self) -> None:
        """Run the stage that makes images."""
        images.main(ImagesRequest(**self.request, manifest=self.manifest))

    def trials(self) -> tuple[BoardTrial, ...]:
        """Return the trials of the images."""
        return images.board_trials(read_measuring(CampaignRequest(**self.request)).campaign)

    def measure_in_emulator(self) -> None:
        """Run the stage that measures in the emulator."""
        made = {name: self.folder / f"{name}.json" for name in ("measurements", "schedules")}
        emulator.main(MeasureRequest(**self.request, **made))


def make_bench(board: str, folder: Path, network: Graph | None = None) -> Bench:
    """Make everything that the stages before the images make."""
    bench = Bench(read_board(ROOT / "boards" / f"{board}.toml"), folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("reference", "include"):
        (folder / name).symlink_to(KERNELS / name)
    file = folder / "net.tflite"
    file.write_bytes(to_tflite(network or small_int8()))
    written = {"graph": folder / "graph.json", "constants": folder / "graph.bin"}
    graph.main(GraphRequest(tflite=file, name="small", **written))
    made = {"network": folder / "given.tflite", "samples": folder / "samples.npz"}
    given.main(GivenRequest(tflite=file, seed=0, **made))
    _compile(bench)
    return bench


def _compile(bench: Bench) -> None:
    """Compile start-up code and all reference kernels, as a build does."""
    sources = KernelSources.read([bench.folder])
    workspace = Workspace(bench.board, sources, find_toolchain(), bench.folder, bench.costs)
    kernels = (Implementation(k.name, k.function, DeclaredCode(k), ()) for k in sources.kernels)
    builder = compile_kernels(workspace, kernels)
    for made in (builder.startup, *builder.archives):
        shutil.move(made, bench.folder)
