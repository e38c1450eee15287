"""Metrics of the float and the int8 network, whose outputs the oracle computes."""

from __future__ import annotations

from collections.abc import Mapping
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
from scons_tinyml.stages.samples import as_network_input

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]


def measure_accuracy(
    float_file: Path,
    int8_file: Path,
    test: LabelledSamples,
    metrics: Mapping[str, Metric],
    where: Path,
    *,
    output: int = 0,
    overlap: int = 0,
) -> Evaluation:
    """Run both networks on all samples of `test`; `metrics` judge the output at position `output`.

    Files of functions of one's own are beside the file `where`. `overlap` samples of `test` are in other splits, too.
    Raises InputError when a function fails.
    """
    networks = [(file, oracle_for(file.read_bytes(), file)) for file in (float_file, int8_file)]
    with progress("accuracy", len(networks) * len(test)) as advance:
        of_float, of_int8 = (_outputs(file, oracle, test, output, advance) for file, oracle in networks)
    return Evaluation(
        metrics=tuple(
            MetricValues(
                name=name,
                metric=metric.function,
                better=better_of(metric),
                unit=unit_of(metric),
                of_float=value_of(name, metric, test.labels, of_float, where),
                of_int8=value_of(name, metric, test.labels, of_int8, where),
            )
            for name, metric in metrics.items()
        ),
        samples=len(test),
        agreement=float((predicted(of_float) == predicted(of_int8)).mean()) if test.classes else None,
        oracle=networks[0][1].name,
        overlap=overlap,
    )


def _outputs(
    file: Path, oracle: AnyOracle, test: LabelledSamples, output: int, advance: Advance
) -> FloatArray:
    """Return the outputs of the network in `file` for all samples, of shape (samples, shape of one...).

    Every sample starts from the initial state.
    """
    import numpy as np

    graph = read_tflite(file)
    source, target = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[output]]
    found = np.empty((len(test), *target.shape[1:]), np.float32)
    for number, value in enumerate(test.values):
        found[number] = _real(oracle.run([as_network_input(value, source)])[output], target)[0]
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
