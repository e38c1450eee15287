"""Metrics of the versions of a network, whose outputs the oracle computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.metric import Metric
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.graph.ir import Tensor
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.litert import AnyOracle, oracle_for
from scons_tinyml.stages.metrics import better_of, unit_of
from scons_tinyml.stages.metrics.classes import predicted
from scons_tinyml.stages.progress import Advance, progress
from scons_tinyml.stages.quantize.evaluation import Evaluation, MetricValues
from scons_tinyml.stages.quantize.metric_value import value_of
from scons_tinyml.stages.quantize.sequences import call_shape, run_sample

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Outputs:
    """Outputs of each version on all samples, of shape (samples, shape of one...), as `oracle` computes them."""

    of: Mapping[str, FloatArray]
    oracle: str


def network_outputs(networks: Mapping[str, Path], test: LabelledSamples, output: int = 0) -> Outputs:
    """Run the files `networks`, called 'float' and 'int8', on all samples of `test`.

    Outputs are the real values of the one at position `output`.
    """
    oracles = {name: oracle_for(file.read_bytes(), file) for name, file in networks.items()}
    with progress("accuracy", len(networks) * len(test)) as advance:
        found = {
            name: _outputs(networks[name], oracle, test, output, advance) for name, oracle in oracles.items()
        }
    return Outputs(found, next(iter(oracles.values())).name)


def evaluated(
    outputs: Outputs,
    test: LabelledSamples,
    metrics: Mapping[str, Metric],
    where: Path,
    *,
    overlap: int = 0,
) -> Evaluation:
    """Return the `metrics` of `outputs` on `test`. Files of functions of one's own are beside the file `where`.

    `overlap` samples of `test` are in other splits, too. Raises InputError when a function fails.
    """
    found = outputs.of

    def judged(name: str, metric: Metric, version: str) -> float | None:
        return value_of(name, metric, test.labels, found[version], where) if version in found else None

    classes = [predicted(outputs) for outputs in found.values()]
    return Evaluation(
        metrics=tuple(
            MetricValues(
                name=name,
                metric=metric.function,
                better=better_of(metric),
                unit=unit_of(metric),
                of_float=judged(name, metric, "float"),
                of_int8=judged(name, metric, "int8"),
            )
            for name, metric in metrics.items()
        ),
        samples=len(test),
        agreement=float((classes[0] == classes[1]).mean()) if test.classes and len(classes) > 1 else None,
        oracle=outputs.oracle,
        overlap=overlap,
    )


def _outputs(
    file: Path, oracle: AnyOracle, test: LabelledSamples, output: int, advance: Advance
) -> FloatArray:
    """Return the outputs of the network in `file` for all samples, of shape (samples, shape of one...).

    Every sample starts from the initial state; of a sequence, the outputs of its last call count.
    """
    import numpy as np

    graph = read_tflite(file)
    source, target = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[output]]
    found = np.empty((len(test), *call_shape(target)), np.float32)
    for number, value in enumerate(test.values):
        found[number] = _real(run_sample(oracle, value, source)[output], target).reshape(found.shape[1:])
        advance()
    return found


def _real(values: Any, tensor: Tensor) -> FloatArray:
    """Return the real values of an output: scale * (value - zero point) where it is quantized."""
    import numpy as np

    quantization = tensor.quantization
    numbers: FloatArray = np.asarray(values, np.float32)
    if quantization is None or tensor.type == "float32":
        return numbers
    return np.float32(quantization.scales[0]) * (numbers - np.float32(quantization.zero_points[0]))
