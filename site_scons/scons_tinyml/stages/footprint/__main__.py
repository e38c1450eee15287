"""Stage: compute the cost in flash and RAM of every kernel that can run a layer.

python -m scons_tinyml.stages footprint --graph G.json --constants G.bin --board B.toml --kernels FOLDER ...
    --startup startup.o --archives A.a ... --schedules S.json --compiler CC --footprint F.json
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.footprint.link import footprint
from scons_tinyml.stages.footprint.request import FootprintRequest
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.further import read_further
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders


def main(request: FootprintRequest[Path]) -> None:
    """Link the network with each kernel, write the bytes that each adds."""
    board, graph = read_board(request.board), read_graph(request.graph, request.constants)
    sources = KernelSources.read(request.kernels, external_folders(request.external))
    further = read_further(request.schedules)
    lowered = lower(graph, sources.providers, Core.of(board), further)
    with TemporaryDirectory(prefix="tinyml-footprint-") as folder:
        builder = ImageBuilder(
            board=board,
            toolchain=find_toolchain(request.compiler),
            include_folders=sources.include_folders,
            startup=request.startup.resolve(),
            archives=tuple(path.resolve() for path in request.archives),
            folder=Path(folder),
        )
        found = footprint(builder, graph, lowered)
    files.write_json(request.footprint, found.to_json())
