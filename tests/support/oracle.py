"""The oracle: TensorFlow Lite Micro in the wheel `tflite-micro`, which runs its reference kernels on a PC."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tflite_micro.python.tflite_micro import runtime

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.litert import run_litert
from support.tflite_builder import to_tflite

_ARENA_BYTES = 64 << 20
"""Size of the arena, as in builds. Its pages are new, so values that SPACE_TO_BATCH_ND does not set are 0."""


def in_litert(graph: Graph) -> bool:
    """Return whether the oracle of the network is LiteRT, whose math functions are not those of the C library."""
    operators = ((view, find_operator(view.layer.operator)) for view in graph.views())
    return any(operator is not None and operator.is_judged_by_litert(view) for view, operator in operators)


def run_oracle(graph: Graph, inputs: Sequence[NDArray[np.generic]]) -> NDArray[np.generic]:
    """Return the first output of the network for `inputs`, in the order of `graph.inputs`."""
    return run_oracle_outputs(graph, inputs)[0]


def run_oracle_file(data: bytes, inputs: Sequence[NDArray[np.generic]]) -> NDArray[np.generic]:
    """Return the first output of the `.tflite` file `data`."""
    return _run(data, inputs, 1)[0]


def run_oracle_outputs(
    graph: Graph, inputs: Sequence[NDArray[np.generic]]
) -> tuple[NDArray[np.generic], ...]:
    """Return all outputs of the network in the order of `graph.outputs`."""
    if in_litert(graph):
        return run_litert(to_tflite(graph), inputs)
    return _run(to_tflite(graph), inputs, len(graph.outputs))


def assert_same(found: NDArray[np.generic], expected: NDArray[np.generic], max_ulps: int = 0) -> None:
    """Assert that the outputs have the same bytes, or floats at most `max_ulps` apart."""
    if max_ulps:
        np.testing.assert_array_max_ulp(found, expected, max_ulps)
    else:
        np.testing.assert_array_equal(found, expected, strict=True)


def _run(data: bytes, inputs: Sequence[NDArray[np.generic]], outputs: int) -> tuple[NDArray[np.generic], ...]:
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=_ARENA_BYTES)
    for position, values in enumerate(inputs):
        interpreter.set_input(values, position)
    interpreter.invoke()
    return tuple(np.asarray(interpreter.get_output(position)) for position in range(outputs))
