"""Pictures in smaller shapes, and classes that are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.kept import keep_classes
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.data.scaling import scale, scaled

WHERE = Path("model.toml")


def pictures(height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((3, height, width, channels), np.float32)


def of_all_classes() -> Splits:
    labels = np.array([0, 1, 2])
    part = LabelledSamples(pictures(4, 4, 3), labels, ("ant", "bee", "cow"))
    return Splits(part, part, part)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 8), st.integers(0, 8), st.sampled_from([1, 3]))
def test_the_mean_of_a_picture_stays(height, width, more_rows, more_columns, channels):
    large = pictures(height + more_rows, width + more_columns, channels)
    small = scale(large, (height, width, channels))
    assert small.shape == (3, height, width, channels)
    np.testing.assert_allclose(small.mean(axis=(1, 2)), large.mean(axis=(1, 2)), atol=1e-5)


def test_a_pixel_is_the_mean_of_the_area_below_it():
    large = np.arange(9, dtype=np.float32).reshape(1, 3, 3, 1)
    # 1.5 pixels wide: 0 + 0.5*1 + 0.5*3 + 0.25*4 of an area of 2.25
    assert scale(large, (2, 2, 1))[0, 0, 0, 0] == pytest.approx((0 + 0.5 + 1.5 + 1) / 2.25)


def test_a_whole_factor_is_a_mean_of_blocks_and_the_same_size_is_the_same_picture():
    large = pictures(6, 8, 1)
    blocks = large.reshape(3, 3, 2, 4, 2, 1).mean(axis=(2, 4))
    np.testing.assert_allclose(scale(large, (3, 4, 1)), blocks, atol=1e-6)
    assert (scale(large, (6, 8, 1)) == large).all()


def test_colour_becomes_grey():
    red = np.zeros((1, 2, 2, 3), np.float32)
    red[..., 0] = 1
    np.testing.assert_allclose(scale(red, (2, 2, 1)), 0.299)


@pytest.mark.parametrize("shape", [(5, 4, 3), (4, 4, 2), (4, 4)])
def test_what_pictures_cannot_become(shape):
    with pytest.raises(
        InputError, match=r"input\.shape: found .*; pictures of \[4, 4, 3\] can become smaller"
    ):
        scaled(of_all_classes(), shape, WHERE)


def test_classes_that_are_kept_have_new_labels():
    found = keep_classes(of_all_classes(), ("cow", "ant"), WHERE)
    assert found.train.classes == ("ant", "cow")
    assert found.test.labels.tolist() == [0, 1]
    assert (found.test.values == of_all_classes().test.values[[0, 2]]).all()
    assert keep_classes(of_all_classes(), (), WHERE).test.classes == ("ant", "bee", "cow")


def test_a_class_that_there_is_not():
    with pytest.raises(InputError, match=r"dataset\.classes: there is no class 'dog'"):
        keep_classes(of_all_classes(), ("ant", "dog"), WHERE)
