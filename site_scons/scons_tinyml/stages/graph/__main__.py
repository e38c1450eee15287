"""Stage: turn a `.tflite` file into a checked graph.

python -m scons_tinyml.stages graph --tflite IN.tflite --name NAME --graph OUT.json --constants OUT.bin
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.files import write_graph
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.graph.request import GraphRequest


def main(request: GraphRequest[Path]) -> None:
    """Read, check, write; writes nothing when the network is invalid."""
    graph = replace(read_tflite(request.tflite), name=request.name)
    require_valid(graph, request.tflite)
    write_graph(graph, request.graph, request.constants)
