"""The frontier: choices of kernels that no other one beats in flash, RAM and latency at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from scons_tinyml.records.frontier import Frontier, FrontierPoint
from scons_tinyml.records.report import Report
from scons_tinyml.reports.cells import Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.chart import Scale
from scons_tinyml.reports.page.svg import drawing, share, tag
from scons_tinyml.reports.view import View

ORDER = 80
COLUMNS = (
    *(
        Column("", "count", spec="d"),
        Column("latency", "seconds"),
        Column("cycles", "cycles"),
        Column("flash", "bytes"),
    ),
    *(Column("RAM without stack", "bytes"), Column("within budgets"), Column("chosen")),
)
_HEIGHT = 300
_TOP = 20
_BOTTOM = 44
_LEFT, _RIGHT = 0.18, 0.13
"""Shares of the picture that are free of points at its sides."""
_RADII = (4.0, 9.0)


def draw(view: View) -> Picture | None:
    """Return the frontier, None unless `scons frontier` has written it."""
    found = view.beside.frontier
    if found is None or not found.points:
        return None
    chosen = [_is_chosen(point, view.network) for point in found.points]
    lead = _lead(found, chosen)
    rows = tuple(
        (
            *(number, point.latency_s, point.cycles, point.flash_bytes, point.ram_bytes),
            *("yes" if point.within_budgets else "no", "yes" if is_chosen else ""),
        )
        for number, (point, is_chosen) in enumerate(zip(found.points, chosen, strict=True), 1)
    )
    return Picture(
        "Frontier",
        lead,
        svg=_plot(found.points, chosen, lead),
        keys=(
            *(Key("c1", "dot: within the budgets"), Key("ring", "ring: over a budget")),
            Key("stroke", "cross: the choice of this image; larger: more RAM"),
        ),
        table=Table(COLUMNS, rows),
        caption="Choices of kernels that no other one beats in flash, RAM and latency at once",
        notes=("Of frontier.json as it was when this page was made; scons frontier writes it again.",),
    )


def _lead(found: Frontier, chosen: Sequence[bool]) -> str:
    count, points = len(found.points), found.points
    parts = (
        f"{count} choices{' and more' if found.cut else ''} of kernels on {found.target}, from "
        f"{figure(points[0].latency_s, 'seconds')} to {figure(points[-1].latency_s, 'seconds')}."
    )
    return parts if any(chosen) else f"{parts} The choice of this image is none of them."


def _is_chosen(point: FrontierPoint, report: Report) -> bool:
    return point.kernels == {layer.index: layer.kernel for layer in report.layers if layer.kernel}


def _plot(points: Sequence[FrontierPoint], chosen: Sequence[bool], text: str) -> Markup:
    across = Scale([point.latency_s for point in points])
    up = Scale([point.flash_bytes for point in points])
    size = Scale([point.ram_bytes for point in points])

    def place(point: FrontierPoint) -> tuple[str, float]:
        x = _LEFT + (1 - _LEFT - _RIGHT) * across(point.latency_s)
        return share(x), _TOP + 12 + (_HEIGHT - 24) * (1 - up(point.flash_bytes))

    parts = [*_axes(across, up)]
    for point, is_chosen in sorted(zip(points, chosen, strict=True), key=lambda item: item[1]):
        x, y = place(point)
        least, most = _RADII
        words = ", ".join(
            (
                figure(point.latency_s, "seconds"),
                f"flash {figure(point.flash_bytes, 'bytes')}",
                f"RAM {figure(point.ram_bytes, 'bytes')}",
            )
        )
        style = "c1 dot" if point.within_budgets else "ring"
        radius = least + (most - least) * size(point.ram_bytes)
        parts.append(tag("circle", tag("title", words), cx=x, cy=y, r=radius, class_=style))
        if is_chosen:
            parts += [
                tag("line", x1=x, x2=x, y1=y - 16, y2=y + 16, class_="mark"),
                tag(
                    "svg", tag("line", x1=-16, x2=16, y1=0, y2=0, class_="mark"), x=x, y=y, overflow="visible"
                ),
            ]
    return drawing(parts, height=_TOP + _HEIGHT + _BOTTOM, title="Frontier", text=text, name="frontier")


def _axes(across: Scale, up: Scale) -> Iterator[Markup]:
    for step in range(5):
        y = _TOP + 12 + (_HEIGHT - 24) * (1 - step / 4)
        value = up.least + (up.most - up.least) * step / 4
        yield tag("line", x1=0, x2="100%", y1=y, y2=y, class_="rule")
        yield tag("text", figure(round(value), "bytes"), x=0, y=y - 4, class_="small soft")
    for step in range(4):
        x = _LEFT + (1 - _LEFT - _RIGHT) * step / 3
        value = across.least + (across.most - across.least) * step / 3
        yield tag(
            "text", figure(value, "seconds"), x=share(x), y=_TOP + _HEIGHT + 16, class_="small soft mid"
        )
    yield tag("text", "flash ↑", x=0, y=12, class_="small strong")
    yield tag("text", "latency →", x="100%", y=_TOP + _HEIGHT + 36, class_="small strong end")
