"""Stage: a planned network becomes C sources, with the main and the linker script of its image.

python -m scons_tinyml.stages codegen --graph G.json --constants G.bin --plan P.json --board B.toml
    --kernels FOLDER --network N.c --header N.h --weights W.c --weights-header W.h --main main.c --linker-script link.ld
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.records.placement import place
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.render import linker_script, main_code
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.plan.chosen import chosen_kernels
from scons_tinyml.stages.plan.record import read_plan

OUTPUTS = ("network", "header", "weights", "weights-header", "main", "linker-script")


def main(arguments: Sequence[str]) -> None:
    """Generate all files, then write them."""
    parser = ArgumentParser(prog="scons_tinyml.stages codegen", description="Generate the C of a network.")
    for name in ("graph", "constants", "plan", "board", "kernels", *OUTPUTS):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args(arguments)
    board = read_board(options.board)
    graph = read_graph(options.graph, options.constants)
    plan = read_plan(options.plan)
    texts = generate(graph, plan.memory, chosen_kernels(plan, options.kernels), graph.name)
    texts["main.c"] = main_code(c_identifier(graph.name), graph.has_state)
    texts["link.ld"] = linker_script(board, place(board, plan.memory.arena_bytes))
    for name in OUTPUTS:
        path: Path = getattr(options, name.replace("-", "_"))
        files.write_text(path, texts[path.name])
