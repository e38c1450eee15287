"""Proof of a requantization: for every sum that a layer's weights let a channel reach, it gives TFLM's byte.

Two functions that never fall are the same if they have the same thresholds and the same values at the ends. So 255
comparisons a channel prove millions of sums. The constants of a fused requantization are searched by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX, INT32_MIN, clamp
from scons_tinyml.stages.lowering.thumb.requantization import Clamp, Fused, Requantization, Rounded, Shifted
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, constant_output, is_within, thresholds

_LARGEST_SHIFT = 23
"""Largest common shift: 128 * 2**23 leaves half of the range of 32 bits for the product."""
_COMMON = 4
"""Shifts are multiples of this where that suffices."""
_TRIED = (0, 1, -1, 2, -2, 3, -3, 4, -4)
"""Distances from the nearest whole M that are tried."""
_PARTS = (0.5, 0.25, 0.75, 0.1, 0.9)
"""Places between the smallest and the largest M that are tried after those."""


def prove(channels: Sequence[Sums], output: OutputRange) -> Requantization | str:
    """Return the fastest requantization that is equal for all sums within reach, or the reason why there is none.

    `channels` holds one or more.
    """
    for channel, sums in enumerate(channels):
        if not is_within(sums) and constant_output(sums, output) is None:
            return (
                f"sums of channel {channel} reach {sums.low} to {sums.high}, which 32 bits do not hold scaled"
            )
    return fused(channels, output) or with_roundings(channels, output)


def fused(channels: Sequence[Sums], output: OutputRange) -> Fused | None:
    """Return constants for one shift that all channels allow, or None."""
    largest = min(_largest_shift(sums) for sums in channels)
    for shift in _shifts(largest):
        found: list[tuple[int, int]] = []
        for sums in channels:
            constants = _fused_constants(sums, output, shift)
            if constants is None:
                break
            found.append(constants)
        else:
            exact = Fused(tuple(found), shift, Clamp())
            return Fused(tuple(found), shift, _needed(channels, output, exact))
    return None


def _shifts(largest: int) -> Iterator[int]:
    """Yield the shifts that are tried: first one that many layers have, so that they may share their function."""
    common = largest - largest % _COMMON
    yield from (shift for shift in dict.fromkeys((common, largest, largest - 1)) if shift > 0)


def _largest_shift(sums: Sums) -> int:
    """Return the largest shift for which M is below 2**31."""
    shift = _LARGEST_SHIFT
    while shift > 0 and _ideal(sums, shift) >= INT32_MAX:
        shift -= 1
    return shift


def _ideal(sums: Sums, shift: int) -> float:
    """Return the real number that M stands for: value * M / 2**(32 + shift) = sum * factor."""
    return sums.factor.multiplier * 2.0 ** (1 + shift + sums.factor.shift) / sums.scale


def _fused_constants(sums: Sums, output: OutputRange, shift: int) -> tuple[int, int] | None:
    """Return M and C with which all thresholds within reach are met, or None. M of a constant output is 0."""
    constant = constant_output(sums, output)
    if constant is not None:
        return 0, (constant << shift) + (1 << shift >> 1)
    bounds = _Bounds.of(sums, output, shift)
    nearest = round(_ideal(sums, shift))
    for factor in (*(nearest + distance for distance in _TRIED), *bounds.factors()):
        low, high = bounds.offsets(factor)
        offset = clamp((output.zero_point << shift) + (1 << shift >> 1), low, high)
        ends = [(end * sums.scale * factor >> 32) + offset for end in (sums.low, sums.high)]
        if low <= offset <= high and INT32_MIN <= min(ends) <= max(ends) <= INT32_MAX:
            return factor, offset
    return None


@dataclass(frozen=True)
class _Bounds:
    """Conditions for M and C: value * M + C * 2**32 is at least `result` from `first` on, and less up to `last`.

    All terms are below 2**62, so that int64 holds their differences.
    """

    first: NDArray[np.int64]
    first_result: NDArray[np.int64]
    last: NDArray[np.int64]
    last_result: NDArray[np.int64]

    @classmethod
    def of(cls, sums: Sums, output: OutputRange, shift: int) -> _Bounds:
        """Return the conditions at the thresholds within reach."""
        first = thresholds(sums, output)
        results = np.arange(output.minimum + 1, output.maximum + 1, dtype=np.int64) << (32 + shift)
        met, missed = first <= sums.high, first > sums.low
        scaled = first * sums.scale
        return cls(scaled[met], results[met], scaled[missed] - sums.scale, results[missed])

    def offsets(self, factor: int) -> tuple[int, int]:
        """Return the least and the largest C for M; the first is above the second where there is none."""
        if not 0 <= factor <= INT32_MAX:
            return 1, 0
        least = -((self.first * factor - self.first_result) >> 32)
        most = (self.last_result - 1 - self.last * factor) >> 32
        return int(least.max(initial=INT32_MIN)), int(most.min(initial=INT32_MAX))

    def factors(self) -> Iterator[int]:
        """Yield a few M between the limits that pairs of conditions set: the difference of two has no C."""
        steps = (self.first[:, None] - self.last[None, :]).astype(np.float64)
        results = self.first_result[:, None].astype(np.float64) - self.last_result[None, :].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            limits = results / steps
        low, high = limits[steps > 0].max(initial=0), limits[steps < 0].min(initial=INT32_MAX)
        if low < high:
            yield from sorted({round(low + part * (high - low)) for part in _PARTS})


def with_roundings(channels: Sequence[Sums], output: OutputRange) -> Rounded | Shifted | str:
    """Return TFLM's own arithmetic, with one shift if all channels have it, or the reason why there is none."""
    scales = {sums.scale for sums in channels}
    (scale,) = scales if len(scales) == 1 else (0,)
    if scale & (scale - 1) or scale == 0:
        return "no proven constants, and sums are not scaled by one power of two"
    halving = scale.bit_length() - 2
    found: list[tuple[int, int, int]] = []
    for channel, sums in enumerate(channels):
        constants = _rounding_constants(sums, output)
        if isinstance(constants, str):
            return f"no proven constants, and channel {channel} {constants}"
        found.append(constants)
    shifts = {shift for factor, _, shift in found if factor}
    if len(shifts) <= 1:
        shift = next(iter(shifts), 1)
        pairs = tuple(
            (factor, offset if factor else _offset(offset >> old, shift)) for factor, offset, old in found
        )
        rounded = Rounded(pairs, halving, shift, Clamp())
        return Rounded(pairs, halving, shift, _needed(channels, output, rounded))
    shifted = Shifted(tuple(found), halving, Clamp())
    return Shifted(tuple(found), halving, _needed(channels, output, shifted))


