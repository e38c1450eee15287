"""Stage: what every kernel that could run a layer costs in flash and RAM.

python -m scons_tinyml.stages footprint --graph G.json --constants G.bin --board B.toml --kernels FOLDER
    --startup startup.o --archives A.a ... --compiler CC --footprint F.json
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.footprint.link import footprint
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources


def main(arguments: Sequence[str]) -> None:
    """Link the network with each kernel, write what each adds."""
    parser = ArgumentParser(
        prog="scons_tinyml.stages footprint", description="See what kernels cost in flash."
    )
    for name in ("graph", "constants", "board", "kernels", "startup", "footprint"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--archives", type=Path, nargs="+", required=True, help="compiled kernel sets")
    parser.add_argument("--compiler", required=True)
    options = parser.parse_args(arguments)
    board, graph = read_board(options.board), read_graph(options.graph, options.constants)
    with TemporaryDirectory(prefix="tinyml-footprint-") as folder:
        builder = ImageBuilder(
            board=board,
            toolchain=find_toolchain(options.compiler),
            include_folders=(options.kernels.resolve() / "include",),
            startup=options.startup.resolve(),
            archives=tuple(path.resolve() for path in options.archives),
            folder=Path(folder),
        )
        providers = KernelSources.read(options.kernels).providers
        found = footprint(builder, graph, lower(graph, providers, Core.of(board)))
    files.write_json(options.footprint, found.to_json())
