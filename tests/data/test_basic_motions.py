"""Recordings of a watch: their file, their windows, and what is said of a damaged one. Nothing is downloaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.dataset import Dataset
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.model import Model, read_model
from scons_tinyml.stages.data import packaged
from scons_tinyml.stages.data.datasets import basic_motions, load
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.data.read import read_splits
from scons_tinyml.stages.data.wanted import Wanted
from scons_tinyml.stages.data.windows import windows_of
from support.project import ROOT

WHERE = ROOT / "models" / "motion" / "model.toml"
READINGS, SENSORS = basic_motions.READINGS, basic_motions.SENSORS
HEAD = "%A comment\n@relation 'BasicMotions'\n@attribute activity {Standing,Running,Walking,Badminton}\n\n@data\n"


def recording(number: int) -> np.ndarray:
    """Return values that tell recording, reading and sensor."""
    readings, sensors = np.meshgrid(np.arange(READINGS), np.arange(SENSORS), indexing="ij")
    return (1_000 * number + 10 * readings + sensors).astype(np.float32)


def line(values: np.ndarray, name: str) -> str:
    parts = r"\n".join(",".join(f"{value:g}" for value in sensor) for sensor in values.T)
    return f"'{parts}',{name}\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that writes both files of the package, the second with `text` in it."""
    monkeypatch.setattr(packaged.Packaged, "folder", lambda _: tmp_path)

    def written(text: str | None = None) -> None:
        for first, name in ((0, basic_motions.FILES.names[0]), (40, basic_motions.FILES.names[1])):
            lines = [line(recording(first + one), basic_motions.CLASSES[one // 10]) for one in range(40)]
            (tmp_path / name).write_text(HEAD + "".join(lines))
        if text is not None:
            (tmp_path / basic_motions.FILES.names[1]).write_text(text)

    return written


def test_a_line_is_a_recording(write):
    write()
    data = load("basic-motions", WHERE)
    assert (data.values.shape, data.values.dtype) == ((80, READINGS, SENSORS), np.float32)
    assert all(np.array_equal(values, recording(number)) for number, values in enumerate(data.values))
    assert data.labels.tolist() == [number % 40 // 10 for number in range(80)]
    assert data.recordings is None


@pytest.mark.parametrize(
    "text",
    [
        HEAD + line(recording(0)[:-1], "Walking"),
        HEAD + line(recording(0), "Sleeping"),
        HEAD + line(recording(0), "Walking").replace("11,", "many,"),
        HEAD + line(recording(0), "Walking").replace("11,", "nan,"),
        HEAD + line(recording(0), "Walking")[:40],
    ],
    ids=["short", "unknown class", "no number", "not finite", "cut"],
)
def test_a_damaged_file_is_named(write, text):
    write(text)
    with pytest.raises(
        EnvironmentProblem, match=r"BasicMotions_TEST\.arff: cannot be read: .*\n.*--force-reinstall"
    ):
        load("basic-motions", WHERE)


def test_windows_of_a_recording_stay_in_one_split(write):
    write()
    model = read_model(WHERE)
    assert model.input is not None and model.dataset is not None
    assert (model.input.shape, model.dataset.window, model.dataset.stride) == ((16, SENSORS), 16, 8)
    splits = read_splits(model, WHERE)
    counts = {name: len(part) for name, part in splits.parts.items()}
    assert counts == {"train": 44 * 11, "validation": 8 * 11, "test": 28 * 11}
    seen = {name: set((part.values[:, 0, 0] // 1_000).astype(int)) for name, part in splits.parts.items()}
    assert [len(recordings) for recordings in seen.values()] == [44, 8, 28]
    assert len(set.union(*seen.values())) == 80
    for part in splits.parts.values():
        assert [len(part.members(label)) % 11 for label in range(4)] == [0] * 4


def test_windows_begin_every_stride():
    data = LabelledSamples(np.stack([recording(0), recording(1)]), np.array([3, 1]), basic_motions.CLASSES)
    dataset = Dataset(name="x", window=60, stride=30, train_fraction=0.5, validation_fraction=0.1)
    found = windows_of(data, Wanted.of(dataset, (60, SENSORS), "classification", WHERE), "x")
    assert [values[0, 0] for values in found.values] == [0, 300, 1_000, 1_300]
    assert (found.labels.tolist(), found.recordings.tolist()) == ([3, 3, 1, 1], [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("animal-mnist", (28, 28, 1), r"dataset\.window: samples of animal-mnist are no recordings"),
        (
            "basic-motions",
            (16, 5),
            r"windows of 16 samples with 6 columns have 96 values; input\.shape \[16, 5\] has 80",
        ),
    ],
)
def test_windows_that_cannot_be(name, shape, message, request):
    if name == "basic-motions":
        request.getfixturevalue("write")()
    model = Model(
        name="mine",
        input={"shape": shape},
        dataset={"name": name, "window": 16, "train_fraction": 0.6, "validation_fraction": 0.1},
        training={"epochs": 1, "samples_per_epoch": 1, "batch_size": 1, "learning_rate": 0.1, "seed": 1},
    )
    with pytest.raises(InputError, match=message):
        read_splits(model, WHERE)
