"""Confusion matrices, errors, and samples that two versions judge differently."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.quality import MOST_CLASSES
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.quantize.judged import FURTHEST, confusion
from scons_tinyml.stages.quantize.judged import judge as judged

NETWORKS = {"float": "0" * 64, "quantized": "1" * 64}


def judge(outputs, test):
    return judged(outputs, test, {version: NETWORKS[version] for version in outputs})


def samples(labels, classes=()):
    return LabelledSamples(np.zeros((len(labels), 1), np.float32), np.array(labels), classes)


def one_hot(found, classes):
    return np.eye(classes, dtype=np.float32)[found]


def test_a_classification():
    test = samples([0, 0, 1, 1], ("no", "yes"))
    outputs = {"float": one_hot([0, 0, 1, 0], 3), "quantized": one_hot([0, 2, 1, 1], 3)}
    found = judge(outputs, test)
    assert (found.networks, found.samples) == (NETWORKS, 4)
    assert found.classes == ("no", "yes", "class 2")
    assert found.confusion == {
        "float": ((2, 0, 0), (1, 1, 0), (0, 0, 0)),
        "quantized": ((1, 0, 1), (0, 2, 0), (0, 0, 0)),
    }
    assert [(one.sample, one.label, one.judged) for one in found.differing] == [
        (1, "no", {"float": "no", "quantized": "class 2"}),
        (3, "yes", {"float": "no", "quantized": "yes"}),
    ]
    assert (found.differing_samples, found.differing[0].difference) == (2, 1)


def test_one_version_alone():
    found = judge({"quantized": one_hot([0, 1], 2)}, samples([0, 0], ("a", "b")))
    assert (found.differing, found.differing_samples) == ((), None)
    assert found.confusion == {"quantized": ((1, 1), (0, 0))}


def test_a_matrix_of_too_many_classes_is_left_out():
    many = MOST_CLASSES + 1
    found = judge({"float": one_hot([0, 1], many)}, samples([0, 1], ("a", "b")))
    assert (found.confusion, found.confusion_absent) == ({}, "65 classes; it is written for 64 at most")


def test_a_regression():
    labels = np.zeros((30, 2), np.float32)
    outputs = {"float": np.zeros((30, 2), np.float32), "quantized": np.zeros((30, 2), np.float32)}
    outputs["quantized"][7] = (3, -1)
    found = judge(outputs, samples(labels))
    assert (found.errors["float"].low, found.errors["float"].high) == (-1, 3)
    assert [sum(one.counts) for one in found.errors.values()] == [60, 60]
    assert (found.errors["quantized"].counts[0], found.errors["quantized"].counts[-1]) == (1, 1)
    assert len(found.differing) == FURTHEST
    assert (found.differing[0].sample, found.differing[0].difference) == (7, 3)
    assert (found.differing_samples, found.classes) == (None, ())


def test_outputs_that_are_no_number():
    outputs = {"float": np.full((2, 1), np.nan, np.float32), "quantized": np.ones((2, 1), np.float32)}
    found = judge(outputs, samples(np.ones((2, 1), np.float32)))
    assert [one.counts for one in found.errors.values()] == [(0,), (2,)]
    assert found.differing[0].difference == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_a_matrix_counts_each_sample_once(pairs):
    labels, found = np.array(pairs).T
    matrix = np.array(confusion(labels, found, 4))
    assert matrix.sum(axis=1).tolist() == np.bincount(labels, minlength=4).tolist()
    assert matrix.sum(axis=0).tolist() == np.bincount(found, minlength=4).tolist()
    assert np.trace(matrix) == (labels == found).sum()
