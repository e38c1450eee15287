"""Trials as lines from axis to axis: which values go together with which figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from scons_tinyml.reports.page.chart import Scale
from scons_tinyml.reports.page.svg import drawing, share, tag

_TOP, _HEIGHT, _BOTTOM = 30, 240, 24
_MARGIN = 0.06
"""Share of the picture beside the first and the last axis."""


@dataclass(frozen=True)
class Upright:
    """An axis: its name, the value of each trial as a number, and the text of a number."""

    name: str
    values: tuple[float, ...]
    shown: Callable[[float], str]


@dataclass(frozen=True)
class Thread:
    """A trial: words about it, and whether it is on a front."""

    words: str
    is_best: bool


def parallel(axes: Sequence[Upright], threads: Sequence[Thread], *, name: str, text: str) -> Markup:
    """Return a line for each of `threads` across all `axes`; those on a front lie above the others."""
    scales = [Scale(axis.values) for axis in axes]
    order = sorted(range(len(threads)), key=lambda number: threads[number].is_best)
    lines = [_line(axes, scales, threads[number], number) for number in order]
    title = "Values and figures of all trained variants"
    parts = [*_uprights(axes, scales), *lines]
    return drawing(parts, height=_TOP + _HEIGHT + _BOTTOM, title=title, text=text, name=name)


def _at(number: int, count: int) -> str:
    return share(_MARGIN + (1 - 2 * _MARGIN) * (number / (count - 1) if count > 1 else 0.5))


def _level(scale: Scale, value: float) -> float:
    return _TOP + _HEIGHT * (1 - scale(value))


def _line(axes: Sequence[Upright], scales: Sequence[Scale], thread: Thread, number: int) -> Markup:
    levels = [_level(scale, axis.values[number]) for axis, scale in zip(axes, scales, strict=True)]
    style = "thread best" if thread.is_best else "thread"
    segments = [
        tag("line", x1=_at(at, len(axes)), x2=_at(at + 1, len(axes)), y1=one, y2=other, class_=style)
        for at, (one, other) in enumerate(pairwise(levels))
    ]
    return tag("g", tag("title", thread.words), segments)


def _uprights(axes: Sequence[Upright], scales: Sequence[Scale]) -> Iterator[Markup]:
    for number, (axis, scale) in enumerate(zip(axes, scales, strict=True)):
        x = _at(number, len(axes))
        yield tag("line", x1=x, x2=x, y1=_TOP, y2=_TOP + _HEIGHT, class_="rule")
        yield tag("text", axis.name, x=x, y=12, class_="small strong mid")
        yield tag("text", axis.shown(scale.most), x=x, y=_TOP - 4, class_="small soft mid")
        yield tag("text", axis.shown(scale.least), x=x, y=_TOP + _HEIGHT + 16, class_="small soft mid")
