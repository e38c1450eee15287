"""The report of a firmware of several networks, or with sources of its users, as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.firmware_report import FirmwareReport, NetworkReport
from scons_tinyml.records.report import RESOURCES, UNITS, Finding, Report, Resource
from scons_tinyml.records.report import errors as errors_of
from scons_tinyml.records.units import format_bytes, format_hertz, format_seconds
from scons_tinyml.records.wrapping import wrapped
from scons_tinyml.reports.cells import Column, Table, Value
from scons_tinyml.reports.lines import budget_table, finding_lines
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.table import text_table
from scons_tinyml.reports.view import BudgetRow

PARTS = (Column("part"), Column("flash", "bytes"), Column("RAM", "bytes"))
_INDENT = "  "
_PLACES = {"kernels": 1, "tinyml_arena": 2, "rest": 3}
"""Order of the parts behind the networks."""


def firmware_text(report: FirmwareReport, path: Path, width: int, *, errors: bool = True) -> str:
    """Return `report`, the file `path`, in lines of at most `width` columns; with `errors=False` without its errors."""
    return "\n\n".join(_parts(report, path, width, errors)) + "\n"


def _parts(report: FirmwareReport, path: Path, width: int, errors: bool) -> Iterator[str]:
    core = f"{report.core} at {format_hertz(report.clock_hz)}"
    title = f"{report.firmware} on {report.target}: {report.part}, {core}: {report.verdict.upper()}"
    yield wrapped(title, width)
    yield text_table(budget_table(_rows(report)), width, _INDENT)
    yield text_table(
        Table(
            PARTS,
            tuple(
                (name, Value(part.flash_bytes, "bytes"), Value(part.ram_bytes, "bytes"))
                for name, part in sorted(report.parts.items(), key=lambda item: _PLACES.get(item[0], 0))
            ),
        ),
        width,
        _INDENT,
    )
    yield "\n".join(wrapped(line, width, _INDENT) for line in _notes(report))
    for finding in report.findings:
        if errors or finding.severity != "error":
            yield _finding(finding, width)
    yield wrapped(f"report: {path}", width)


def _rows(report: FirmwareReport) -> Iterator[BudgetRow]:
    used: dict[Resource, int] = {"flash": report.flash_bytes, "ram": report.ram_bytes}
    for resource, amount in used.items():
        limit = report.limits.get(resource)
        failed = any(found.kind == resource for found in errors_of(report.findings))
        yield BudgetRow(
            resource=resource,
            title=RESOURCES[resource],
            unit=UNITS[resource],
            used=amount,
            limit=limit.value if limit else None,
            at_least=False,
            share=amount / limit.value if limit else None,
            verdict="fail" if failed else None if limit is None else "pass",
            source=limit.source if limit else None,
        )
    for network in report.networks:
        yield from _network_rows(network)


def _network_rows(network: NetworkReport) -> Iterator[BudgetRow]:
    for row in view_of(network.report, Path()).budget:
        if row.resource not in ("flash", "ram") and (row.used is not None or row.limit is not None):
            yield replace(row, title=f"{network.name}: {row.title}")


def _notes(report: FirmwareReport) -> Iterator[str]:
    ram = report.ram
    stack = format_bytes(ram.stack_bytes) if report.stack_is_known else "unknown, its place is not known"
    yield (
        f"RAM: arenas {format_bytes(ram.arena_bytes)}{_shared(report)}, stack {stack}, "
        f"bss {format_bytes(ram.bss_bytes)}, data {format_bytes(ram.data_bytes)}"
    )
    for network in report.networks:
        yield f"{network.name}: {_latency(network)}"
        yield f"{network.name}: {_output(network.report)}"


def _shared(report: FirmwareReport) -> str:
    return ", shared by networks that exclude each other" if report.arena == "shared" else ""


def _latency(network: NetworkReport) -> str:
    report = network.report
    latency = report.latency_s
    took = f"{format_seconds(latency.value)}, {report.cycles:,} cycles of {network.measured}"
    between = f" and {network.interrupt_cycles:,} of interrupts" if network.interrupt_cycles else ""
    low, high = format_seconds(latency.low), format_seconds(latency.high)
    return f"{took}{between}, between {low} and {high}; {latency.evidence}, {latency.measured_by}"


def _output(report: Report) -> str:
    exact = report.bit_exact
    samples = f"{exact.samples} sample{'' if exact.samples == 1 else 's'}"
    if exact.differing_bytes:
        return f"{exact.differing_bytes} of {exact.compared_bytes} bytes are not those of {exact.oracle} on {samples}"
    return f"output byte for byte that of {exact.oracle} on {samples}"


def _finding(finding: Finding, width: int) -> str:
    first, *rest = finding_lines(finding)
    lines = (wrapped(line, width, _INDENT) for line in rest)
    return "\n".join([wrapped(f"{finding.severity}: {first}", width), *lines])
