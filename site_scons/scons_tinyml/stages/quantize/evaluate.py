"""Stage: evaluate a float and an int8 `.tflite` on the test split, with the oracle: the metrics of a model.

python -m scons_tinyml.stages quantize.evaluate --model models/NAME/model.toml --keras IN.keras --float IN.tflite
    --int8 IN.tflite --data IN.npz --accuracy OUT.json

A verdict reads the result, so every project evaluates for itself, though its networks may come from a shared CacheDir.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.model import read_model
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.quantize.accuracy import measure_accuracy
from scons_tinyml.stages.quantize.requests import AccuracyRequest


def main(request: AccuracyRequest[Path]) -> None:
    """Run both networks on the test split and write their metrics."""
    splits = read_data(request.data)
    accuracy = measure_accuracy(
        request.float,
        request.int8,
        splits.test,
        read_model(request.model).metrics,
        request.model,
        output=_output(request),
        overlap=splits.overlap,
    )
    write_json(request.accuracy, accuracy.to_json())


def _output(request: AccuracyRequest[Path]) -> int:
    """Return the position of the output that gives the classes; TensorFlow knows names of outputs alone."""
    model = read_model(request.model)
    assert model.dataset is not None, "the stage that converts has read it"
    if model.dataset.output is None:
        return 0
    from scons_tinyml.stages.quantize.outputs import output_position
    from scons_tinyml.stages.train.saved_model import open_network

    network, _ = open_network(request.keras, model.signature, trusted=request.trust_model is not None)
    return output_position(network, model.dataset, request.model)
