"""One model on many boards: a row for each, from its report or from the reason why it has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import EXIT_PASS
from scons_tinyml.records.matrix import BoardJudged, BoardNotJudged, Matrix, Tightest
from scons_tinyml.records.report import Report, Resource, errors, resource_title
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import Cell, Column, Range, Table
from scons_tinyml.reports.github import annotations_of, workflow_command
from scons_tinyml.reports.markdown import code, markdown_table, marker, prose

SIZES_AND_TIME: tuple[Resource, ...] = ("latency", "flash", "ram")

COLUMNS = (
    Column("board"),
    Column("core"),
    Column("clock", "hertz"),
    Column("verdict", "verdict"),
    Column("latency", "seconds"),
    Column("limit", "seconds", missing="none"),
    Column("flash", "bytes"),
    Column("limit", "bytes", missing="none"),
    Column("RAM", "bytes"),
    Column("limit", "bytes", missing="none"),
    Column("tightest"),
    Column("percent", "share"),
)


@dataclass(frozen=True)
class Judged:
    """A board with the report of its build, the file `path`."""

    report: Report
    path: Path

    @property
    def board(self) -> str:
        """Name of the board."""
        return self.report.target

    @property
    def exit_code(self) -> int:
        """Exit code of a build for this board alone."""
        return self.report.exit_code


@dataclass(frozen=True)
class NotJudged:
    """A board without a report, with the reason in one line."""

    board: str
    reason: str
    exit_code: int


Row = Judged | NotJudged


def table(rows: Sequence[Row]) -> Table:
    """Return the table of all boards, with the error band of the latency and each limit in force."""
    return Table(
        COLUMNS, tuple(_judged(row) if isinstance(row, Judged) else _not_judged(row) for row in rows)
    )


def reasons(rows: Sequence[Row]) -> Iterator[str]:
    """Yield lines such as 'rp2040: flash 16.4 KiB is ... over the limit of ...', one for each error."""
    for row in rows:
        for reason in _reasons(row):
            yield f"{row.board}: {reason}"


def summary(model: str, rows: Sequence[Row], exit_code: int) -> str:
    """Return the matrix of `model` in Markdown, with a marker by which a bot finds its comment again."""
    passing = sum(row.exit_code == EXIT_PASS for row in rows)
    lines = [f"- {prose(reason)}" for reason in reasons(rows)]
    verdict = "PASS" if exit_code == EXIT_PASS else "FAIL"
    return (
        "\n\n".join(
            (
                marker("matrix", model),
                f"### {code(model)} on {passing} of {len(rows)} boards: {verdict}",
                markdown_table(table(rows)),
                *(["\n".join(lines)] if lines else []),
            )
        )
        + "\n"
    )


def annotations_of_all(model: str, rows: Sequence[Row]) -> str:
    """Return a line for all that fails: errors of reports, and boards without one. Each is a workflow command."""

    def lines(row: Row) -> str:
        if isinstance(row, Judged):
            return annotations_of(row.report, row.path, errors=True)
        title = f"{model} on {row.board}: not judged"
        return f"{workflow_command('error', title, visible(row.reason))}\n"

    return "".join(map(lines, rows))


def to_json(model: str, rows: Sequence[Row], exit_code: int) -> dict[str, Any]:
    """Return the matrix as JSON values, in bytes, seconds, cycles, hertz and shares of a limit."""
    matrix = Matrix(model=model, exit_code=exit_code, boards=tuple(map(_row, rows)))
    return matrix.model_dump(mode="json", by_alias=True)


def tightest(report: Report) -> Tightest:
    """Return the resource or region that is nearest to its limit, or most beyond it."""
    used = {"flash": report.flash_bytes, "ram": report.ram_bytes, "latency": report.latency_s.high}
    shares = [
        Tightest(name=resource_title(name), share=used[name] / report.limits[name].value)
        for name in SIZES_AND_TIME
        if name in report.limits
    ]
    shares += [
        Tightest(name=f"region {region.name}", share=region.used_bytes / region.size_bytes)
        for region in report.regions
    ]
    return max(shares, key=lambda one: one.share)


def _judged(row: Judged) -> tuple[Cell, ...]:
    report, near = row.report, tightest(row.report)
    latency, flash, ram = (
        report.limits[name].value if name in report.limits else None for name in SIZES_AND_TIME
    )
    return (
        *(report.target, report.core, report.clock_hz, report.verdict),
        *(Range(report.latency_s.low, report.latency_s.high), latency),
        *(report.flash_bytes, flash, report.ram_bytes, ram),
        *(near.name, near.share),
    )


def _not_judged(row: NotJudged) -> tuple[Cell, ...]:
    return row.board, None, None, "not judged"


def _reasons(row: Row) -> list[str]:
    if isinstance(row, NotJudged):
        return [row.reason]
    return [finding.message for finding in errors(row.report.findings)]


def _row(row: Row) -> BoardJudged | BoardNotJudged:
    reasons = tuple(_reasons(row))
    if isinstance(row, NotJudged):
        return BoardNotJudged(board=row.board, exit_code=row.exit_code, reasons=reasons)
    report = row.report
    return BoardJudged(
        board=row.board,
        exit_code=row.exit_code,
        reasons=reasons,
        verdict=report.verdict,
        part=report.part,
        core=report.core,
        clock_hz=report.clock_hz,
        cycles=report.cycles,
        latency_s=report.latency_s,
        flash_bytes=report.flash_bytes,
        ram_bytes=report.ram_bytes,
        limits=report.limits,
        regions=report.regions,
        tightest=tightest(report),
        report=str(row.path),
    )
