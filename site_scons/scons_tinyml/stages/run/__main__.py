"""Stage: the linked image runs in the emulator on samples and is compared with the oracle.

python -m scons_tinyml.stages run --image I --graph G.json --constants G.bin --plan P.json --tflite N.tflite
    --samples S.npz --board B.toml --run run.json
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.native_code import prepare
from scons_tinyml.stages.plan.record import read_plan
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.run.compare import Difference, difference
from scons_tinyml.stages.run.inference import Inference, NetworkImage
from scons_tinyml.stages.run.record import RunResult
from scons_tinyml.stages.samples import network_inputs

SAMPLES = 4


def main(arguments: Sequence[str]) -> None:
    """Run, compare, write what was found; judging it is the gate's.

    What the network remembers goes on from sample to sample, in the image and in the oracle.
    """
    parser = ArgumentParser(prog="scons_tinyml.stages run", description="Run an image in the emulator.")
    for name in ("image", "graph", "constants", "plan", "tflite", "samples", "board", "run"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args(arguments)
    board = read_board(options.board)
    graph = read_graph(options.graph, options.constants)
    plan = read_plan(options.plan)
    oracle = oracle_for(options.tflite.read_bytes(), options.tflite)
    prepare(board.core)
    image = NetworkImage(board, options.image, c_identifier(graph.name), graph, plan.memory.offsets)
    inferences, differences = [], []
    inputs = network_inputs(graph, options.samples, SAMPLES)
    with progress("samples run", len(inputs)) as advance:
        for sample in inputs:
            inference = image.infer([array.tobytes() for array in sample])
            inferences.append(inference)
            expected = oracle.run(sample, go_on=bool(inferences[1:]))
            differences += _differences(graph, inference, [array.tobytes() for array in expected])
            advance()
    image.check_settings()
    timing = timing_for(board.core)
    slowest = max(inferences, key=lambda found: found.cycles)
    result = RunResult(
        cycles=slowest.cycles,
        instructions=slowest.instructions,
        stack_bytes=image.stack_bytes,
        samples=len(inferences),
        compared_bytes=sum(len(output) for found in inferences for output in found.outputs),
        differing_bytes=sum(found.differing_bytes for found in differences),
        oracle=oracle.name,
        evidence="emulator",
        timing_model=timing.version,
        band_low=1 + timing.band.low,
        band_high=1 + timing.band.high,
        band=timing.band.basis,
        max_ulps=max(found.max_ulps for found in differences),
        tolerance_ulps=max((layer.max_ulps for layer in plan.layers), default=0),
        cycles_by_sample=tuple(found.cycles for found in inferences),
    )
    files.write_json(options.run, asdict(result))


def _differences(graph: Graph, inference: Inference, expected: Sequence[bytes]) -> list[Difference]:
    types = [graph.tensors[index].type for index in graph.outputs]
    return [
        difference(actual, wanted, element_type)
        for actual, wanted, element_type in zip(inference.outputs, expected, types, strict=True)
    ]
