"""Stage: a `.tflite` file becomes a checked graph.

python -m scons_tinyml.stages graph --tflite IN.tflite --name NAME --graph OUT.json --constants OUT.bin
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.files import write_graph
from scons_tinyml.stages.graph.reader import read_tflite


def main(arguments: Sequence[str]) -> None:
    """Read, check, write; nothing is written when the network is not valid."""
    parser = ArgumentParser(
        prog="scons_tinyml.stages graph", description="Read a .tflite file as a typed graph."
    )
    parser.add_argument("--tflite", type=Path, required=True, help="network to read")
    parser.add_argument("--name", required=True, help="name of the network")
    parser.add_argument("--graph", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--constants", type=Path, required=True, help="file to write the constants to")
    options = parser.parse_args(arguments)
    graph = replace(read_tflite(options.tflite), name=options.name)
    require_valid(graph, options.tflite)
    write_graph(graph, options.graph, options.constants)
