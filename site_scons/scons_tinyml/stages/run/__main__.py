"""Stage: run the linked image in the emulator on samples and compare it with the oracle.

python -m scons_tinyml.stages run --image I --graph G.json --constants G.bin --plan P.json --tflite N.tflite
    --samples S.npz --board B.toml --run run.json
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.plan.record import read_plan
from scons_tinyml.stages.run.network import run_network
from scons_tinyml.stages.run.request import RunRequest
from scons_tinyml.stages.samples import network_inputs

SAMPLES = 4


def main(request: RunRequest[Path]) -> None:
    """Run, compare, write the result; the gate judges it."""
    board = read_board(request.board)
    graph = read_graph(request.graph, request.constants)
    plan = read_plan(request.plan)
    oracle = oracle_for(request.tflite.read_bytes(), request.tflite)
    inputs = network_inputs(graph, request.samples, SAMPLES)
    result = run_network(board, request.image, graph, plan, oracle, inputs)
    files.write_json(request.run, result.to_json())
