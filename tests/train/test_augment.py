from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.model import Augmentation
from scons_tinyml.stages.train.augment import augment


def images(count, height, width, channels=1, seed=0):
    return np.random.default_rng(seed).random((count, height, width, channels), np.float32)


class Always:
    """A source of randomness that always gives the same end of each range."""

    def __init__(self, uniform, random=0.0):
        self.values = (uniform, random)

    def uniform(self, _low, _high, shape):
        return np.full(shape, self.values[0])

    def random(self, count):
        return np.full(count, self.values[1])


@given(st.integers(1, 3), st.integers(2, 9), st.integers(2, 9), st.integers(1, 3))
def test_no_change_changes_nothing(count, height, width, channels):
    given_images = images(count, height, width, channels)
    changed = augment(given_images, Augmentation(), np.random.default_rng(0))
    np.testing.assert_allclose(changed, given_images, atol=1e-6)
    assert changed.dtype == np.float32


@given(
    st.builds(
        Augmentation,
        rotation_degrees=st.floats(0, 180),
        zoom=st.floats(0, 0.9),
        shift=st.floats(0, 0.9),
        mirror=st.booleans(),
    ),
    st.integers(0, 9),
)
def test_values_stay_between_those_of_the_image_and_the_seed_decides(how, seed):
    given_images = images(4, 6, 5)
    first, second = (augment(given_images, how, np.random.default_rng(seed)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    low, high = given_images.min((1, 2, 3)), given_images.max((1, 2, 3))
    assert (first.min((1, 2, 3)) >= low - 1e-5).all() and (first.max((1, 2, 3)) <= high + 1e-5).all()


def test_a_quarter_turn():
    square = images(2, 5, 5)
    turned = augment(square, Augmentation(rotation_degrees=90), Always(1.0))
    np.testing.assert_allclose(turned, np.rot90(square, axes=(1, 2)), atol=1e-5)


def test_mirroring_swaps_left_and_right():
    wide = images(2, 3, 7)
    assert augment(wide, Augmentation(mirror=True), Always(0.0)) == pytest.approx(wide[:, :, ::-1], abs=1e-6)
    assert augment(wide, Augmentation(mirror=True), Always(0.0, 0.9)) == pytest.approx(wide, abs=1e-6)


def test_shifting_repeats_the_border():
    row = np.arange(4, dtype=np.float32).reshape(1, 1, 4, 1)
    moved = augment(row, Augmentation(shift=0.25), Always(1.0))
    assert moved.ravel().tolist() == [1, 2, 3, 3]


def test_zooming_spreads_the_middle():
    row = np.arange(5, dtype=np.float32).reshape(1, 1, 5, 1)
    larger = augment(row, Augmentation(zoom=0.5), Always(1.0))
    assert larger.ravel() == pytest.approx(2 + np.array([-2, -1, 0, 1, 2]) / 1.5)
