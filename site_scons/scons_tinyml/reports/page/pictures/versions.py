"""Float and int8 on this board, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scons_tinyml.records.report import Report, resource_title
from scons_tinyml.records.units import format_hertz
from scons_tinyml.reports.cells import Column, Kind, Table, Value, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.chart import Pair, pairs
from scons_tinyml.reports.view import View

ORDER = 60
STYLES = {"int8": "c1", "float": "c4"}
COLUMNS = (
    *(Column("figure"), Column("float", align="right"), Column("int8", align="right")),
    Column("int8 to float", "share", missing="unknown"),
)


@dataclass(frozen=True)
class _Figure:
    name: str
    kind: Kind
    of: Mapping[str, float]


def draw(view: View) -> Picture | None:
    """Return both versions, None unless the other one was built too."""
    report, other = view.report, view.beside.other
    if other is None:
        return None
    both: dict[str, Report] = {report.quantization: report, other.quantization: other}
    figures = list(_figures(both))
    rows = [
        Pair(
            one.name,
            tuple((name, one.of[name], figure(one.of[name], one.kind), STYLES[name]) for name in STYLES),
        )
        for one in figures
    ]
    listed = ", ".join(
        f"{figure(one.of['int8'] / one.of['float'], 'share')} of the {one.name}" for one in figures[:3]
    )
    lead = f"int8 takes {listed} of float on {report.target}."
    table = tuple(
        (
            one.name,
            *(Value(one.of[name], one.kind) for name in ("float", "int8")),
            one.of["int8"] / one.of["float"] if one.of["float"] else None,
        )
        for one in figures
    )
    return Picture(
        "Float and int8",
        lead,
        svg=pairs(rows, name="versions", title="Float and int8 side by side", text=lead),
        keys=tuple(Key(style, name) for name, style in STYLES.items()),
        table=Table(COLUMNS, table),
        caption=f"Float and int8 on {report.target}",
        notes=tuple(_notes(report, other)),
    )


def _figures(both: Mapping[str, Report]) -> Iterator[_Figure]:
    def of(name: str, kind: Kind, key: str) -> _Figure:
        return _Figure(name, kind, {version: getattr(one, key) for version, one in both.items()})

    yield _Figure("latency", "seconds", {version: one.latency_s.value for version, one in both.items()})
    yield of("flash", "bytes", "flash_bytes")
    yield of("RAM", "bytes", "ram_bytes")
    for metric in both["int8"].all_metrics:
        found = next((one for one in both["float"].all_metrics if one.name == metric.name), None)
        values = {"int8": metric.int8, "float": found.deployed if found else metric.float_}
        known = {version: value for version, value in values.items() if value is not None}
        if len(known) == len(values):
            yield _Figure(
                resource_title(metric.name), "fraction" if metric.unit == "fraction" else "number", known
            )


def _notes(report: Report, other: Report) -> Iterator[str]:
    tools = [
        (one.provenance.compiler, one.provenance.timing_model, one.provenance.scons_tinyml, one.clock_hz)
        for one in (report, other)
    ]
    if tools[0] != tools[1]:
        compiler, timing_model, version, clock_hz = tools[1]
        yield (
            f"The {other.quantization} version was built with other tools or at another clock: {compiler}, "
            f"{timing_model}, scons-tinyml {version}, {format_hertz(clock_hz)}."
        )
