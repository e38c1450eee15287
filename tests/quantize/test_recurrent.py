"""Recurrent layers of Keras: loops are refused before they are quantized, steps that are written out are layers."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.quantize.__main__ import main
from scons_tinyml.stages.quantize.requests import QuantizeRequest
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow

MODEL = """
task = "none"

[input]
shape = [3, 4]

[random_weights]
outputs = 5
seed = 1
"""


def quantized(folder: Path, layer: str, *, unroll: bool) -> Path:
    """The int8 network of one recurrent layer of five cells."""
    tf = import_tensorflow(0).tensorflow
    recurrent = getattr(tf.keras.layers, layer)(5, unroll=unroll)
    tf.keras.Sequential([tf.keras.layers.Input((3, 4)), recurrent]).save(folder / "network.keras")
    (folder / "model.toml").write_text(MODEL)
    made = {"float": "float.tflite", "int8": "int8.tflite", "samples": "samples.npz"}
    given = {"model": "model.toml", "keras": "network.keras", **made}
    main(QuantizeRequest(**{name: folder / file for name, file in given.items()}))
    return folder / "int8.tflite"


def test_a_loop_is_refused(tmp_path):
    with pytest.raises(UnsupportedError, match="control flow") as caught:
        quantized(tmp_path, "LSTM", unroll=False)
    assert "unroll=True" in str(caught.value)
    assert not (tmp_path / "int8.tflite").exists()


@pytest.mark.parametrize("layer", ["LSTM", "GRU"])
def test_steps_are_layers(tmp_path, layer):
    graph = read_tflite(quantized(tmp_path, layer, unroll=True))
    require_valid(graph)
    assert {"FULLY_CONNECTED", "LOGISTIC", "TANH", "MUL"} <= {layer.operator for layer in graph.layers}
    assert {graph.tensors[index].type for index in (*graph.inputs, *graph.outputs)} == {"int8"}
