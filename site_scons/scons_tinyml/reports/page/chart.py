"""Drawings that several pictures share. Widths are shares of the place, heights and text are in pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from scons_tinyml.reports.page.svg import cut, drawing, share, tag

_BAR_ROW = 42
_BAR = 12
_BULLET_ROW = 68
_NAMES = 0.6
"""Share of the width for names; figures are at the other end of the line."""


class Scale:
    """Places of values between their least and their most, from 0 to 1; in the middle if all are the same."""

    def __init__(self, values: Sequence[float]) -> None:
        self.least, self.most = min(values), max(values)

    def __call__(self, value: float) -> float:
        """Return the place of `value`."""
        return (value - self.least) / (self.most - self.least) if self.most > self.least else 0.5


@dataclass(frozen=True)
class Bar:
    """A bar with its name and figure above it; `marks` are other values on the same scale, with words."""

    name: str
    value: float
    shown: str
    style: str
    marks: tuple[tuple[float, str], ...] = ()
    also: str = ""
    more: str = ""
    """Further words and figures, which a narrow screen does not show."""
    part: float | None = None
    """Part of the value that a thin line in the bar shows."""


def bars(rows: Sequence[Bar], *, name: str, title: str, text: str, most: float | None = None) -> Markup:
    """Return horizontal bars, with `most` or the longest as wide as the place. Marks beyond it are left out."""
    most = most or max((row.value for row in rows), default=0) or 1
    parts = [list(_bar(row, place * _BAR_ROW, most)) for place, row in enumerate(rows)]
    return drawing(parts, height=len(rows) * _BAR_ROW, title=title, text=text, name=name)


def _bar(row: Bar, top: float, most: float) -> Iterator[Markup]:
    also = tag("tspan", f" · {row.also}", class_="soft wide") if row.also else None
    yield cut(tag("text", row.name, also, y=15), x=0, y=top, width=share(_NAMES), height=20)
    more = tag("tspan", f"{row.more} · ", class_="soft wide") if row.more else None
    yield tag("text", more, row.shown, x="100%", y=top + 15, class_="end")
    yield tag("rect", x=0, y=top + 22, width="100%", height=_BAR, rx=2, class_="track")
    yield tag(
        "rect",
        tag("title", f"{row.name}: {row.shown}"),
        x=0,
        y=top + 22,
        width=share(row.value / most),
        height=_BAR,
        rx=2,
        class_=row.style,
    )
    if row.part:
        inside = share(min(row.part, row.value) / most)
        yield tag("rect", x=0, y=top + 26.5, width=inside, height=3, class_="part")
    for value, words in row.marks:
        if value <= most:
            at = share(value / most)
            hint = tag("title", words)
            yield tag("line", hint, x1=at, x2=at, y1=top + 20, y2=top + 36, class_="mark")


@dataclass(frozen=True)
class Bullet:
    """A value beside its limit: names and figures, and places on the scale as shares of it."""

    name: str
    shown: str
    value: float
    limit: float | None
    is_over: bool
    words: str
    """Limit in words."""
    source: str = ""
    """Who set it; a narrow screen does not show it."""
    band: tuple[float, float] | None = None
    at_least: bool = False


def bullets(rows: Sequence[Bullet], *, name: str, title: str, text: str) -> Markup:
    """Return a bullet chart: a bar for each value, a line at its limit, and brackets around its band."""
    parts = [list(_bullet(row, place * _BULLET_ROW)) for place, row in enumerate(rows)]
    return drawing(parts, height=len(rows) * _BULLET_ROW, title=title, text=text, name=name)


def _bullet(row: Bullet, top: float) -> Iterator[Markup]:
    middle = top + 29
    yield tag("text", row.name, y=top + 15, class_="strong")
    yield tag("text", row.shown, x="100%", y=top + 15, class_=f"end{' bad strong' if row.is_over else ''}")
    yield tag("rect", x=0, y=middle - 7, width="100%", height=14, rx=2, class_="track")
    style = f"value{' over' if row.is_over else ''}"
    hint = tag("title", f"{row.name}: {row.shown}; {row.words}, set by {row.source}")
    yield tag("rect", hint, x=0, y=middle - 7, width=share(row.value), height=14, rx=2, class_=style)
    if row.band is not None:
        low, high = map(share, row.band)
        yield tag("line", x1=low, x2=high, y1=middle, y2=middle, class_="mark halo")
        yield tag("line", x1=low, x2=high, y1=middle, y2=middle, class_="mark")
        for end in (low, high):
            yield tag("line", x1=end, x2=end, y1=middle - 4, y2=middle + 4, class_="mark halo")
            yield tag("line", x1=end, x2=end, y1=middle - 4, y2=middle + 4, class_="mark")
    if row.limit is not None:
        at = share(row.limit)
        yield tag("line", x1=at, x2=at, y1=middle - 9, y2=middle + 11, class_="stop")
    source = tag("tspan", f" · {row.source}", class_="wide") if row.source else None
    words = tag("text", row.words, source, y=13, class_="small soft")
    yield cut(words, x=0, y=top + 37, width="100%", height=18)


@dataclass(frozen=True)
class Pair:
    """A figure of several versions: name, value, text and style of each."""

    name: str
    values: tuple[tuple[str, float, str, str], ...]


def pairs(rows: Sequence[Pair], *, name: str, title: str, text: str) -> Markup:
    """Return a bar for each version of each figure, to the largest of its figure."""
    parts: list[Markup] = []
    top = 0.0
    for row in rows:
        most = max((abs(value) for _, value, _, _ in row.values), default=0) or 1
        parts.append(tag("text", row.name, y=top + 15, class_="strong"))
        top += 22
        for version, value, shown, style in row.values:
            hint = tag("title", f"{row.name}, {version}: {shown}")
            parts.append(tag("rect", x=0, y=top, width="100%", height=22, rx=2, class_="track"))
            width = share(max(value, 0) / most)
            parts.append(tag("rect", hint, x=0, y=top, width=width, height=22, rx=2, class_=style))
            words = f"{version} {shown}"
            if value / most > _INSIDE:
                parts.append(tag("text", words, x=8, y=top + 16, class_="inside"))
            else:
                parts.append(tag("text", words, x=width, dx=8, y=top + 16, class_="small"))
            top += 25
        top += 14
    return drawing(parts, height=top, title=title, text=text, name=name)


_INSIDE = 0.4
"""Share of the width from which the words of a bar are in it."""
