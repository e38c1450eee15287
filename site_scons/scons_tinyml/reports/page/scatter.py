"""Points by two of their figures, with limits as lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from scons_tinyml.reports.page.chart import Scale
from scons_tinyml.reports.page.svg import drawing, share, tag

_TOP, _HEIGHT, _BOTTOM = 22, 240, 44
_LEFT, _RIGHT = 0.16, 0.08
"""Shares of the picture that are free of points at its sides."""
_LINES = 4
_REACH = 1.5
"""How far beyond the points a limit may lie, in their range, and still be shown."""


@dataclass(frozen=True)
class Figure:
    """A figure of points: its name, its text, and its limit, None if there is none."""

    name: str
    shown: Callable[[float], str]
    limit: float | None = None


@dataclass(frozen=True)
class Dot:
    """A point with its two figures, words about it, its style, and the page that it leads to."""

    across: float
    up: float
    words: str
    style: str
    link: str = ""


def scatter(dots: Sequence[Dot], across: Figure, up: Figure, *, name: str, text: str) -> Markup:
    """Return the picture of `dots`, of which there is at least one."""
    x = _scale([dot.across for dot in dots], across.limit)
    y = _scale([dot.up for dot in dots], up.limit)
    parts = [*_grid(x, y, across, up), *_limits(x, y, across, up), *(_dot(dot, x, y) for dot in dots)]
    title = f"{up.name} by {across.name}"
    return drawing(parts, height=_TOP + _HEIGHT + _BOTTOM, title=title, text=text, name=name)


def _scale(values: Sequence[float], limit: float | None) -> Scale:
    """Return the scale of `values`, and of their limit if it is near."""
    least, most = min(values), max(values)
    reach = _REACH * (most - least)
    is_near = limit is not None and least - reach <= limit <= most + reach
    return Scale([*values, limit] if is_near and limit is not None else values)


def _at_x(scale: Scale, value: float) -> str:
    return share(_LEFT + (1 - _LEFT - _RIGHT) * scale(value))


def _at_y(scale: Scale, value: float) -> float:
    return _TOP + 12 + (_HEIGHT - 24) * (1 - scale(value))


def _dot(dot: Dot, x: Scale, y: Scale) -> Markup:
    hint = tag("title", dot.words)
    circle = tag("circle", hint, cx=_at_x(x, dot.across), cy=_at_y(y, dot.up), r=6, class_=dot.style)
    return tag("a", circle, href=dot.link, aria_label=dot.words) if dot.link else circle


def _limits(x: Scale, y: Scale, across: Figure, up: Figure) -> Iterator[Markup]:
    if across.limit is not None and x.least <= across.limit <= x.most:
        at = _at_x(x, across.limit)
        hint = tag("title", f"limit of {across.name}: {across.shown(across.limit)}")
        yield tag("line", hint, x1=at, x2=at, y1=_TOP, y2=_TOP + _HEIGHT, class_="dash")
    if up.limit is not None and y.least <= up.limit <= y.most:
        level = _at_y(y, up.limit)
        hint = tag("title", f"limit of {up.name}: {up.shown(up.limit)}")
        yield tag("line", hint, x1=0, x2="100%", y1=level, y2=level, class_="dash")


def _grid(x: Scale, y: Scale, across: Figure, up: Figure) -> Iterator[Markup]:
    for step in range(_LINES + 1):
        value = y.least + (y.most - y.least) * step / _LINES
        level = _TOP + 12 + (_HEIGHT - 24) * (1 - step / _LINES)
        yield tag("line", x1=0, x2="100%", y1=level, y2=level, class_="rule")
        yield tag("text", up.shown(value), x=0, y=level - 4, class_="small soft")
    for step in range(3):
        value = x.least + (x.most - x.least) * step / 2
        at = share(_LEFT + (1 - _LEFT - _RIGHT) * step / 2)
        yield tag("text", across.shown(value), x=at, y=_TOP + _HEIGHT + 16, class_="small soft mid")
    yield tag("text", f"{up.name} ↑", x=0, y=12, class_="small strong")
    yield tag("text", f"{across.name} →", x="100%", y=_TOP + _HEIGHT + 36, class_="small strong end")
