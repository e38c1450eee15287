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
from scons_tinyml.records.kernel import Kernel, read_kernel_set
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.footprint.link import LinkJob, footprint
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.plan.candidates import candidates


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
        job = LinkJob(
            board=board,
            graph=graph,
            toolchain=find_toolchain(options.compiler),
            include_folders=(options.kernels.resolve() / "include",),
            link_inputs=tuple(path.resolve() for path in (options.startup, *options.archives)),
            folder=Path(folder),
        )
        found = footprint(job, candidates(graph, _kernels(options.kernels), board.features))
    files.write_json(options.footprint, found.to_json())


def _kernels(folder: Path) -> tuple[Kernel, ...]:
    sets = [read_kernel_set(path.parent)[1] for path in sorted(folder.glob("*/set.toml"))]
    return tuple(kernel for kernels in sets for kernel in kernels)
