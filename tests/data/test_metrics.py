"""Built-in metrics against values made by hand, and by their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.metric import Metric
from scons_tinyml.stages.metrics import METRICS, better_of, unit_of
from scons_tinyml.stages.metrics.auc import area
from scons_tinyml.stages.quantize.metric_value import value_of


def computed(name, labels, outputs):
    return METRICS.load(name).compute(np.array(labels), np.array(outputs, np.float32))


def one_hot(classes, count=2):
    return np.eye(count, dtype=np.float32)[classes]


def test_all_metrics_are_here():
    found = {
        name: (better_of(Metric(function=name)), unit_of(Metric(function=name))) for name in METRICS.names()
    }
    assert found == {
        "accuracy": ("higher", "fraction"),
        "auc": ("higher", "fraction"),
        "balanced_accuracy": ("higher", "fraction"),
        "f1": ("higher", "fraction"),
        "mean_absolute_error": ("lower", "number"),
    }


def test_accuracy_weighs_samples_and_balanced_accuracy_classes():
    labels, outputs = [0, 0, 0, 0, 1, 1], one_hot([0, 0, 0, 1, 1, 0])
    assert computed("accuracy", labels, outputs) == pytest.approx(4 / 6)
    assert computed("balanced_accuracy", labels, outputs) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert computed("balanced_accuracy", labels, one_hot([0] * 6)) == 0.5


def test_f1_of_two_classes_is_that_of_class_1():
    # One of two samples of class 1 is found, and one of class 0 is taken for it: precision and recall are 1/2.
    assert computed("f1", [0, 0, 0, 1, 1], one_hot([0, 0, 1, 1, 0])) == pytest.approx(1 / 2)
    # Precision 2/3, recall 1.
    assert computed("f1", [0, 1, 1], one_hot([1, 1, 1])) == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))
    assert computed("f1", [0, 0], one_hot([0, 0])) == 0


def test_f1_of_several_classes_is_their_mean():
    found = computed("f1", [0, 1, 2, 2], one_hot([0, 2, 2, 2], 3))
    assert found == pytest.approx((1 + 0 + 2 * 2 / (2 + 3)) / 3)


def test_auc_counts_equal_outputs_half():
    scores = np.array([0.1, 0.4, 0.35, 0.8], np.float32)
    assert computed("auc", [0, 0, 1, 1], np.stack([1 - scores, scores], axis=1)) == pytest.approx(0.75)
    assert computed("auc", [0, 1], [[0.5, 0.5], [0.5, 0.5]]) == 0.5


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=40))
def test_auc_is_the_share_of_pairs_in_order(pairs):
    inside = [score for is_in, score in pairs if is_in]
    outside = [score for is_in, score in pairs if not is_in]
    found = area(np.array([is_in for is_in, _ in pairs]), np.array([score for _, score in pairs]))
    if not inside or not outside:
        assert np.isnan(found)
        return
    won = sum((a > b) + (a == b) / 2 for a in inside for b in outside)
    assert found == pytest.approx(won / (len(inside) * len(outside)))


def test_mean_absolute_error_is_over_all_values():
    labels = np.array([[1, 2], [3, 4]], np.float32)
    assert computed("mean_absolute_error", labels, [[1, 3], [3, 2]]) == pytest.approx(3 / 4)


@pytest.mark.parametrize(
    ("result", "shown"),
    [("float('nan')", "nan"), ("float('inf')", "inf"), ("'good'", "str"), ("None", "NoneType")],
)
def test_an_own_function_gives_a_number(tmp_path, result, shown):
    (tmp_path / "mine.py").write_text(f"def mine(labels, outputs):\n    return {result}\n")
    where = tmp_path / "model.toml"
    with pytest.raises(InputError) as caught:
        value_of(
            "cost", Metric(function="mine.py:mine", better="lower"), np.zeros(1), np.zeros((1, 2)), where
        )
    problem = f"mine.py:mine returned {shown}; expected a finite number"
    assert str(caught.value) == f"{where}: metrics.cost: {problem}"


def test_an_own_function_that_fails_names_its_line(tmp_path):
    (tmp_path / "mine.py").write_text("def mine(labels, outputs):\n    return labels / nothing\n")
    metric = Metric(function="mine.py:mine", better="higher")
    with pytest.raises(InputError) as caught:
        value_of("cost", metric, np.zeros(1), np.zeros((1, 2)), tmp_path / "model.toml")
    assert str(caught.value) == f"{tmp_path / 'mine.py'}:2: NameError: name 'nothing' is not defined"


def test_an_own_function_cannot_change_what_the_next_one_gets(tmp_path):
    (tmp_path / "mine.py").write_text("def mine(labels, outputs):\n    outputs[:] = 7\n    return 1\n")
    outputs = np.zeros((1, 2))
    value_of("c", Metric(function="mine.py:mine", better="higher"), np.zeros(1), outputs, tmp_path / "m.toml")
    assert outputs.tolist() == [[0, 0]]
