"""Stage: a planned network becomes C sources, with the main and the linker script of its image.

python -m scons_tinyml.stages codegen --graph G.json --constants G.bin --plan P.json --board B.toml
    --sets FOLDER --network N.c --header N.h --weights W.c --weights-header W.h --kernels K.c --kernels-header K.h
    --main main.c --linker-script link.ld
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.image import network_texts
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.lower import lower_again
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.plan.record import read_plan

OUTPUTS = (
    "network",
    "header",
    "weights",
    "weights-header",
    "kernels",
    "kernels-header",
    "main",
    "linker-script",
)


def main(arguments: Sequence[str]) -> None:
    """Generate all files, then write them."""
    parser = ArgumentParser(prog="scons_tinyml.stages codegen", description="Generate the C of a network.")
    for name in ("graph", "constants", "plan", "board", "sets", *OUTPUTS):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args(arguments)
    board = read_board(options.board)
    graph = read_graph(options.graph, options.constants)
    plan = read_plan(options.plan)
    chosen = {layer.index: (layer.kernel, layer.digest) for layer in plan.layers if layer.kernel is not None}
    providers = KernelSources.read(options.sets).only({name.partition("/")[0] for name, _ in chosen.values()})
    implementations = lower_again(graph, chosen, providers.providers, Core.of(board))
    texts = network_texts(board, graph, plan.memory, implementations, graph.name)
    for name in OUTPUTS:
        path: Path = getattr(options, name.replace("-", "_"))
        files.write_text(path, texts[path.name])
