"""The arithmetic of `kernels/include/tinyml/fixed_point.h`, for tables that are computed at build time.

Qm.n is a number with m bits before and n bits after the binary point, in 32 bits. Results are rounded to
nearest; the docstrings give the rounding of halves.
"""

from __future__ import annotations

from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1

_EXPONENTIALS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31."""

_EXP_OF_MINUS_EIGHTH = 1895147668
_THIRD = 715827883
_RECIPROCAL_AT_0, _RECIPROCAL_SLOPE = 1515870810, -1010580540
"""48/17 and -32/17 in Q2.29: the initial line of Newton's method for a reciprocal."""


def clamp(value: int, low: int, high: int) -> int:
    """Return `value` limited to [low, high]."""
    return max(low, min(high, value))


def wrapped(value: int) -> int:
    """Return `value` modulo 2**32, as a signed number."""
    return (value - INT32_MIN) % 2**32 + INT32_MIN


def saturated_shift_left(value: int, exponent: int) -> int:
    """Return value * 2**exponent, limited to 32 bits."""
    return clamp(value << exponent, INT32_MIN, INT32_MAX)


def rounded_shift_right(value: int, exponent: int) -> int:
    """Return value / 2**exponent, halves away from zero."""
    magnitude = (abs(value) + (1 << exponent >> 1)) >> exponent
    return magnitude if value >= 0 else -magnitude


def multiply_high(first: int, second: int, fraction_bits: int = 31) -> int:
    """Return the product of two numbers in Q0.31 (or Q0.15), halves up; (-1)**2 gives the largest number."""
    return min((first * second + (1 << fraction_bits >> 1)) >> fraction_bits, (1 << fraction_bits) - 1)


def requantize(value: int, factor: FixedPoint) -> int:
    """Return value * factor; rounds after the product and again after a right shift."""
    product = multiply_high(wrapped(value << max(factor.shift, 0)), factor.multiplier)
    return rounded_shift_right(product, max(-factor.shift, 0))


def exp_on_negative(value: int, integer_bits: int) -> int:
    """Return exp(x) in Q0.31 for x <= 0 with `integer_bits`: exp(rest) by factors exp(-2**k)."""
    if value == 0:
        return INT32_MAX
    quarter = 1 << (31 - integer_bits - 2)
    rest = (value & (quarter - 1)) - quarter
    result = _exp_of_quarter(saturated_shift_left(rest, integer_bits))
    for bit, factor in enumerate(_EXPONENTIALS[: integer_bits + 2]):
        if (rest - value) & (quarter << bit):
            result = multiply_high(result, factor)
    return result


def _exp_of_quarter(value: int) -> int:
    """Return exp(x) in Q0.31 for x in [-1/4, 0): four terms of the Taylor series about -1/8."""
    y = value + (1 << 28)
    y2 = multiply_high(y, y)
    y3, y4 = multiply_high(y2, y), multiply_high(y2, y2)
    cubic = multiply_high(rounded_shift_right(y4, 2) + y3, _THIRD)
    series = y + rounded_shift_right(cubic + y2, 1)
    return _EXP_OF_MINUS_EIGHTH + multiply_high(_EXP_OF_MINUS_EIGHTH, series)


def _half_reciprocal(value: int) -> int:
    """Return 2 / (1 + x) in Q2.29 for x in [0, 1) in Q0.31: three steps of Newton's method."""
    half_denominator = rounded_shift_right(value + INT32_MAX, 1)
    quotient = _RECIPROCAL_AT_0 + multiply_high(half_denominator, _RECIPROCAL_SLOPE)
    for _ in range(3):
        error = (1 << 29) - multiply_high(half_denominator, quotient)
        quotient += saturated_shift_left(multiply_high(quotient, error), 2)
    return quotient


def logistic(value: int) -> int:
    """Return 1 / (1 + exp(-x)) in Q0.31 for x in Q4.27, through the positive half of the curve."""
    if value == 0:
        return 1 << 30
    upper = saturated_shift_left(_half_reciprocal(exp_on_negative(-abs(value), 4)), 1)
    return upper if value > 0 else INT32_MAX - upper


def tanh(value: int) -> int:
    """Return tanh(x) in Q0.31 for x in Q4.27: (1 - e) / (1 + e), e = exp(-2 * |x|), as |x| in Q5.26."""
    if value == 0:
        return 0
    upper = saturated_shift_left(_half_reciprocal(exp_on_negative(-abs(value), 5)) - (1 << 29), 2)
    return upper if value > 0 else -upper


def inverse_square_root(value: int) -> FixedPoint:
    """Return 1 / sqrt(value) for an integer in [1, 2**27): five steps of Newton's method from 1, in Q3.28."""
    if value <= 1:
        return FixedPoint(INT32_MAX, 0)
    pairs = (31 - value.bit_length()) // 2 - 1
    normalized = value << (2 * pairs) >> 1
    half = rounded_shift_right(normalized, 1)
    x = 1 << 28
    for _ in range(5):
        cube = saturated_shift_left(multiply_high(multiply_high(x, x), x), 6)
        x = saturated_shift_left(multiply_high(3 << 27, x) - multiply_high(half, cube), 3)
    right = 11 - pairs
    half_square_root_of_2 = 1518500250
    return FixedPoint(multiply_high(x, half_square_root_of_2) << max(-right, 0), -max(right, 0))
