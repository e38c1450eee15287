"""Stage: a planned network becomes C sources, with the main and the linker script of its image.

python -m scons_tinyml.stages codegen --graph G.json --constants G.bin --plan P.json --board B.toml
    --sets FOLDER ... --network N.c --header N.h --weights W.c --weights-header W.h --kernels K.c --kernels-header K.h
    [--main main.c] [--linker-script link.ld] [--arena shared]
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.request import CodegenRequest
from scons_tinyml.stages.firmware.image import network_texts
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.lower import lower_again
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.plan.record import read_plan


def main(request: CodegenRequest[Path]) -> None:
    """Generate all files, then write them."""
    board = read_board(request.board)
    graph = read_graph(request.graph, request.constants)
    plan = read_plan(request.plan)
    chosen = {layer.index: (layer.kernel, layer.digest) for layer in plan.layers if layer.kernel is not None}
    sources = KernelSources.read(request.sets, external_folders(request.external))
    used = sources.only({name.partition("/")[0] for name, _ in chosen.values()})
    implementations = lower_again(graph, chosen, used.providers, Core.of(board))
    texts = network_texts(board, graph, plan.memory, implementations, graph.name, arena=request.arena)
    for path in _outputs(request):
        files.write_text(path, texts[path.name])


def _outputs(request: CodegenRequest[Path]) -> Iterator[Path]:
    yield from (request.network, request.header, request.weights, request.weights_header)
    yield from (request.kernels, request.kernels_header)
    yield from (path for path in (request.main, request.linker_script) if path is not None)
