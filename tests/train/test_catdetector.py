"""The model that comes with the project: its files, and a short run of both stages as SCons calls them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from scons_tinyml.records.model import read_model
from scons_tinyml.records.schema import json_schema
from scons_tinyml.stages.command import call
from scons_tinyml.stages.data.read import read_splits
from scons_tinyml.stages.samples import read_samples
from scons_tinyml.stages.train.__main__ import main
from scons_tinyml.stages.train.request import TrainRequest

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "models" / "catdetector"

NETWORK = """\
import keras

def build(spec):
    image = keras.Input(spec.input_shape)
    values = keras.layers.Conv2D(2, 5, strides=4)(image)
    values = keras.layers.Flatten()(values)
    return keras.Model(image, keras.layers.Dense(spec.classes, activation="softmax")(values))
"""


def short_model(folder):
    """The cat detector with one short epoch of a tiny network."""
    folder.mkdir()
    text = (FOLDER / "model.toml").read_text()
    for key, value in {"epochs": 1, "samples_per_epoch": 64}.items():
        text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.M)
        assert count == 1
    (folder / "model.toml").write_text(text)
    (folder / "network.py").write_text(NETWORK)
    return folder / "model.toml"


def stage(name, *arguments, hash_seed="0"):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons"), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "scons_tinyml.stages", name, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def read(model, folder):
    done = stage("data", "--model", model, "--data", folder / "data.npz")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def train(model, folder, **how):
    folder.mkdir()
    read(model, folder)
    made = ("--keras", folder / "f.keras", "--history", folder / "h.json")
    done = stage("train", "--model", model, "--data", folder / "data.npz", *made, **how)
    assert done.returncode == 0, done.stderr
    return done, (folder / "f.keras").read_bytes(), (folder / "h.json").read_bytes()


def quantize(model, keras, folder):
    folder.mkdir()
    networks = [f"--float={folder / 'f.tflite'}", f"--int8={folder / 'i.tflite'}"]
    given = ("--model", model, "--data", keras.parent / "data.npz", *networks)
    done = stage("quantize", *given, "--keras", keras, "--samples", folder / "s.npz")
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (0, "", "  converted 2/2 int8")
    done = stage("quantize.evaluate", *given, "--accuracy", folder / "a.json", "--judged", folder / "j.json")
    assert done.returncode == 0, done.stderr
    return done, [(folder / name).read_bytes() for name in ("f.tflite", "i.tflite", "s.npz", "a.json")]


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """Folder of a short run of both stages, and what they printed."""
    folder = tmp_path_factory.mktemp("short")
    model = short_model(folder / "model")
    trained, *_ = train(model, folder / "trained")
    quantized, _ = quantize(model, folder / "trained" / "f.keras", folder / "quantized")
    return folder, trained, quantized


@pytest.mark.parametrize("name", ["catdetector", "motion"])
def test_the_descriptor_follows_the_schema_that_editors_use(name):
    table = tomllib.loads((FOLDER.parent / name / "model.toml").read_text())
    jsonschema.validate(table, json_schema("model"), cls=jsonschema.Draft202012Validator)
    assert table["$schema"] == "../model.schema.json"
    assert json.loads((ROOT / "models" / "model.schema.json").read_text()) == json_schema("model")


def test_the_stages_print_progress_and_nothing_else(short):
    _, trained, quantized = short
    assert (trained.stdout, quantized.stdout) == ("", "")
    assert [
        line
        for line in trained.stderr.splitlines()
        if not line.startswith(("  train 1/1 loss", "  TensorFlow loaded"))
    ] == []
    assert [line for line in quantized.stderr.splitlines() if not line.startswith("  accuracy ")] == []
    assert "accuracy 3882/3882" in quantized.stderr


def test_the_history(short):
    history = json.loads((short[0] / "trained" / "h.json").read_text())
    assert history["classes"] == ["not cat", "cat"]
    assert history["samples"] == {"train": 6801, "validation": 974, "test": 1941}
    assert set(history["versions"]) == {"tensorflow-cpu", "keras", "numpy"}
    assert (history["best"], len(history["epochs"]), set(history["epochs"][0])) == (
        0,
        1,
        {"loss", "validation"},
    )


def test_the_accuracy(short):
    accuracy = json.loads((short[0] / "quantized" / "a.json").read_text())
    (metric,) = accuracy["metrics"]
    assert (metric["name"], metric["metric"]) == ("accuracy", "balanced_accuracy")
    assert metric["drop"] == metric["float"] - metric["int8"]
    assert 0.3 < metric["int8"] < 1 and accuracy["agreement"] > 0.9
    assert (accuracy["samples"], accuracy["overlap"]) == (1941, 0)


def test_the_samples_are_of_the_test_split_and_balanced(short):
    file = short[0] / "model" / "model.toml"
    test = read_splits(read_model(file), file).test
    samples = read_samples(short[0] / "quantized" / "s.npz")
    assert samples.labels.tolist() == [0, 1] * 8
    images = {image.tobytes(): int(label) for image, label in zip(test.values, test.labels, strict=True)}
    found = [images.get(image.tobytes()) for image in samples.inputs[0]]
    assert (found, samples.inputs[0].dtype) == (samples.labels.tolist(), np.float32)


def test_a_second_run_gives_the_same_bytes(short):
    """Also with other hashes of strings, which decide the order of Python's sets."""
    folder = short[0]
    model = folder / "model" / "model.toml"
    again = folder / "again"
    _, *made = train(model, again, hash_seed="77")
    assert made == [(folder / "trained" / name).read_bytes() for name in ("f.keras", "h.json")]
    _, made = quantize(model, again / "f.keras", folder / "quantized again")
    names = ("f.tflite", "i.tflite", "s.npz", "a.json")
    assert made == [(folder / "quantized" / name).read_bytes() for name in names]


def test_a_network_file_that_raises(tmp_path, capfd):
    model = short_model(tmp_path / "model")
    file = tmp_path / "model" / "network.py"
    file.write_text("import keras\n\nkeras.layers.Conv3000()\n")
    read(model, tmp_path / "model")
    data = tmp_path / "model" / "data.npz"
    request = TrainRequest(model=model, data=data, keras=tmp_path / "f.keras", history=tmp_path / "h.json")
    assert call(main, request) == 1
    printed = capfd.readouterr()
    problem = "AttributeError: module 'keras.layers' has no attribute 'Conv3000'"
    assert (printed.out, printed.err) == ("", f"tinyml: error: {file}:3: {problem}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_model_that_is_given(tmp_path, capsys):
    path = tmp_path / "model.toml"
    path.write_text('source = "net.keras"\n')
    request = TrainRequest(model=path, keras=Path("f.keras"), history=Path("h.json"))
    assert call(main, request) == 1
    problem = "its network is given by 'source': there is nothing to train"
    assert capsys.readouterr().err == f"tinyml: error: {path}: {problem}\n"
