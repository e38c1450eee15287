"""Real samples as integers, compared with exact arithmetic and with the oracle's QUANTIZE."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.samples import quantize_input
from support.tflite_builder import NetworkBuilder, to_tflite

scales = st.floats(2**-12, 2**6, width=32)
zero_points = st.integers(-128, 127)
values = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20)


def by_hand(value, scale, zero_point):
    """One value, its quotient rounded to float32 and then exactly."""
    quotient = np.float32(value) / np.float32(scale)
    whole = int(Decimal(float(quotient)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return max(-128, min(127, whole + zero_point))


@given(values, scales, zero_points)
def test_equals_exact_arithmetic(made, scale, zero_point):
    found = quantize_input(np.array(made, np.float32), scale, zero_point)
    assert found.dtype == np.int8
    assert found.tolist() == [by_hand(value, scale, zero_point) for value in made]


@given(scales, zero_points)
def test_every_integer_comes_back(scale, zero_point):
    integers = np.arange(-128, 128, dtype=np.int8)
    real = (integers.astype(np.float32) - zero_point) * np.float32(scale)
    assert quantize_input(real, scale, zero_point).tolist() == integers.tolist()


def test_halves_go_away_from_zero_and_the_rest_to_the_nearest():
    halves = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, -0.49999997], np.float32)
    assert quantize_input(halves, 1.0, 0).tolist() == [1, 2, 3, -1, -2, -3, 0, 0]


def test_what_does_not_fit_is_saturated():
    far = np.array([[300.0, -300.0], [np.inf, -np.inf]], np.float32)
    assert quantize_input(far, 0.5, 3).tolist() == [[127, -128], [127, -128]]


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        quantize_input(np.array([1.0, np.nan], np.float32), 1.0, 0)


@pytest.mark.parametrize(("scale", "zero_point"), [(1 / 255, -128), (0.0235, 4), (1.0, 0), (3.7e-3, 127)])
def test_equals_the_oracle(scale, zero_point):
    network = NetworkBuilder()
    real = network.activation((1, 4096), "float32")
    integer = network.activation((1, 4096), "int8", scale=scale, zero_point=zero_point)
    network.layer("QUANTIZE", [real], [integer])
    oracle = Oracle(to_tflite(network.finish([real], [integer])))
    random = np.random.default_rng(0)
    steps = random.integers(-400, 400, (1, 4096)) / 2  # every other one is a half, or nearly
    made = (steps * scale).astype(np.float32)
    assert quantize_input(made, scale, zero_point).tolist() == oracle.run([made])[0].tolist()
