"""Two types of the network on this board, such as float and int8, side by side."""

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
STYLES = ("c1", "c4")
FLOAT = "float"


@dataclass(frozen=True)
class _Figure:
    name: str
    kind: Kind
    value: float
    reference: float


def draw(view: View) -> Picture | None:
    """Return both versions, None unless the other one was built too."""
    report, other = view.report, view.beside.other
    if other is None or other.quantization == report.quantization:
        return None
    one, reference = (other, report) if report.quantization == FLOAT else (report, other)
    names = (str(one.quantization), str(reference.quantization))
    figures = list(_figures(one, reference))
    rows = [
        Pair(
            item.name,
            tuple(
                (name, value, figure(value, item.kind), style)
                for name, value, style in zip(names, (item.value, item.reference), STYLES, strict=True)
            ),
        )
        for item in figures
    ]
    shares = [(item.name, item.value / item.reference) for item in figures[:3] if item.reference]
    listed = ", ".join(f"{figure(part, 'share')} of the {name}" for name, part in shares)
    lead = f"{names[0]} takes {listed} of {names[1]} on {report.target}."
    table = tuple(
        (
            *(item.name, Value(item.reference, item.kind), Value(item.value, item.kind)),
            item.value / item.reference if item.reference else None,
        )
        for item in figures
    )
    columns = (
        *(Column("figure"), Column(names[1], align="right"), Column(names[0], align="right")),
        Column(f"{names[0]} to {names[1]}", "share", missing="unknown"),
    )
    return Picture(
        f"{names[1].capitalize()} and {names[0]}",
        lead,
        svg=pairs(rows, name="versions", title=f"{names[1]} and {names[0]} side by side", text=lead),
        keys=tuple(Key(style, name) for name, style in zip(names, STYLES, strict=True)),
        table=Table(columns, table),
        caption=f"{names[1]} and {names[0]} on {report.target}",
        notes=tuple(_notes(report, other)),
    )


def _figures(one: Report, reference: Report) -> Iterator[_Figure]:
    yield _Figure("latency", "seconds", one.latency_s.value, reference.latency_s.value)
    yield _Figure("flash", "bytes", one.flash_bytes, reference.flash_bytes)
    yield _Figure("RAM", "bytes", one.ram_bytes, reference.ram_bytes)
    of_reference: Mapping[str, float | None] = {item.name: item.deployed for item in reference.all_metrics}
    for metric in one.all_metrics:
        known = of_reference.get(metric.name)
        if known is None and reference.quantization == FLOAT:
            known = metric.float_
        if metric.deployed is not None and known is not None:
            kind: Kind = "fraction" if metric.unit == "fraction" else "number"
            yield _Figure(resource_title(metric.name), kind, metric.deployed, known)


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
