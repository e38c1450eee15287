"""Error bands of a timing model, one for each kind of code, by one rule from the evidence of the model.

The rule, for each side of a band:

- The deviation of a comparison is measured / predicted - 1 on the slow side, predicted / measured - 1 on the fast one.
- The largest deviation of the kind counts, at least `LEAST`, times 1 + 2 / n. So few comparisons make a wide band.
- n is the number of comparisons. One that a rule or constant was chosen with in sight is half a comparison.
- A kind without a comparison has twice the widest band of the core; a model without any, a factor of 2 both ways.
- Ends are rounded outwards to a tenth of a percent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, floor

from scons_tinyml.emulator.timing.evidence import Comparison, comparisons
from scons_tinyml.emulator.timing.interface import TimingModel
from scons_tinyml.records.code_kind import CodeKind

LEAST = 0.05
"""Least deviation on each side, before the number of comparisons counts."""
FITTED = 0.5
"""Weight of a comparison that a rule was chosen with in sight."""
_STEPS = 1000
_UNKNOWN = 1.0
"""Deviation of a model that was never compared: from half to twice the cycles."""


@dataclass(frozen=True)
class Band:
    """Relative error of predicted cycles: a board takes between (1 + low) and (1 + high) times as many."""

    low: float
    high: float
    basis: str
    """Comparisons that the ends come from."""
    comparisons: int = 0
    fitted: int = 0
    """Those of the comparisons that a rule or constant was chosen with in sight."""
    least: float | None = None
    """Least ratio of predicted to measured cycles, None without a comparison."""
    most: float | None = None


Bands = Mapping[CodeKind, Band]
"""Bands of all kinds."""


def bands_for(model: TimingModel) -> Bands:
    """Return the bands of `model`. Raises RecordError for evidence that cannot be read."""
    return _bands_for(model.core, model.version)


@cache
def _bands_for(core: str, version: str) -> Bands:
    return bands_of(comparisons(core, version))


def bands_of(found: Sequence[Comparison]) -> Bands:
    """Return the bands of all kinds by the comparisons `found`."""
    by_kind = {kind: [one for one in found if kind in one.group.kinds] for kind in CodeKind}
    known = {kind: band_of(some) for kind, some in by_kind.items() if some}
    other = _without_comparison(list(known.values()))
    return {kind: known.get(kind, other) for kind in CodeKind}


def band_of(found: Sequence[Comparison]) -> Band:
    """Return the band of one kind by its comparisons, at least one."""
    ratios = [one.ratio for one in found]
    fitted = sum(one.group.fitted for one in found)
    factor = 1 + 2 / (len(found) - fitted * (1 - FITTED))
    count = "1 comparison" if len(found) == 1 else f"{len(found)} comparisons"
    seen = f", {fitted} of them with rules chosen on them" if fitted else ""
    return _band(
        max(LEAST, max(ratios) - 1) * factor,
        max(LEAST, 1 / min(ratios) - 1) * factor,
        f"{count}{seen}, {min(ratios):.3f} to {max(ratios):.3f} of the measured cycles",
        len(found),
        fitted,
        min(ratios),
        max(ratios),
    )


def _without_comparison(known: Sequence[Band]) -> Band:
    if not known:
        return _band(_UNKNOWN, _UNKNOWN, "no comparison of this timing model with a board")
    fast = max(1 / (1 + one.low) - 1 for one in known)
    return _band(
        2 * fast, 2 * max(one.high for one in known), "no comparison: twice the widest band of the core"
    )


def _band(fast: float, slow: float, basis: str, *counts: float) -> Band:
    low = floor(_STEPS * (1 / (1 + fast) - 1) + 1e-6) / _STEPS
    return Band(low, ceil(_STEPS * slow - 1e-6) / _STEPS, basis, *counts)  # type: ignore[arg-type]


def widest(bands: Bands) -> Band:
    """Return the band of code of unknown kind: the widest ends of all kinds that were compared."""
    known = [one for one in bands.values() if one.comparisons] or list(bands.values())
    if len({(one.low, one.high) for one in known}) == 1:
        return known[0]
    return Band(
        min(one.low for one in known),
        max(one.high for one in known),
        f"the widest of {len(known)} kinds of code, as the kind is not known",
    )


def ends(parts: Iterable[tuple[Band, int]]) -> tuple[float, float]:
    """Return low and high of code whose parts have bands and cycles; without cycles the widest ends count."""
    found = list(parts)
    total = sum(cycles for _, cycles in found)
    if not total:
        return min(band.low for band, _ in found), max(band.high for band, _ in found)
    return (
        sum(band.low * cycles for band, cycles in found) / total,
        sum(band.high * cycles for band, cycles in found) / total,
    )
