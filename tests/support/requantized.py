"""Channels and outputs for requantizations, and the sums that are tried."""

from __future__ import annotations

from hypothesis import strategies as st

from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, thresholds

SCALES = (1, 2, 256, 576)


@st.composite
def channels(draw: st.DrawFn, scale: int | None = None) -> Sums:
    """Factors of any size, and reaches of 0 to 2^31 sums."""
    multiplier = draw(st.integers(2**30, 2**31 - 1) | st.sampled_from([0, 2**30, 2**30 + 1, 2**31 - 1]))
    shift = draw(st.integers(-20, 1) | st.integers(-31, 8))
    used = draw(st.sampled_from(SCALES)) if scale is None else scale
    most = (2**31 - 1) // max(used, 1 << max(shift, 0))
    reach = min(most, 1 << draw(st.integers(0, 31)))
    low, high = sorted((draw(st.integers(-reach, reach)), draw(st.integers(-reach, reach))))
    return Sums(FixedPoint(multiplier, shift), low, high, used)


@st.composite
def outputs(draw: st.DrawFn) -> OutputRange:
    """Limits that are those of int8, of RELU at any zero point, or any others."""
    zero_point = draw(st.integers(-128, 127) | st.sampled_from([-128, 0, 127]))
    kind = draw(st.sampled_from(["none", "relu", "any"]))
    if kind == "any":
        low, high = sorted((draw(st.integers(-128, 127)), draw(st.integers(-128, 127))))
        return OutputRange(zero_point, low, high)
    return OutputRange(zero_point, zero_point if kind == "relu" else -128)


def tried(sums: Sums, output: OutputRange) -> list[int]:
    """Sums at both sides of all thresholds, at the ends, and around zero."""
    found = {int(first) + step for first in thresholds(sums, output) for step in (-1, 0, 1)}
    found |= {sums.low, sums.low + 1, sums.high, sums.high - 1, *range(-3, 4)}
    return sorted(number for number in found if sums.low <= number <= sums.high)
