"""The history of builds: a curve for each figure, from the oldest build to this one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from scons_tinyml.records.history import HistoryLine
from scons_tinyml.reports.cells import Cell, Column, Kind, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.chart import Scale
from scons_tinyml.reports.page.svg import drawing, share, tag
from scons_tinyml.reports.view import View

ORDER = 75
OF_FIRMWARE = True
MOST_BUILDS = 100
"""Builds that are drawn, the newest of the history."""
_ROW = 92
_CURVE = 48
_LABEL = 18
_EDGE = 0.015
"""Share of the width that is free at each side, for the dots."""
_COLUMNS = (
    *(Column("", "count", spec="d"), Column("commit", missing="unknown"), Column("built", missing="unknown")),
    *(
        Column("flash", "bytes"),
        Column("RAM", "bytes"),
        Column("latency", "seconds"),
        Column("verdict", "verdict"),
    ),
)


@dataclass(frozen=True)
class _Curve:
    """Values of a figure by build; None where a build has none."""

    title: str
    kind: Kind
    values: Sequence[float | None]


def draw(view: View) -> Picture | None:
    """Return the curves, None for a build without a history or the first of one."""
    builds = view.history[-MOST_BUILDS:]
    if len(builds) < 2:
        return None
    curves = [curve for curve in _curves(builds) if sum(value is not None for value in curve.values) > 1]
    left_out = len(view.history) - len(builds)
    lead = (
        f"{len(builds)} builds{f', without the {left_out} before' if left_out else ''}: {_changes(curves)}."
    )
    return Picture(
        "History",
        lead,
        svg=drawing(
            [list(_drawn(curve, builds, row * _ROW)) for row, curve in enumerate(curves)],
            height=len(curves) * _ROW,
            title="History",
            text=lead,
            name="history",
        ),
        keys=(Key("c1", "dot: a build that passed"), Key("ring", "ring: a build that failed")),
        table=Table(_COLUMNS, tuple(_row(number, build) for number, build in enumerate(builds, 1))),
        caption="Builds of this history, the oldest first",
        notes=("Each curve goes from the least to the most of its figure; it does not begin at zero.",),
    )


def _curves(builds: Sequence[HistoryLine]) -> Iterator[_Curve]:
    yield _Curve("latency", "seconds", [_latency(build) for build in builds])
    yield _Curve("flash", "bytes", [build.flash_bytes for build in builds])
    yield _Curve("RAM", "bytes", [build.ram_bytes for build in builds])
    for name in dict.fromkeys(name for build in builds for name in build.metrics):
        yield _Curve(name, "number", [build.metrics.get(name) for build in builds])


def _latency(build: HistoryLine) -> float | None:
    return build.latency_s.value if build.latency_s else None


def _changes(curves: Sequence[_Curve]) -> str:
    """Return what the last build changed, such as 'flash went from 15.4 KiB to 15.6 KiB'."""
    found = []
    for curve in curves:
        *_, before, now = (value for value in curve.values if value is not None)
        if before != now:
            found.append(f"{curve.title} went from {figure(before, curve.kind)} to {figure(now, curve.kind)}")
    return "; ".join(found) or "the last one changed none of these figures"


def _drawn(curve: _Curve, builds: Sequence[HistoryLine], top: float) -> Iterator[Markup]:
    place = _placed(curve, top + _LABEL + 8)
    points = [(index, value) for index, value in enumerate(curve.values) if value is not None]
    least, most = (figure(end([value for _, value in points]), curve.kind) for end in (min, max))
    yield tag("text", curve.title, x=0, y=top + 14)
    range_of = least if least == most else f"{least} to {most}"
    yield tag("text", range_of, x="100%", y=top + 14, class_="end soft")
    for (first, before), (second, after) in pairwise(points):
        (x1, y1), (x2, y2) = place(first, before), place(second, after)
        yield tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="rule")
    for index, value in points:
        x, y = place(index, value)
        words = f"build {index + 1}: {curve.title} {figure(value, curve.kind)}, {builds[index].verdict}"
        style = "c1 dot" if builds[index].verdict == "pass" else "ring"
        yield tag("circle", tag("title", words), cx=x, cy=y, r=4, class_=style)


def _placed(curve: _Curve, top: float) -> Callable[[int, float], tuple[str, float]]:
    """Return the function from the number of a build and its value to its place."""
    up = Scale([value for value in curve.values if value is not None])
    steps = len(curve.values) - 1

    def place(index: int, value: float) -> tuple[str, float]:
        return share(_EDGE + (1 - 2 * _EDGE) * index / steps), top + _CURVE * (1 - up(value))

    return place


def _row(number: int, build: HistoryLine) -> tuple[Cell, ...]:
    state = build.project
    commit = state.commit[:10] if state and state.commit else None
    return (
        *(number, commit, state.built if state else None),
        *(build.flash_bytes, build.ram_bytes, _latency(build), build.verdict),
    )
