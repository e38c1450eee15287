"""Another board: one that a matrix has built the network for, or that the forecast of a failed build names."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.explanation import NotMeasured, WayOut
from scons_tinyml.records.matrix import BoardJudged

ORDER = 40
_FORECAST = "rows of the cost database; nothing was linked, flash is the most that it can be"


def ways(case: Case) -> Iterator[WayOut | NotMeasured]:
    """Yield boards that pass in the matrix, else those that would pass by measured rows, else the matrix itself."""
    found = list(_judged(case)) or list(_forecasts(case))
    yield from found
    if not found:
        yield NotMeasured(change="another board", command=f"scons matrix {case.subject}")


def _judged(case: Case) -> Iterator[WayOut]:
    """Yield boards of the matrix that pass, the one with the least memory first, as forecasts have them too."""
    matrix = case.results.beside.matrix
    judged = [one for one in (matrix.boards if matrix else ()) if isinstance(one, BoardJudged)]
    for one in sorted(judged, key=lambda one: sum(region.size_bytes for region in one.regions)):
        if one.verdict == "pass" and one.board != case.results.board.name:
            yield _way(case, one.board, "the matrix", one.flash_bytes, one.ram_bytes, one.latency_s.high)


def _forecasts(case: Case) -> Iterator[WayOut]:
    remedies = case.results.report.remedies
    for one in remedies.boards if remedies else ():
        if one.outcome == "would pass":
            yield _way(case, one.board, _FORECAST, one.flash_bytes_at_most, one.ram_bytes, one.latency_s)


def _way(
    case: Case,
    board: str,
    evidence: str,
    flash_bytes: int | None,
    ram_bytes: int | None,
    latency_s: float | None,
) -> WayOut:
    """Return a way whose limits were those of the other board: it keeps them."""
    found = case.way(
        "board",
        f"target={board}",
        case.build_for(board),
        evidence,
        flash_bytes=flash_bytes,
        ram_bytes=ram_bytes,
        latency_s=latency_s,
    )
    return found.model_copy(update={"keeps_limits": True})
