"""Rules that name the usual cause of a layer's loss, from the figures of the layer. The first that holds counts."""

from __future__ import annotations

from collections.abc import Callable

from scons_tinyml.records.quality import ActivationQuality, Cause, WeightQuality

SATURATED_SHARE = 0.001
"""Share of saturated values above which clipping, and no rounding, makes the noise."""
OUTLIER_RATIO = 8.0
"""Range of a channel, in those of the median channel, that takes three of eight bits from the others."""
USED_SHARE = 1 / 8
"""Share of the quantized range below which 99.8 % of the values leave three of eight bits unused."""
WEIGHTS_DB = 30.0
"""Noise of weights with about five effective bits."""
GOOD_DB = 30.0
"""Ratio of a layer alone from which it loses little."""
INHERITED_DB = 6.0
"""Loss of the layers before over that of the layer alone from which theirs dominates: four times the power."""
INT16_DB = 25.0
"""Ratio of a layer alone below which about four bits are left."""


class Figures:
    """Figures of one layer that is compared; `snr_db` and `own_snr_db` as in the record."""

    def __init__(
        self,
        snr_db: float,
        own_snr_db: float | None,
        activations: ActivationQuality,
        weights: WeightQuality | None,
    ) -> None:
        self.snr_db = snr_db
        self.own_snr_db = own_snr_db
        self.activations = activations
        self.weights = weights

    @property
    def alone_db(self) -> float:
        """Ratio of the layer alone, or the whole one where that is not known."""
        return self.snr_db if self.own_snr_db is None else self.own_snr_db


def cause_of(figures: Figures) -> Cause:
    """Return the first rule that holds, with its figures in words."""
    found = (rule(figures) for rule in _RULES)
    return next(cause for cause in found if cause is not None)


def _inherited(figures: Figures) -> Cause | None:
    own = figures.own_snr_db
    if own is None or own < GOOD_DB or own - figures.snr_db < INHERITED_DB:
        return None
    return Cause(
        kind="inherited",
        text=f"the layers before it: alone it has {own:.1f} dB, with their noise {figures.snr_db:.1f}",
    )


def _saturation(figures: Figures) -> Cause | None:
    found = figures.activations
    if found.saturated is None or found.saturated <= SATURATED_SHARE:
        return None
    return Cause(
        kind="saturation",
        text=f"{100 * found.saturated:.2g} % of the values lie beyond {found.quantized_low:.4g} to "
        f"{found.quantized_high:.4g}, and are clipped: more or other representative samples widen the range",
    )


def _outliers(figures: Figures) -> Cause | None:
    weights, found = figures.weights, figures.activations
    if weights is not None and (weights.outlier_ratio or 1) > OUTLIER_RATIO:
        return Cause(
            kind="outliers",
            text=f"one scale for all channels of weights, of which one reaches {weights.outlier_ratio:.0f} times "
            "as far as the median one",
        )
    if figures.alone_db >= GOOD_DB or (found.outlier_ratio or 1) <= OUTLIER_RATIO:
        return None
    return Cause(
        kind="outliers",
        text=f"channel {found.outlier_channel} ranges {found.outlier_ratio:.0f} times as wide as the median "
        "channel, and one scale holds for all",
    )


def _range(figures: Figures) -> Cause | None:
    found = figures.activations
    if found.quantized_low is None or found.quantized_high is None or figures.alone_db >= GOOD_DB:
        return None
    share = (found.percentiles["99.9"] - found.percentiles["0.1"]) / (
        found.quantized_high - found.quantized_low
    )
    if share >= USED_SHARE:
        return None
    return Cause(
        kind="range",
        text=f"99.8 % of the values use {100 * share:.2g} % of the range: few large ones make the step coarse",
    )


def _weights(figures: Figures) -> Cause | None:
    if figures.weights is None or figures.weights.snr_db is None or figures.weights.snr_db >= WEIGHTS_DB:
        return None
    if figures.alone_db >= GOOD_DB:
        return None
    return Cause(kind="weights", text=f"rounded weights: {figures.weights.snr_db:.1f} dB")


def _int16(figures: Figures) -> Cause | None:
    if figures.alone_db >= INT16_DB:
        return None
    return Cause(
        kind="int16", text="8 bits are too few for values of this spread: a layer that should stay int16"
    )


def _rounding(figures: Figures) -> Cause:
    return Cause(kind="rounding", text=f"rounding to its step alone, {figures.alone_db:.1f} dB")


_RULES: tuple[Callable[[Figures], Cause | None], ...] = (
    *(_inherited, _saturation, _outliers, _range, _weights, _int16),
    _rounding,
)
