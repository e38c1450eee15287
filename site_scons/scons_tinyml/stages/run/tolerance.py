"""How far an output may be from the oracle's, given the tolerances of the layers before it.

A kernel may differ from the oracle in the last bits: expf of two C libraries does. Other layers make more or less of
such an error: a product scales it, a difference of nearly equal numbers leaves nothing but it, a rounding to integers
hides it or makes a step of it. So the oracle computes each sample again, several times, and all results of each layer
that has a tolerance are moved by as many ulps, away from 0 and to it, or at random by as many at most. Outputs may be a
few times as far away as in these runs. What no such layer has an influence on has to be equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.litert import Change, SegmentedOracle
from scons_tinyml.stages.oracle import new_parts
from scons_tinyml.stages.plan.record import Plan

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from scons_tinyml.stages.oracle_child import Array

    Bounds = list[npt.NDArray[np.float64]]

_RUNS = 16
"""Runs of each sample: one away from 0, one to it, the others at random."""
_MARGIN = 8
"""Error that passes, in largest errors of these runs."""


def tolerances(graph: Graph, plan: Plan) -> dict[int, int]:
    """Return ulps by the number in the file of each activation that a layer with a tolerance computes."""
    return {
        graph.tensors[output].file_index: layer.max_ulps
        for layer in plan.layers
        if layer.max_ulps
        for output in graph.layers[layer.index].outputs
        if graph.tensors[output].type == "float32"
    }


class Tolerance:
    """The bounds of the outputs of consecutive inferences. `ulps` are those of `tolerances`."""

    def __init__(self, tflite: bytes, ulps: Mapping[int, int]) -> None:
        parts = new_parts()
        self._oracles = [
            SegmentedOracle(
                tflite,
                parts=parts,
                changes={index: _mover(number, index, most) for index, most in ulps.items()},
            )
            for number in range(_RUNS)
        ]

    def bounds(self, sample: Sequence[Array], expected: Sequence[Array], *, go_on: bool) -> Bounds:
        """Return the largest absolute differences from `expected` that pass, one for each value of each output."""
        import numpy as np

        found: Bounds = [np.zeros(value.shape) for value in expected]
        with np.errstate(invalid="ignore", over="ignore"):
            for oracle in self._oracles:
                for place, value in enumerate(oracle.run(sample, go_on=go_on)):
                    apart = np.abs(value.astype(np.float64) - expected[place].astype(np.float64))
                    found[place] = np.fmax(found[place], apart)
        return [_MARGIN * bound for bound in found]


def _mover(number: int, index: int, ulps: int) -> Change:
    """Return a function of the run `number` that moves float32 values by `ulps`: away from 0, to it, or at random.

    Random parts of an ulp rarely leave nothing of two errors of which a layer computes the difference.
    """
    import numpy as np

    random = np.random.default_rng((number, index))

    def move(values: Array) -> Array:
        shares = random.uniform(-1, 1, values.shape) if number > 1 else 1 - 2 * number
        steps = values.astype(np.float64) + shares * ulps * np.spacing(values).astype(np.float64)
        moved: Array = np.where(np.isfinite(values), steps, values).astype(np.float32)
        return moved

    return move
