"""Networks of random weights: the same bytes each time, nothing of them left at 0 or 1, and no accuracy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.model import read_model
from scons_tinyml.stages.graph.reader import read_tflite

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).parents[2]
NETWORK = """\
import keras

def build(input_shape, outputs):
    image = keras.Input(input_shape)
    values = keras.layers.Conv2D(2, 3, use_bias=False)(image)
    values = keras.layers.BatchNormalization()(values)
    values = keras.layers.Flatten()(values)
    return keras.Model(image, keras.layers.Dense(outputs)(values))
"""
MODEL = """\
task = "none"
[input]
shape = [6, 5, 1]
[random_weights]
outputs = 3
seed = 7
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("random") / "drawn"
    folder.mkdir()
    (folder / "model.toml").write_text(MODEL)
    (folder / "network.py").write_text(NETWORK)
    return folder / "model.toml"


@pytest.fixture(scope="module")
def made(model, tmp_path_factory):
    return make(model, tmp_path_factory.mktemp("made"))


def make(model, folder):
    """What both stages make of `model`, as SCons calls them."""
    call("train", "--model", model, "--keras", folder / "n.keras", "--history", folder / "history.json")
    outputs = ("--float", folder / "f.tflite", "--int8", folder / "i.tflite", "--samples", folder / "s.npz")
    call("quantize", "--model", model, "--keras", folder / "n.keras", *outputs)
    return folder


def call(module, *arguments):
    subprocess.run(
        [sys.executable, "-m", "scons_tinyml.stages", module, *map(str, arguments)],
        check=True,
        capture_output=True,
        env={"PYTHONPATH": str(ROOT / "site_scons"), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
    )


def test_the_same_bytes_each_time(model, made, tmp_path):
    again = make(model, tmp_path)
    for name in ("n.keras", "f.tflite", "i.tflite", "s.npz", "history.json"):
        assert (again / name).read_bytes() == (made / name).read_bytes(), name


def test_normalization_and_biases_are_drawn(made):
    """The convolution has a bias only because its normalization is folded into it."""
    graph = read_tflite(made / "f.tflite")
    biases = [
        np.frombuffer(tensor.data, np.float32)
        for tensor in graph.tensors
        if tensor.is_constant and tensor.type == "float32" and len(tensor.shape) == 1
    ]
    assert sorted(bias.size for bias in biases) == [2, 3]
    assert all((bias != 0).all() for bias in biases)


def test_both_versions_have_the_shapes_of_the_description(made):
    for name, element_type in (("f", "float32"), ("i", "int8")):
        graph = read_tflite(made / f"{name}.tflite")
        ends = [graph.tensors[index] for index in (*graph.inputs, *graph.outputs)]
        assert [(tensor.shape, tensor.type) for tensor in ends] == [
            ((1, 6, 5, 1), element_type),
            ((1, 3), element_type),
        ]
    assert json.loads((made / "history.json").read_text())["parameters"] == 2 * 9 + 4 * 2 + 3 * 24 + 3


def test_the_shipped_ones_say_that_they_have_no_accuracy():
    models = [read_model(path) for path in sorted((ROOT / "models").glob("*/model.toml"))]
    drawn = [model for model in models if model.random_weights]
    assert {model.name for model in drawn} >= {f"mlperf_tiny_{task}" for task in ("ad", "ic", "kws", "vww")}
    assert all(model.description.endswith("random weights: no accuracy") for model in drawn)
