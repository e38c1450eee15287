"""Figures of arrays, against small arrays with known answers and against other ways to compute them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.quality import LARGEST_DB
from scons_tinyml.stages.quality.figures import beyond, histogram, percentiles, power, snr_db, widest

VALUES = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50)


def test_bins_have_their_low_end_and_the_last_one_both():
    assert histogram(np.array([0, 1, 2, 3, 4]), 0, 4, 4).counts == (1, 1, 1, 2)


def test_values_beyond_an_end_count_in_the_bin_there():
    found = histogram(np.array([-9, 0.5, 1.5, 9, np.inf, -np.inf, np.nan]), 0, 2, 2)
    assert found.counts == (3, 3)


def test_values_that_are_all_equal_are_one_bin():
    assert histogram(np.full((2, 3), 7.0), 7, 7).model_dump() == {"low": 7, "high": 7, "counts": (6,)}


def test_ends_in_the_wrong_order():
    with pytest.raises(ValueError, match="the high end 1 is below the low one 2"):
        histogram(np.array([1.0]), 2, 1)


@given(VALUES, st.integers(1, 64))
def test_every_value_is_in_one_bin(values, bins):
    found = histogram(np.array(values), min(values), max(values), bins)
    assert sum(found.counts) == len(values)
    assert found.counts[-1] > 0


@pytest.mark.parametrize(
    ("signal", "noise", "db"),
    [
        (100, 1, 20),
        (1, 1, 0),
        (0, 0, 0),
        (1, 4, -6.0206),
        (1, 0, LARGEST_DB),
        (0, 1, -LARGEST_DB),
        (1e300, 1e-300, LARGEST_DB),
    ],
)
def test_signal_to_noise(signal, noise, db):
    assert snr_db(signal, noise) == pytest.approx(db, abs=1e-4)


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9), st.floats(1e-3, 1e3))
def test_signal_to_noise_does_not_depend_on_the_scale(signal, noise, scale):
    assert snr_db(signal * scale, noise * scale) == pytest.approx(snr_db(signal, noise), abs=1e-6)


def test_rounding_to_a_step_has_the_noise_of_theory():
    """A step of s has a noise of s * s / 12 (Widrow): 256 steps over a uniform signal make 48.2 dB."""
    values = np.random.default_rng(0).random(100_000) * 2 - 1
    step = 2 / 256
    rounded = np.round(values / step) * step
    assert snr_db(power(values), power(values - rounded)) == pytest.approx(48.16, abs=0.1)


def test_values_within_a_step_of_the_range_are_not_beyond_it():
    values = np.array([-1.0, 0, 0.5, 1, 1.25, 1.26, -0.26, np.nan])
    assert beyond(values, 0, 1, 0.25) == 3


@given(VALUES)
def test_percentiles_are_in_order(values):
    found = list(percentiles(np.array(values)).values())
    assert found == sorted(found)
    assert min(values) <= found[0] <= found[-1] <= max(values)


@pytest.mark.parametrize(
    ("widths", "found"),
    [([1, 2, 8], (4, 2)), ([0, 0, 3, 1], (1.5, 2)), ([5], None), ([0, 5], None), ([0, 0], None)],
)
def test_the_widest_channel_over_the_median_one_that_is_used(widths, found):
    assert widest(np.array(widths)) == found
