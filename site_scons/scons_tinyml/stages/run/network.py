"""A linked network in the emulator: its outputs beside the oracle's, its cycles and its stack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.native_code.prepare import prepare
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.run.compare import Difference, difference
from scons_tinyml.stages.run.inference import Inference, NetworkImage
from scons_tinyml.stages.run.record import RunResult

if TYPE_CHECKING:
    from scons_tinyml.stages.litert import AnyOracle
    from scons_tinyml.stages.oracle_child import Array


def run_network(
    board: Board, elf: Path, graph: Graph, plan: Plan, oracle: AnyOracle, inputs: Sequence[Sequence[Array]]
) -> RunResult:
    """Return the result of one inference per sample: arrays in shapes and types of the network's inputs.

    A state continues from sample to sample, in the image and in `oracle`. Cycles are those of the slowest
    sample. Raises FirmwareFault for firmware that would have stopped the chip, EnvironmentProblem,
    UnsupportedError.
    """
    prepare(board.core)
    image = NetworkImage(board, elf, c_identifier(graph.name), graph, plan.memory.offsets)
    inferences: list[Inference] = []
    differences: list[Difference] = []
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
    return RunResult(
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


def _differences(graph: Graph, inference: Inference, expected: Sequence[bytes]) -> list[Difference]:
    types = [graph.tensors[index].type for index in graph.outputs]
    return [
        difference(actual, wanted, element_type)
        for actual, wanted, element_type in zip(inference.outputs, expected, types, strict=True)
    ]
