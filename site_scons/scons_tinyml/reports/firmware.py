"""View of the report of a firmware of several networks, or with sources of its users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.firmware_report import FirmwareReport, NetworkReport
from scons_tinyml.records.report import RESOURCES, UNITS, Report, Resource
from scons_tinyml.records.report import errors as errors_of
from scons_tinyml.reports.beside import NOTHING, Beside
from scons_tinyml.reports.cells import Column, Table, Value
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.view import BudgetRow, Headline, Note, Section, View, Words

PARTS = (Column("part"), Column("flash", "bytes"), Column("RAM", "bytes"))
_PLACES = {"kernels": 1, "tinyml_arena": 2, "rest": 3}
"""Order of the parts behind the networks."""


def view_of_judged(
    report: Report | FirmwareReport, path: Path, *, errors: bool = True, beside: Beside = NOTHING
) -> View:
    """Return the view of `report`, the file `path`; with `errors=False` without its errors and remedies.

    `beside` has what other files of the build say of a network.
    """
    if isinstance(report, Report):
        return view_of(report, path, errors=errors, beside=beside)
    return view_of_firmware(report, path, errors=errors)


def view_of_firmware(report: FirmwareReport, path: Path, *, errors: bool = True) -> View:
    """Return the view of `report`, the file `path`; with `errors=False` without its errors."""
    return View(
        headline=Headline(
            model=report.firmware,
            quantization=None,
            target=report.target,
            part=report.part,
            core=report.core,
            clock_hz=report.clock_hz,
            verdict=report.verdict,
            latency=None,
            project=next((one.report.project for one in report.networks), None),
        ),
        budget=tuple(_rows(report)),
        notes=tuple(_notes(report)),
        sections=(Section("parts", _parts(report)),),
        findings=tuple(found for found in report.findings if errors or found.severity != "error"),
        remedies=None,
        path=path,
        version=report.provenance.scons_tinyml,
        firmware=report,
    )


def _parts(report: FirmwareReport) -> Table:
    ordered = sorted(report.parts.items(), key=lambda item: _PLACES.get(item[0], 0))
    return Table(PARTS, tuple((name, part.flash_bytes, part.ram_bytes) for name, part in ordered))


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


def _notes(report: FirmwareReport) -> Iterator[Note]:
    ram = report.ram
    shared = ", shared by networks that exclude each other" if report.arena == "shared" else ""
    stack: Words = (Value(ram.stack_bytes, "bytes"),)
    yield Note(
        "RAM",
        (
            *("arenas ", Value(ram.arena_bytes, "bytes"), shared, ", stack "),
            *(stack if report.stack_is_known else ("unknown, its place is not known",)),
            *(", bss ", Value(ram.bss_bytes, "bytes"), ", data ", Value(ram.data_bytes, "bytes")),
        ),
    )
    for network in report.networks:
        yield Note(network.name, _latency(network))
        yield Note(network.name, (_output(network.report),))


def _latency(network: NetworkReport) -> Words:
    report, interrupts = network.report, network.interrupt_cycles
    latency = report.latency_s
    between: Words = (" and ", Value(interrupts, "cycles"), " of interrupts") if interrupts else ()
    return (
        *(Value(latency.value, "seconds"), ", ", Value(report.cycles, "cycles"), " cycles of "),
        *(network.measured, *between, ", between ", Value(latency.low, "seconds"), " and "),
        *(Value(latency.high, "seconds"), f"; {latency.evidence}, {latency.measured_by}"),
    )


def _output(report: Report) -> str:
    exact = report.bit_exact
    samples = f"{exact.samples} sample{'' if exact.samples == 1 else 's'}"
    if exact.differing_bytes:
        return f"{exact.differing_bytes} of {exact.compared_bytes} bytes are not those of {exact.oracle} on {samples}"
    return f"output byte for byte that of {exact.oracle} on {samples}"
