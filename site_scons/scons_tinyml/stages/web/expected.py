"""Outputs that the page must get: those of the image of a build in the emulator, or of the oracle without a build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.board import Board
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.memory import MemoryPlan
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.run.inference import NetworkImage
from scons_tinyml.stages.run.tolerance import Tolerance, tolerances
from scons_tinyml.stages.web.portable import Portable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from scons_tinyml.stages.litert import AnyOracle
    from scons_tinyml.stages.oracle_child import Array


@dataclass(frozen=True)
class Expected:
    """Outputs for one sample, with the largest absolute difference that passes for each value; None: equal bytes."""

    outputs: tuple[bytes, ...]
    bounds: tuple[npt.NDArray[np.float64], ...] | None = None


def of_image(
    board: Board, elf: Path, graph: Graph, memory: MemoryPlan, inputs: Sequence[Sequence[Array]]
) -> list[tuple[bytes, ...]]:
    """Return the outputs of the image of a build for consecutive inferences of `graph`. Raises FirmwareFault."""
    image = NetworkImage(board, elf, c_identifier(graph.name), graph, memory.offsets, timing=False)
    return [image.infer([array.tobytes() for array in sample]).outputs for sample in inputs]


def of_oracle(oracle: AnyOracle, inputs: Sequence[Sequence[Array]]) -> list[list[Array]]:
    """Return the outputs of the oracle for consecutive inferences. Raises UnsupportedError."""
    return [oracle.run(sample, go_on=bool(number)) for number, sample in enumerate(inputs)]


def ulps_of(network: Portable, plan: Plan | None) -> dict[int, int]:
    """Return the ulps that layers of `network`, or of the build of `plan`, may be off, like `tolerances`."""
    found = tolerances(network.graph, plan) if plan else {}
    for layer, item in network.implementations.items():
        for output in network.graph.layers[layer].outputs if item.max_ulps else ():
            tensor = network.graph.tensors[output]
            if tensor.type == "float32":
                found[tensor.file_index] = max(found.get(tensor.file_index, 0), item.max_ulps)
    return found


def with_bounds(
    found: Sequence[Sequence[bytes]],
    ulps: Mapping[int, int],
    oracle: AnyOracle,
    inputs: Sequence[Sequence[Array]],
) -> list[Expected]:
    """Return the outputs `found` with what may differ from them: nothing, unless layers have a tolerance in `ulps`.

    Outputs of the page are within the bounds around the oracle's, and so are `found`: they are within twice the bounds.
    """
    if not ulps:
        return [Expected(tuple(outputs)) for outputs in found]
    tolerance, results = Tolerance(oracle.tflite, ulps), of_oracle(oracle, inputs)
    return [
        Expected(
            tuple(outputs),
            tuple(2 * bound for bound in tolerance.bounds(sample, result, go_on=bool(number))),
        )
        for number, (outputs, sample, result) in enumerate(zip(found, inputs, results, strict=True))
    ]
