"""Stage: write the network whose layers run patch by patch, with the least RAM for a given amount of work.

python -m scons_tinyml.stages patch --graph G.json --constants G.bin --patched P.json --patched-constants P.bin
    --percent 130
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.files import read_graph, write_graph
from scons_tinyml.stages.patch.request import PatchRequest
from scons_tinyml.stages.plan.patches import Patchable


def main(request: PatchRequest[Path]) -> None:
    """Read, choose, rewrite, check and write."""
    graph = read_graph(request.graph, request.constants)
    chosen = Patchable(graph).smallest(int(request.percent))
    patched = chosen.applied(graph)
    require_valid(patched, request.graph)
    write_graph(patched, request.patched, request.patched_constants)
