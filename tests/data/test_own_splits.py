"""Splits of a project's own data: windows of a recording stay together, and nobody is tested on what he learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.dataset import Dataset
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits, joined
from scons_tinyml.stages.data.split import split, splits_of, without_duplicates
from scons_tinyml.stages.data.wanted import ALL

WHERE = Path("models/some/model.toml")


def dataset(**changes):
    return Dataset.model_validate({"path": "data", **changes})


def samples(values, labels=None, classes=("a", "b"), recordings=None):
    made = np.array(values, np.float32).reshape(-1, 1)
    chosen = np.zeros(len(made), np.int64) if labels is None else np.array(labels)
    return LabelledSamples(made, chosen, classes, None if recordings is None else np.array(recordings))


def windowed(counts):
    """Samples of two classes whose recordings have so many windows each; all values differ."""
    recordings = np.repeat(np.arange(len(counts)), counts)
    return samples(range(len(recordings)), recordings % 2, recordings=recordings)


def values(part):
    return sorted(part.values.ravel().tolist())


@given(st.lists(st.integers(1, 9), min_size=2, max_size=24), st.integers(0, 5))
def test_no_recording_is_in_two_splits_and_no_window_is_lost(counts, seed):
    data = windowed(counts)
    chosen = dataset(train_fraction=0.6, validation_fraction=0.2, seed=seed)
    parts = split(data, chosen).parts.values()
    held = [set(part.recordings.tolist()) for part in parts]
    assert not held[0] & held[1] and not held[0] & held[2] and not held[1] & held[2]
    assert sorted(value for part in parts for value in values(part)) == values(data)
    again = split(data, chosen).parts.values()
    assert [values(part) for part in again] == [values(part) for part in parts]


@given(st.lists(st.integers(1, 9), min_size=6, max_size=40), st.integers(0, 5))
def test_every_split_has_recordings_of_every_class(counts, seed):
    parts = split(windowed(counts), dataset(train_fraction=0.6, validation_fraction=0.2, seed=seed))
    assert [set(part.labels.tolist()) for part in parts.parts.values()] == [{0, 1}] * 3


@given(st.lists(st.just(4), min_size=20, max_size=40), st.integers(0, 3))
def test_recordings_of_equal_length_give_each_split_its_share_of_each_class(counts, seed):
    parts = split(windowed(counts), dataset(train_fraction=0.6, validation_fraction=0.2, seed=seed))
    for label in (0, 1):
        total = 4 * len(range(label, len(counts), 2))
        assert abs(len(parts.train.members(label)) - 0.6 * total) <= 4
        assert abs(len(parts.test.members(label)) - 0.2 * total) <= 4


drawn = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1)), min_size=1, max_size=20)


@given(drawn, drawn, drawn)
def test_a_sample_is_in_the_first_split_that_has_it_and_contradictions_in_none(train, validation, test):
    parts = [samples(*zip(*part, strict=True)) for part in (train, validation, test)]
    found = without_duplicates(Splits(*parts), allow_overlap=False)
    labels = {}
    for value, label in (*train, *validation, *test):
        labels.setdefault(value, set()).add(label)
    seen, expected = set(), []
    for part in (train, validation, test):
        own = {value for value, _ in part if len(labels[value]) == 1} - seen
        seen |= own
        expected.append(sorted(own))
    assert [values(part) for part in found.parts.values()] == expected
    assert found.overlap == 0


def test_overlap_stays_where_it_is_allowed_and_is_counted():
    parts = Splits(samples([1, 2, 3]), samples([4]), samples([3, 4, 5, 5]))
    found = without_duplicates(parts, allow_overlap=True)
    assert (values(found.train), values(found.validation)) == ([1, 2, 3], [4])
    assert (values(found.test), found.overlap) == ([3, 4, 5], 2)


def test_equal_inputs_of_a_regression_keep_the_first_target():
    part = samples([1, 1, 2], [[0.5], [0.7], [0.9]], ())
    found = without_duplicates(
        Splits(part, part.take(np.zeros(0, np.intp)), samples([3], [[1.0]], ())), allow_overlap=False
    )
    assert found.train.labels.tolist() == [[0.5], [0.9]]


def test_recordings_of_joined_parts_stay_different():
    parts = [samples([1, 2], recordings=[0, 0]), samples([3]), samples([4, 5], recordings=[1, 0])]
    found = joined(parts).recordings.tolist()
    assert found[0] == found[1] and len({found[0], *found[2:]}) == 4


def test_validation_is_a_fraction_of_train_where_there_is_none():
    train = samples(range(20), [0, 1] * 10)
    parts = {"train": train, "test": samples([100, 101], [0, 1])}
    chosen = Dataset.model_validate({"train": "a", "test": "b", "validation_fraction": 0.2})
    found = splits_of(parts, chosen, WHERE)
    assert (len(found.train), len(found.validation), values(found.test)) == (16, 4, [100, 101])
    assert found.validation.labels.tolist().count(0) == 2


def test_classes_of_splits_are_compared_by_name():
    parts = {
        "train": samples([1, 2, 3], [0, 1, 2], ("x", "y", "z")),
        "validation": samples([4, 5, 6], [2, 1, 0], ("z", "y", "x")),
        "test": samples([7, 8, 9], [0, 2, 1], ("x", "y", "z")),
    }
    found = splits_of(parts, dataset(), WHERE)
    assert found.test.classes == ("x", "y", "z")
    assert found.validation.labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("parts", "changes", "message"),
    [
        (
            {ALL: samples([1, 2], [0, 1])},
            {},
            f"{WHERE}: dataset.train_fraction: missing: these samples have no splits of their own\n"
            "  train_fraction = 0.7",
        ),
        (
            {"train": samples([1]), "test": samples([2])},
            {},
            f"{WHERE}: dataset.validation_fraction: missing: these samples have no validation split\n"
            "  validation_fraction = 0.1, of the training split",
        ),
        ({"train": samples([1])}, {}, f"{WHERE}: dataset: there is no test split, but train"),
        (
            {"train": samples([1]), "test": samples([2])},
            {"train_fraction": 0.5},
            f"{WHERE}: dataset.train_fraction: these samples have splits of their own; leave it out",
        ),
        (
            {name: samples([number], [0]) for number, name in enumerate(("train", "validation", "test"))},
            {},
            f"{WHERE}: dataset: the train split has no sample of 'b'\n"
            "  a class needs samples, or recordings, for each of the splits",
        ),
        (
            {
                "train": samples([1, 2], [0, 1]),
                "validation": samples([3, 4], [0, 1]),
                "test": samples([1, 2], [0, 1]),
            },
            {},
            f"{WHERE}: dataset: the test split has no samples",
        ),
    ],
    ids=["no fractions", "no validation", "no test", "needless fraction", "missing class", "test is train"],
)
def test_splits_that_cannot_be(parts, changes, message):
    with pytest.raises(InputError) as caught:
        splits_of(parts, dataset(**changes), WHERE)
    assert str(caught.value) == message
