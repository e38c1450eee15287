"""The matrix of boards as a heat map: the share of each limit on each board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from scons_tinyml.records.matrix import BoardJudged, BoardNotJudged
from scons_tinyml.records.report import format_value, resource_title
from scons_tinyml.reports.cells import figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.svg import tag
from scons_tinyml.reports.view import View

ORDER = 85
_STEPS = (0.25, 0.5, 0.75, 0.9, 1.0)
"""Upper ends of the shares of a limit that have a colour of their own; what is above the last is over the limit."""

_KEYS = (
    *(Key("h0", "up to 25 % of the limit"), Key("h2", "up to 75 %")),
    *(Key("h4", "up to 100 %"), Key("h5", "over the limit")),
)


def draw(view: View) -> Picture | None:
    """Return the boards, None unless `scons matrix` has judged them."""
    matrix = view.beside.matrix
    if matrix is None or not matrix.boards:
        return None
    judged = [board for board in matrix.boards if isinstance(board, BoardJudged)]
    passing = sum(board.verdict == "pass" for board in judged)
    sizes = [name for name in ("flash", "ram") if any(name in board.limits for board in judged)]
    names = ("board", "verdict", "latency", *map(resource_title, sizes), "core")
    head = tag("tr", [tag("th", name, scope="col") for name in names])
    caption = f"Share of each limit by board, for {matrix.model}"
    table = tag(
        "table",
        *(tag("caption", caption), tag("thead", head)),
        tag("tbody", [_row(board, sizes) for board in matrix.boards]),
        class_="heat",
    )
    return Picture(
        "Boards",
        f"{passing} of {len(matrix.boards)} boards pass.",
        svg=tag("div", table, class_="scroll", tabindex=0, role="region", aria_label=caption),
        keys=_KEYS,
        notes=("Of the last scons matrix, as it was when this page was made.",),
    )


def _row(board: BoardJudged | BoardNotJudged, limits: Sequence[str]) -> Markup:
    name = tag("th", board.board, scope="row")
    if isinstance(board, BoardNotJudged):
        return tag("tr", name, tag("td", f"not judged: {'; '.join(board.reasons)}", colspan=len(limits) + 3))
    verdict = tag("td", board.verdict, class_=f"tone {board.verdict}")
    return tag("tr", name, verdict, list(_cells(board, limits)), tag("td", board.core))


def _cells(board: BoardJudged, limits: Sequence[str]) -> Iterator[Markup]:
    used = {"latency": board.latency_s.high, "flash": board.flash_bytes, "ram": board.ram_bytes}
    for name in ("latency", *limits):
        limit, unit = board.limits.get(name), "seconds" if name == "latency" else "bytes"
        words = format_value("seconds" if unit == "seconds" else "bytes", used[name])
        if limit is None or not limit.value:
            yield tag("td", words, class_="right")
            continue
        part = used[name] / limit.value
        over = " over" if part > 1 else ""
        yield tag("td", f"{words} · {figure(part, 'share')}{over}", class_=f"right {_heat(part)}")


def _heat(part: float) -> str:
    return f"h{sum(part > step for step in _STEPS)}"
