"""Histograms as columns, upwards from a line or downwards from it."""

from __future__ import annotations

from markupsafe import Markup

from scons_tinyml.records.quality import Histogram
from scons_tinyml.reports.page.svg import share, tag

_GAP = 0.12
"""Part of a bin's width that is left free."""
_LEAST = 1.0
"""Pixels of the smallest count above 0: a single value is seen too."""


def bins(found: Histogram, *, line: float, height: float, style: str, down: bool = False) -> list[Markup]:
    """Return a column for each bin with values, `height` pixels for the fullest, from the `line` up or `down`."""
    most, width = max(found.counts) or 1, 1 / len(found.counts)
    step = (found.high - found.low) * width
    drawn = []
    for place, count in enumerate(found.counts):
        if count:
            tall = max(height * count / most, _LEAST)
            low = found.low + place * step
            drawn.append(
                tag(
                    "rect",
                    tag("title", f"{count:,} from {low:.4g} to {low + step:.4g}"),
                    x=share(width * (place + _GAP / 2)),
                    y=line if down else line - tall,
                    width=share(width * (1 - _GAP)),
                    height=tall,
                    class_=style,
                )
            )
    return drawn
