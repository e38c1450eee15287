"""Least and greatest value of each activation over representative samples, as the oracle computes them.

So the ranges are the same on all machines: other runtimes add in the order that suits the processor.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.graph.ir import Graph, Tensor
from scons_tinyml.stages.litert import AnyOracle, oracle_for
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.quantize.sequences import calls

if TYPE_CHECKING:
    from scons_tinyml.stages.samples import Array, FloatArray

Range = tuple[float, float]


def activation_ranges(
    tflite: bytes, graph: Graph, samples: tuple[FloatArray, ...], where: Path
) -> dict[int, Range]:
    """Return the ranges of float activations by their number in the file.

    `samples` holds the samples of each input. Raises InputError for an activation that is infinite or no number.
    """
    import numpy as np

    found: dict[int, Range] = {}
    oracle = oracle_for(tflite, where)
    with progress("ranges", len(samples[0])) as advance:
        for sample in zip(*samples, strict=True):
            if graph.has_state:
                oracle = oracle_for(tflite, where)  # a new one has the initial state
            for activations in _traces(oracle, graph, sample):
                for index, values in activations.items():
                    if values.dtype == np.float32 and values.size:
                        low, high = found.get(index, (np.inf, -np.inf))
                        found[index] = (
                            min(low, float(np.min(values))),
                            max(high, float(np.max(values))),
                        )
            advance()
    wrong = [index for index, limits in found.items() if not np.isfinite(limits).all()]
    if wrong:
        raise InputError(
            f"the activation {wrong[0]} of the network is not finite on the representative samples",
            where=where,
        )
    return found


def _traces(oracle: AnyOracle, graph: Graph, sample: tuple[FloatArray, ...]) -> Iterator[dict[int, Array]]:
    """Yield the activations of each call of one sample."""
    tensors: list[Tensor] = [graph.tensors[index] for index in graph.inputs]
    rows = [calls(values, tensor) for values, tensor in zip(sample, tensors, strict=True)]
    for inputs in zip(*rows, strict=True):
        yield oracle.trace(inputs)
