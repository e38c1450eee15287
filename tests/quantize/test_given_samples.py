"""The stage that reads samples of a given network: shapes of its input, sequences, and the command line first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError, RecordError
from scons_tinyml.records.model import read_model
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.graph.reader import canonical
from scons_tinyml.stages.quantize.data import main
from scons_tinyml.stages.quantize.labelled import COUNT, run_samples
from scons_tinyml.stages.quantize.requests import SamplesRequest
from support.stateful import remembering
from support.tflite_builder import NetworkBuilder, to_tflite

MODEL = """
source = "net.tflite"

[dataset]
representative = "calibration.npz"
test = "test.npz"
"""


def two_inputs() -> bytes:
    net = NetworkBuilder()
    left, right, result = (net.activation((1, 2), "float32") for _ in range(3))
    net.layer("ADD", [left, right], [result], fused_activation_function="NONE")
    return to_tflite(net.finish([left, right], [result]))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a network of two values and a state, and samples: zeros, ones, and twos."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.tflite").write_bytes(remembering())
    for number, name in enumerate(("calibration", "test", "other")):
        values = np.full((4, 2), number, np.float32) + np.arange(4, dtype=np.float32)[:, None] / 8
        np.savez(tmp_path / f"{name}.npz", x=values, y=np.arange(4) % 2)
    return tmp_path


def read(folder: Path, **options: object) -> Splits:
    paths = {"network": Path("net.tflite"), "data": folder / "data.npz"}
    main(SamplesRequest(**paths, **options))
    return read_data(folder / "data.npz")


def first(part: LabelledSamples) -> int | None:
    return int(part.values[0].flat[0]) if len(part) else None


@pytest.mark.parametrize(
    ("model", "options", "expected"),
    [
        (MODEL, {}, (0, 1)),
        (MODEL, {"test": Path("other.npz")}, (0, 2)),
        (MODEL, {"representative": Path("other.npz")}, (2, 1)),
        (None, {"representative": Path("calibration.npz")}, (0, None)),
        (None, {"test": Path("test.npz")}, (None, 1)),
        (None, {"representative": Path("other.npz"), "test": Path("test.npz")}, (2, 1)),
    ],
)
def test_the_command_line_replaces_the_model_toml(folder, model, options, expected):
    if model is not None:
        (folder / "model.toml").write_text(model)
        options = {**options, "model": Path("model.toml")}
    splits = read(folder, **options)
    assert (first(splits.train), first(splits.test)) == expected
    assert len(splits.validation) == 0


def test_the_training_split_of_a_file_with_splits(folder):
    values = np.arange(8, dtype=np.float32).reshape(4, 2)
    np.savez(folder / "all.npz", x_train=values, y_train=[0, 1, 0, 1], x_test=values + 9, y_test=[0, 1, 0, 1])
    splits = read(folder, representative=Path("all.npz"), test=Path("all.npz"))
    assert (first(splits.train), first(splits.test)) == (0, 9)


@pytest.mark.parametrize("sequence", [1, 3])
def test_sequences_have_a_size_more(folder, sequence):
    np.savez(folder / "test.npz", x=np.zeros((1, sequence, 2), np.float32), y=[0])
    splits = read(folder, test=Path("test.npz"), sequence=sequence)
    assert splits.test.values.shape == (1, sequence, 2)


def test_sequences_of_another_length(folder):
    np.savez(folder / "test.npz", x=np.zeros((1, 4, 2), np.float32), y=[0])
    with pytest.raises(InputError, match=r"has the shape \[1, 4, 2\]; input.shape needs \[samples, 3, 2\]"):
        read(folder, test=Path("test.npz"), sequence=3)


def test_a_shape_in_the_model_toml_that_is_not_that_of_the_network(folder):
    (folder / "model.toml").write_text(MODEL + "[input]\nshape = [3]\n")
    with pytest.raises(InputError, match=r"model.toml: input.shape: found \[3\]; .* have \[2\]"):
        read(folder, model=Path("model.toml"))


def test_a_network_of_several_inputs(folder):
    (folder / "net.tflite").write_bytes(two_inputs())
    with pytest.raises(InputError, match="has 2 inputs; samples of a data set are for a network with one"):
        read(folder, test=Path("test.npz"))


def test_a_link_out_of_the_project(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "calibration.npz"
    outside.write_bytes((folder / "calibration.npz").read_bytes())
    (folder / "calibration.npz").unlink()
    (folder / "calibration.npz").symlink_to(outside)
    (folder / "model.toml").write_text(MODEL)
    with pytest.raises(RecordError, match=r"'calibration\.npz' leads, by a link, out of"):
        read(folder, model=Path("model.toml"))
    assert first(read(folder, model=Path("model.toml"), outside=(outside.parent,)).train) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[dataset]\nrepresentative = "../../../etc/passwd"', None),
        ('[dataset]\nrepresentative = "/etc/passwd"', "is not a path relative to the folder of this file"),
        ("[dataset]\nsequence = 3", "has no samples"),
        ('[dataset]\ntest = "test.npz"\nsequence = 0', "greater than 0"),
    ],
)
def test_keys_of_the_record(tmp_path, text, message):
    path = tmp_path / "model.toml"
    path.write_text(f'source = "net.tflite"\n{text}\n')
    if message is None:
        assert read_model(path).dataset is not None  # the stage that reads it follows the path
        return
    with pytest.raises(RecordError, match=message):
        read_model(path)


def test_samples_of_a_network_that_is_trained(tmp_path):
    (tmp_path / "model.toml").write_text(
        "[input]\nshape = [2]\n[dataset]\n"
        'train = "a.npz"\ntest = "b.npz"\nvalidation_fraction = 0.1\nrepresentative = "c.npz"\n'
        "[training]\nepochs = 1\nsamples_per_epoch = 1\nbatch_size = 1\nlearning_rate = 0.1\nseed = 1\n"
    )
    with pytest.raises(RecordError, match=r"dataset\.representative is for a given network"):
        read_model(tmp_path / "model.toml")


@given(st.integers(1, 40), st.integers(0, 4))
def test_samples_that_the_firmware_runs_on(count, sequence):
    """Calls of sequences are samples of their own."""
    graph = canonical(remembering(), Path("net.tflite")).graph
    shape = (count, sequence, 2) if sequence else (count, 2)
    test = LabelledSamples(
        np.random.default_rng(0).random(shape, np.float32), np.arange(count) % 2, ("no", "yes")
    )
    found = run_samples(Splits(test.take(np.zeros(0, np.intp)), test.take(np.zeros(0, np.intp)), test), graph)
    assert found.inputs[0].shape == (min(COUNT, count * max(sequence, 1)), 2)
    assert (found.labels is None) == bool(sequence)
