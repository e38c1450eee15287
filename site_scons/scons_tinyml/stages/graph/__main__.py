"""Stage: turn a `.tflite` file into a checked graph.

python -m scons_tinyml.stages graph --tflite IN.tflite --name NAME --graph OUT.json --constants OUT.bin
    --fold-constant-channels yes
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.files import write_graph
from scons_tinyml.stages.graph.passes.graph.fold_constant_channels import PASS as FOLD_CONSTANT_CHANNELS
from scons_tinyml.stages.graph.reader import read_noted
from scons_tinyml.stages.graph.remarks import remarks
from scons_tinyml.stages.graph.request import GraphRequest


def main(request: GraphRequest[Path]) -> None:
    """Read, check, print what a person should know, and write. Write nothing when the network is invalid."""
    without = () if request.fold_constant_channels == "yes" else (FOLD_CONSTANT_CHANNELS.name,)
    read, notes = read_noted(request.tflite, without)
    graph = replace(read, name=request.name, notes=notes)
    require_valid(graph, request.tflite)
    for note in (*notes, *remarks(graph)):
        print_wrapped(f"tinyml: {visible(request.name)}: {note}", sys.stderr)
    write_graph(graph, request.graph, request.constants)
