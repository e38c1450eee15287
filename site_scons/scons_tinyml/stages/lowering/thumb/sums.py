"""Sums of a layer's channels and the outputs that TensorFlow Lite Micro gives for them, as thresholds.

TFLM multiplies a sum by a factor in Q0.31, rounds, shifts to the right and rounds again (halves away from zero), adds
the zero point and limits the result. That is a function of the sum which never falls, so it is known by its
thresholds: for each output the smallest sum that gives it, or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.fixed_point import (
    INT32_MAX,
    INT32_MIN,
    clamp,
    requantize,
)
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint

INT8_MIN, INT8_MAX = -128, 127
_CLIP = 2**31
"""Beyond all products of a sum of 32 bits and a factor below 1: thresholds there are never reached."""


@dataclass(frozen=True)
class OutputRange:
    """Zero point and limits of the output, -128 to 127."""

    zero_point: int
    minimum: int = INT8_MIN
    maximum: int = INT8_MAX


@dataclass(frozen=True)
class Sums:
    """The sums of one channel: the factor that scales them, and all that the layer's weights let them reach."""

    factor: FixedPoint
    low: int
    high: int
    scale: int = 1
    """The register holds this times the sum: 256 for raw pairs."""


def expected(sums: Sums, output: OutputRange, value: int) -> int:
    """Return what TensorFlow Lite Micro gives for the sum `value`."""
    return clamp(requantize(value, sums.factor) + output.zero_point, output.minimum, output.maximum)


def constant_output(sums: Sums, output: OutputRange) -> int | None:
    """Return the output that all sums within reach give, or None if there are two."""
    if sums.low != sums.high and not _fits(sums, 1 << max(sums.factor.shift, 0)):
        return None
    least, most = expected(sums, output, sums.low), expected(sums, output, sums.high)
    return least if least == most else None


def is_within(sums: Sums) -> bool:
    """Return whether registers hold all sums within reach, scaled and shifted to the left."""
    return _fits(sums, sums.scale) and _fits(sums, 1 << max(sums.factor.shift, 0))


def _fits(sums: Sums, times: int) -> bool:
    return INT32_MIN <= sums.low * times <= sums.high * times <= INT32_MAX


def thresholds(sums: Sums, output: OutputRange) -> NDArray[np.int64]:
    """Return for each output above the minimum, up to the maximum, the smallest sum that gives it, or at least it.

    They are limited to [low, high + 1]: `low` where every sum does, `high + 1` where none does.
    """
    wanted = np.arange(output.minimum + 1, output.maximum + 1, dtype=np.int64) - output.zero_point
    factor, right, left = sums.factor.multiplier, max(-sums.factor.shift, 0), max(sums.factor.shift, 0)
    if factor == 0:
        return np.where(wanted <= 0, sums.low, sums.high + 1)
    # The product rounds up to `wanted` from wanted * 2^right - half on, and one later for halves below zero.
    product = (wanted << right) - (1 << right >> 1) + ((wanted <= 0) & (right > 0))
    product = np.clip(product, -_CLIP, _CLIP)
    first = -(-((product << 31) - (1 << 30)) // factor)
    first = -(-first // (1 << left))
    limited: NDArray[np.int64] = np.clip(first, sums.low, sums.high + 1)
    return limited
