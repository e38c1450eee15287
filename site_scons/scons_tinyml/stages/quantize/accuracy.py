"""Accuracy of the float and the int8 network, computed by the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.stages.data.labelled import LabelledSamples, balanced_accuracy
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.litert import AnyOracle, oracle_for
from scons_tinyml.stages.progress import Advance, progress
from scons_tinyml.stages.quantize.evaluation import Evaluation
from scons_tinyml.stages.samples import as_network_input

if TYPE_CHECKING:
    from scons_tinyml.stages.data.labelled import LabelArray


METRIC = "balanced_accuracy"


def measure_accuracy(float_file: Path, int8_file: Path, test: LabelledSamples, output: int = 0) -> Evaluation:
    """Run both networks on all samples of `test`; the output at position `output` gives the classes."""
    import numpy as np

    networks = [(file, oracle_for(file.read_bytes(), file)) for file in (float_file, int8_file)]
    with progress("accuracy", len(networks) * len(test)) as advance:
        found = [_classes(file, oracle, test, output, advance) for file, oracle in networks]
    return Evaluation(
        metric=METRIC,
        float_accuracy=balanced_accuracy(test.labels, found[0]),
        int8_accuracy=balanced_accuracy(test.labels, found[1]),
        agreement=float(np.mean(found[0] == found[1])),
        samples=len(test),
        oracle=networks[0][1].name,
    )


def _classes(
    file: Path, oracle: AnyOracle, test: LabelledSamples, output: int, advance: Advance
) -> LabelArray:
    """Return the class of each sample by the network in `file`.

    Every sample starts from the initial state.
    """
    import numpy as np

    graph = read_tflite(file)
    tensor = graph.tensors[graph.inputs[0]]
    found = []
    for value in test.values:
        found.append(int(oracle.run([as_network_input(value, tensor)])[output].argmax()))
        advance()
    return np.array(found, np.int64)
