"""Stage: run the linked image in the emulator on samples and compare it with the oracle.

python -m scons_tinyml.stages run --image I --graph G.json --constants G.bin --plan P.json --tflite N.tflite
    --samples S.npz --board B.toml --run run.json
    [--content application] [--invoke F | --begin SYMBOL --end SYMBOL] [--sharing NETWORK ...] [--wait "10 s"]
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.units import parse_seconds
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.plan.record import read_plan
from scons_tinyml.stages.run.application import LONGEST_WAIT_S, Measured
from scons_tinyml.stages.run.network import run_network, run_network_in_application
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
    if request.content == "application":
        result = run_network_in_application(
            board, request.image, graph, plan, oracle, inputs, _measured(request)
        )
    else:
        result = run_network(board, request.image, graph, plan, oracle, inputs)
    files.write_json(request.run, result.to_json())


def _measured(request: RunRequest[Path]) -> Measured:
    return Measured(
        invoke=request.invoke,
        begin=request.begin,
        end=request.end,
        sharing=tuple(map(c_identifier, request.sharing)),
        wait_s=_seconds(request.wait) if request.wait else LONGEST_WAIT_S,
    )


def _seconds(text: str) -> float:
    try:
        return parse_seconds(text)
    except ValueError as error:
        raise InputError(str(error), key="wait") from None
