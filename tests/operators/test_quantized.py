"""Fixed-point numbers, rounding and ranges of activations."""

from __future__ import annotations

from math import ldexp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.graph.families.quantization import scales as quantized
from scons_tinyml.stages.graph.families.quantization.activation import (
    FLOAT32_MAX,
    float_range,
    quantize_real,
    quantized_range,
)
from scons_tinyml.stages.graph.families.quantization.scales import (
    FixedPoint,
    quantize_multiplier,
    round_half_away,
)
from scons_tinyml.stages.graph.ir import Quantization, Tensor
from support.tflite_builder import NetworkBuilder


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        (0.0, FixedPoint(0, 0)),
        (1.0, FixedPoint(1 << 30, 1)),
        (0.5, FixedPoint(1 << 30, 0)),
        (0.75, FixedPoint(3 << 29, 0)),
        (3.0, FixedPoint(3 << 29, 2)),
        (1 - 2**-40, FixedPoint(1 << 30, 1)),  # rounds up to the next power of two
        (0.5 + 2**-32, FixedPoint((1 << 30) + 1, 0)),  # a half is rounded away from zero
        (2**-32, FixedPoint(1 << 30, -31)),
        (2**-33, FixedPoint(0, 0)),  # below what a shift of 31 can express
    ],
)
def test_multiplier(real: float, expected: FixedPoint) -> None:
    assert quantize_multiplier(real) == expected


@given(st.floats(2**-31, 2**30))
def test_multiplier_is_the_nearest(real: float) -> None:
    fixed = quantize_multiplier(real)
    assert 1 << 30 <= fixed.multiplier < 1 << 31
    assert -31 <= fixed.shift <= 31
    error = abs(ldexp(fixed.multiplier, fixed.shift - 31) - real)
    assert error <= ldexp(0.5, fixed.shift - 31)


@given(st.floats(-(2.0**31), 2.0**31, width=32))
def test_rounding(real: float) -> None:
    rounded = round_half_away(real)
    assert rounded == -round_half_away(-real)
    assert abs(rounded - real) <= 0.5
    if abs(rounded - real) == 0.5:
        assert abs(rounded) > abs(real)


@given(st.floats(-1e30, 1e30))
def test_rounding_to_float32(real: float) -> None:
    assert quantized.round_to_float32(real) == float(np.float32(real))


@pytest.mark.parametrize(("shift", "expected"), [(0, 31 << 26), (20, 31 << 6), (22, 496), (26, 31), (31, 0)])
def test_input_radius(shift: int, expected: int) -> None:
    """(2**5 - 1) * 2**26 / 2**shift, rounded down."""
    assert quantized.input_radius(5, shift) == expected


@pytest.mark.parametrize(
    ("activation", "scale", "zero_point", "expected"),
    [
        ("NONE", 0.1, 3, (-128, 127)),
        ("RELU", 0.1, 3, (3, 127)),
        ("RELU", 0.1, -128, (-128, 127)),
        ("RELU6", 0.1, 3, (3, 63)),
        ("RELU6", 0.1, 100, (100, 127)),
        ("RELU6", 4.0, 0, (0, 2)),  # 1.5 is rounded away from zero
        ("RELU_N1_TO_1", 0.1, -125, (-128, -115)),
    ],
)
def test_range_of_int8(activation: str, scale: float, zero_point: int, expected: tuple[int, int]) -> None:
    assert quantized_range(_layer(activation, "int8", scale, zero_point)) == expected


@pytest.mark.parametrize(
    ("activation", "expected"),
    [("NONE", (-32768, 32767)), ("RELU", (0, 32767)), ("RELU6", (0, 12000)), ("RELU_N1_TO_1", (-2000, 2000))],
)
def test_range_of_int16(activation: str, expected: tuple[int, int]) -> None:
    assert quantized_range(_layer(activation, "int16", 0.0005, 0)) == expected


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("NONE", (-FLOAT32_MAX, FLOAT32_MAX)),
        ("RELU", (0.0, FLOAT32_MAX)),
        ("RELU6", (0.0, 6.0)),
        ("RELU_N1_TO_1", (-1.0, 1.0)),
    ],
)
def test_range_of_float(activation: str, expected: tuple[float, float]) -> None:
    assert float_range(_layer(activation, "float32")) == expected
    assert float(np.finfo(np.float32).max) == FLOAT32_MAX


def _layer(activation: str, type_name: str, scale: float | None = None, zero_point: int = 0):
    net = NetworkBuilder()
    tensor = net.activation((1, 1), type_name, scale=scale, zero_point=zero_point)
    net.layer("ADD", [tensor, tensor], [tensor], fused_activation_function=activation)
    graph = net.finish([tensor], [tensor])
    return graph.view(graph.layers[0])


@pytest.mark.parametrize(
    ("quantization", "expected"),
    [
        (None, ["input is int8 but has no scale"]),
        (Quantization((), ()), ["input is int8 but has no scale"]),
        (Quantization((0.5, 0.25), (0, 0)), ["input has 2 scales, expected one for the whole tensor"]),
        (Quantization((0.0,), (0,)), ["input has a scale that is not a positive number"]),
        (Quantization((float("nan"),), (0,)), ["input has a scale that is not a positive number"]),
        (Quantization((0.5,), ()), ["input has 1 scales but 0 zero points"]),
        (Quantization((0.5,), (128,)), ["input has a zero point outside of [-128, 127]"]),
        (Quantization((0.5,), (-128,)), []),
    ],
)
def test_problems_of_a_quantized_tensor(quantization: Quantization | None, expected: list[str]) -> None:
    assert quantized.check_quantization(Tensor(0, "x", (1,), "int8", quantization), "input") == expected
    assert quantized.check_quantization(Tensor(0, "x", (1,), "float32", quantization), "input") == []


@pytest.mark.parametrize(("real", "expected"), [(6.0, 2**31 + 3), (-1.0, -(2**31) + 3)])
def test_a_scale_that_float32_cannot_divide_by(real, expected):
    """1e-45, the least that a file can say: 6 / 1e-45 is infinite."""
    tensor = Tensor(0, "tiny", (1,), "int8", Quantization((1e-45,), (3,)))
    assert quantize_real(real, tensor) == expected
