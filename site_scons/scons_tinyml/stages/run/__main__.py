"""Stage: the linked image runs in the emulator on samples and is compared with the oracle.

python -m scons_tinyml.stages run --image I --graph G.json --constants G.bin --plan P.json --tflite N.tflite
    --samples S.npz --board B.toml --run run.json
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.plan.record import read_plan
from scons_tinyml.stages.run.network import run_network
from scons_tinyml.stages.samples import network_inputs

SAMPLES = 4


def main(arguments: Sequence[str]) -> None:
    """Run, compare, write the result; judging it is the gate's."""
    parser = ArgumentParser(prog="scons_tinyml.stages run", description="Run an image in the emulator.")
    for name in ("image", "graph", "constants", "plan", "tflite", "samples", "board", "run"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args(arguments)
    board = read_board(options.board)
    graph = read_graph(options.graph, options.constants)
    plan = read_plan(options.plan)
    oracle = oracle_for(options.tflite.read_bytes(), options.tflite)
    inputs = network_inputs(graph, options.samples, SAMPLES)
    files.write_json(options.run, asdict(run_network(board, options.image, graph, plan, oracle, inputs)))
