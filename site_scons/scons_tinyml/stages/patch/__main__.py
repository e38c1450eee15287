"""Stage: write variants of a network, with the smallest arena for several amounts of work.

python -m scons_tinyml.stages patch --graph G.json --constants G.bin --graphs V.json ... --all-constants V.bin ...
    --percents 100 ... --board B.toml
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.files import read_graph, write_graph
from scons_tinyml.stages.patch.request import PatchRequest
from scons_tinyml.stages.plan.patches import Patchable, smallest


def main(request: PatchRequest[Path]) -> None:
    """Read, choose, rewrite, check and write."""
    graph = read_graph(request.graph, request.constants)
    choices = Patchable(graph).choices()
    room_bytes = read_board(request.board).regions("arena")[0].size
    files = zip(request.percents, request.graphs, request.all_constants, strict=True)
    for percent, path, constants in files:
        made = smallest(choices, int(percent), room_bytes).graph
        require_valid(made, request.graph)
        write_graph(made, path, constants)
