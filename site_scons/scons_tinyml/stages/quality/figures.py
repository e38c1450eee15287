"""Figures of arrays: histograms, signal-to-noise ratios, percentiles, widest channels."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.quality import LARGEST_DB, MOST_BINS, Histogram

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    FloatArray = npt.NDArray[np.float64]

PERCENTILES = (0.1, 1.0, 50.0, 99.0, 99.9)


def histogram(values: Array, low: float, high: float, bins: int = MOST_BINS) -> Histogram:
    """Return the histogram of `values`, of any shape, in `bins` bins from `low` to `high`.

    Values beyond an end count in the bin there, those that are no number in none. With `low` equal to `high` there is
    one bin. Raises ValueError for a `high` below `low`.
    """
    import numpy as np

    if high < low:
        raise ValueError(f"the high end {high} is below the low one {low}")
    found = np.asarray(values, np.float64).ravel()
    found = found[~np.isnan(found)]
    width = (high - low) / bins
    if not width > 0:
        return Histogram(low=low, high=high, counts=(len(found),))
    places = np.clip((np.clip(found, low, high) - low) / width, 0, bins - 1).astype(np.int64)
    return Histogram(low=low, high=high, counts=tuple(np.bincount(places, minlength=bins).tolist()))


def snr_db(signal_power: float, noise_power: float) -> float:
    """Return the ratio of two powers in decibels, within the bounds of the record; 0 where both are 0 or not finite."""
    if noise_power == signal_power:
        return 0.0
    if not noise_power > 0:
        return LARGEST_DB
    if not signal_power > 0:
        return -LARGEST_DB
    return max(-LARGEST_DB, min(LARGEST_DB, 10 * (log10(signal_power) - log10(noise_power))))


def power(values: Array) -> float:
    """Return the sum of the squares of `values`."""
    import numpy as np

    return float(np.sum(np.square(np.asarray(values, np.float64))))


def beyond(values: Array, low: float, high: float, step: float) -> int:
    """Return the number of `values` that lie outside of `low` to `high` by over a `step`."""
    import numpy as np

    found, reserve = np.asarray(values, np.float64), step * (1 + 1e-6)
    return int(np.count_nonzero((found < low - reserve) | (found > high + reserve)))


def percentiles(values: Array) -> dict[str, float]:
    """Return the PERCENTILES of `values`, by name."""
    import numpy as np

    found = np.percentile(np.asarray(values, np.float64), PERCENTILES)
    return {f"{name:g}": float(value) for name, value in zip(PERCENTILES, found, strict=True)}


def widest(widths: Array) -> tuple[float, int] | None:
    """Return the largest of `widths`, of shape (channels,), over the median of those above 0, and its position.

    Return None for fewer than two channels that are above 0.
    """
    import numpy as np

    found = np.asarray(widths, np.float64)
    alive = found[found > 0]
    if len(alive) < 2:
        return None
    place = int(found.argmax())
    return float(found[place] / np.median(alive)), place
