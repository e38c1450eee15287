"""A linked network in the emulator: its outputs beside the oracle's, its cycles and its stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.emulator.image import Image
from scons_tinyml.emulator.profile.summary import Profile
from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.native_code.prepare import prepare
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.run.application import Measured, run_application
from scons_tinyml.stages.run.bands import NetworkBand, network_band
from scons_tinyml.stages.run.compare import Difference, difference, worst
from scons_tinyml.stages.run.inference import Inference, NetworkImage
from scons_tinyml.stages.run.record import FunctionCycles, RunResult
from scons_tinyml.stages.run.spans import Span
from scons_tinyml.stages.run.tolerance import Tolerance, tolerances

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
    judge = _Judge(graph, plan, oracle)
    with progress("samples run", len(inputs)) as advance:
        for sample in inputs:
            inference = image.infer([array.tobytes() for array in sample], costs=True)
            inferences.append(inference)
            differences += judge.differences(sample, inference.outputs, go_on=bool(inferences[1:]))
            advance()
    image.check_settings()
    spans = [Span(found.cycles, 0, found.instructions) for found in inferences]
    outputs = [found.outputs for found in inferences]
    band = network_band(board, graph, plan)
    found = _result(board, band, oracle.name, spans, outputs, differences, image.stack_bytes)
    return replace(found, functions=_functions(image.machine.image, inferences))


def _functions(image: Image, inferences: Sequence[Inference]) -> tuple[FunctionCycles, ...]:
    """Return what functions of `image` took in the slowest of `inferences`."""
    slowest = max(inferences, key=lambda one: one.cycles)
    profile = Profile(image, slowest.costs, (), slowest.cycles, slowest.instructions)
    return tuple(
        FunctionCycles(one.function.name, one.cycles, one.instructions, one.calls)
        for one in profile.functions
    )


def run_network_in_application(
    board: Board,
    elf: Path,
    graph: Graph,
    plan: Plan,
    oracle: AnyOracle,
    inputs: Sequence[Sequence[Array]],
    measured: Measured,
) -> RunResult:
    """Return the result of a network in an image with sources of its users, on as many samples as it is called for.

    Cycles are those of the slowest call, or of what `measured` names, without handlers that came in between, which
    `interrupt_cycles` counts. Raises what `run_application` and `run_network` raise.
    """
    prepare(board.core)
    name = c_identifier(graph.name)
    samples = [[array.tobytes() for array in sample] for sample in inputs]
    run = run_application(board, elf, name, graph, plan.memory, samples, measured)
    differences: list[Difference] = []
    judge = _Judge(graph, plan, oracle)
    for sample, call in zip(inputs, run.calls, strict=False):
        differences += judge.differences(sample, call.outputs, go_on=call.goes_on)
    outputs = [call.outputs for call in run.calls]
    band = network_band(board, graph, plan)
    found = _result(board, band, oracle.name, run.spans, outputs, differences, run.stack_bytes or 0)
    return replace(
        found,
        network=graph.name,
        stack_is_known=run.stack_bytes is not None,
        measured=str(measured) or f"{name}_invoke",
    )


def _result(
    board: Board,
    band: NetworkBand,
    oracle: str,
    spans: Sequence[Span],
    outputs: Sequence[Sequence[bytes]],
    differences: Sequence[Difference],
    stack_bytes: int,
) -> RunResult:
    slowest = max(spans, key=lambda found: found.total_cycles)
    worst_of_all = max(
        differences, key=lambda found: (found.differing_bytes > 0, found.excess, found.max_ulps)
    )
    return RunResult(
        cycles=slowest.cycles,
        interrupt_cycles=slowest.interrupt_cycles,
        instructions=slowest.instructions,
        stack_bytes=stack_bytes,
        samples=len(outputs),
        compared_bytes=sum(len(output) for found in outputs for output in found),
        differing_bytes=sum(found.differing_bytes for found in differences),
        oracle=oracle,
        evidence="emulator",
        timing_model=timing_for(board.core).version,
        band_low=band.low,
        band_high=band.high,
        band=band.basis,
        layers=band.layers,
        max_ulps=worst_of_all.max_ulps,
        tolerance_ulps=worst_of_all.tolerance_ulps,
        cycles_by_sample=tuple(found.total_cycles for found in spans),
    )


class _Judge:
    """Compares consecutive inferences with the oracle, with tolerances where kernels have them."""

    def __init__(self, graph: Graph, plan: Plan, oracle: AnyOracle) -> None:
        self._graph, self._oracle = graph, oracle
        ulps = tolerances(graph, plan)
        self._tolerance = Tolerance(oracle.tflite, ulps) if ulps else None

    def differences(
        self, sample: Sequence[Array], outputs: Sequence[bytes], *, go_on: bool
    ) -> list[Difference]:
        """Return the differences of the outputs; `go_on` continues from the state after the previous sample."""
        expected = self._oracle.run(sample, go_on=go_on)
        types = [self._graph.tensors[index].type for index in self._graph.outputs]
        wanted = [array.tobytes() for array in expected]
        if self._tolerance is None:
            return list(map(difference, outputs, wanted, types))
        if list(outputs) == wanted and not self._graph.has_state:
            return [Difference(0, 0)] * len(types)
        bounds = self._tolerance.bounds(sample, expected, go_on=go_on)
        return list(map(worst, outputs, wanted, bounds, types))