def _rounding_constants(sums: Sums, output: OutputRange) -> tuple[int, int, int] | str:
    """Return factor, offset and shift; a channel whose outputs are all the same gets a factor of 0."""
    constant = constant_output(sums, output)
    if constant is not None:
        return 0, _offset(constant, 1), 1
    shift = -sums.factor.shift
    if shift <= 0:
        return f"has a factor of 1/2 or more, 2^{-shift}"
    if shift >= _LARGEST_SHIFT:
        return f"has a factor below 2^-{_LARGEST_SHIFT}"
    if max(abs(sums.low), abs(sums.high)) >= 2**30:
        return "has sums of 2^30 or more"
    return sums.factor.multiplier, _offset(output.zero_point, shift), shift


def _offset(result: int, shift: int) -> int:
    """Return `result` and a half before a shift to the right."""
    return (result << shift) + (1 << shift >> 1)


def _needed(channels: Sequence[Sums], output: OutputRange, found: Requantization) -> Clamp:
    """Return the limits that outputs within reach pass: those at the ends, as outputs never fall."""
    changing = [
        (channel, sums) for channel, sums in enumerate(channels) if constant_output(sums, output) is None
    ]
    low = min((found.output(n, sums.low * sums.scale) for n, sums in changing), default=output.minimum)
    high = max((found.output(n, sums.high * sums.scale) for n, sums in changing), default=output.maximum)
    minimum, maximum = output.minimum, output.maximum
    return Clamp(minimum if low < minimum else None, maximum if high > maximum else None)
