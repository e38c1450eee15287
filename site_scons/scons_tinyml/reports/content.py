"""What a report says to a person, as text in rows; how it is drawn is in table.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.remedies import BoardOutcome, OtherBoard, Remedies
from scons_tinyml.records.report import (
    RESOURCES,
    Finding,
    LayerReport,
    Report,
    Resource,
    capacity_note,
    format_value,
)
from scons_tinyml.records.report import errors as error_findings
from scons_tinyml.records.units import format_bytes, format_hertz, format_seconds

LONGEST_NAME = 32

Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Header and rows; columns whose position is in `right` are aligned to the right."""

    header: Row
    rows: tuple[Row, ...]
    right: frozenset[int]


@dataclass(frozen=True)
class Content:
    """Everything that is shown, in this order."""

    title: str
    verdict: str
    budget: Table
    notes: tuple[str, ...]
    layers: Table
    findings: tuple[tuple[str, tuple[str, ...]], ...]
    """Severity, and the lines of the finding."""
    remedies: tuple[str, ...]
    footer: str


def content(report: Report, path: Path, *, errors: bool = True) -> Content:
    """What there is to say about `report`, which lies at `path`; without its errors where these are told apart."""
    return Content(
        title=f"{report.model} ({report.quantization}) on {report.target}: {report.part}, {report.core} "
        f"at {format_hertz(report.clock_hz)}",
        verdict=report.verdict.upper(),
        budget=_budget(report),
        notes=_notes(report),
        layers=_layers(report),
        findings=tuple(
            (finding.severity, finding_lines(finding))
            for finding in report.findings
            if errors or finding.severity != "error"
        ),
        remedies=remedy_lines(report.remedies) if errors else (),
        footer=f"report: {path}",
    )


def _budget(report: Report) -> Table:
    accuracy = report.accuracy
    used: dict[Resource, float | None] = {
        "flash": report.flash_bytes,
        "ram": report.ram_bytes,
        "latency": report.latency_s.high,
        "accuracy": accuracy.deployed if accuracy else None,
        "accuracy_drop": accuracy.drop if accuracy and report.quantization == "int8" else None,
    }
    rows = tuple(_budget_row(report, resource, value) for resource, value in used.items())
    rows += tuple(_failed_row(one) for one in error_findings(report.findings) if one.kind not in RESOURCES)
    return Table(("", "used", "budget", "percent", "verdict", "set by"), rows, frozenset({1, 2, 3}))


def _budget_row(report: Report, resource: Resource, used: float | None) -> Row:
    title, limit = RESOURCES[resource], report.limits.get(resource)
    shown = "none" if used is None else format_value(resource, used)
    failed = any(found.kind == resource for found in error_findings(report.findings))
    if limit is None:
        return title, shown, "none", "", "FAIL" if failed else "", ""
    percent = f"{100 * used / limit.value:.1f} %" if used is not None and limit.value else ""
    bound = "at least " if resource == "accuracy" else ""
    budget = bound + format_value(resource, limit.value)
    return title, shown, budget, percent, "FAIL" if failed else "pass", limit.source


def _failed_row(finding: Finding) -> Row:
    """What makes the verdict 'fail' and is none of the resources: a region of memory, or the output."""
    used, limit = finding.used or 0, finding.limit or 0
    title = (
        f"region {finding.region}"
        if finding.kind == "region"
        else _OTHER_ROWS.get(finding.kind, finding.kind)
    )
    in_bytes = finding.unit == "bytes"
    shown, budget = (format_bytes(round(value)) if in_bytes else f"{value:g}" for value in (used, limit))
    percent = f"{100 * used / limit:.1f} %" if limit else ""
    return title, shown, budget, percent, "FAIL", finding.limit_source or ""


_OTHER_ROWS: Mapping[str, str] = {"bit_exactness": "other output", "agreement": "layers to run"}


def _notes(report: Report) -> tuple[str, ...]:
    flash, ram, latency, exact = report.flash, report.ram, report.latency_s, report.bit_exact
    compared = f"{exact.samples} sample{'' if exact.samples == 1 else 's'}"
    notes = [
        f"flash: code {format_bytes(flash.code_bytes)}, weights {format_bytes(flash.weight_bytes)}, "
        f"other {format_bytes(flash.other_bytes)}",
        f"RAM: arena {format_bytes(ram.arena_bytes)} (lower bound "
        f"{format_bytes(report.memory_plan.lower_bound_bytes)}), stack {format_bytes(ram.stack_bytes)}, "
        f"bss {format_bytes(ram.bss_bytes)}, data {format_bytes(ram.data_bytes)}",
        f"latency: {format_seconds(latency.value)}, {report.cycles:,} cycles, between "
        f"{format_seconds(latency.low)} and {format_seconds(latency.high)}",
        f"evidence: {latency.evidence}, {latency.measured_by or report.provenance.timing_model}; {latency.band}",
        f"output: {_equality(report)} {exact.oracle} on {compared}",
        _accuracy_note(report),
        *(
            capacity_note(resource, limit.asked, limit.asked_by or "", limit.source)
            for resource, limit in report.limits.items()
            if limit.asked is not None
        ),
    ]
    return tuple(notes)


def _equality(report: Report) -> str:
    exact = report.bit_exact
    if exact.differing_bytes == 0:
        return "byte for byte that of"
    if exact.holds:
        return f"within {exact.max_ulps} ulps of that of"
    return f"{exact.differing_bytes} of {exact.compared_bytes} bytes are not those of"


def _accuracy_note(report: Report) -> str:
    accuracy = report.accuracy
    if accuracy is None:
        return f"accuracy: none, {report.accuracy_absent}"
    known = {"float": accuracy.float_, "int8": accuracy.int8}
    both = ", ".join(f"{name} {value:.4f}" for name, value in known.items() if value is not None)
    return f"accuracy: {both} ({accuracy.metric}, {accuracy.samples} test samples)"


def _layers(report: Report) -> Table:
    rows = tuple(_layer_row(report, layer) for layer in report.layers)
    header = ("", "layer", "operator", "kernel", "MACs", "cycles", "percent")
    return Table(header, rows, frozenset({0, 4, 5, 6}))


def _layer_row(report: Report, layer: LayerReport) -> Row:
    name, kernel = shorten(layer.name), layer.kernel or "none needed"
    macs = f"{layer.macs:,}" if layer.macs else ""
    share = f"{100 * layer.cycles / report.cycles:.1f} %" if layer.cycles else ""
    cycles = f"{layer.cycles:,}" if layer.cycles else ""
    return str(layer.index), name, layer.operator, kernel, macs, cycles, share


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """`name` with its middle left out if it is longer than `longest`: converters make very long ones."""
    if len(name) <= longest:
        return name
    kept = longest - 3
    return f"{name[: kept // 2]}...{name[-(kept - kept // 2) :]}"


def finding_lines(finding: Finding) -> tuple[str, ...]:
    """What was found, who set the limit, what weighs most, and what would help: a line each."""
    lines = [finding.message]
    if finding.limit_source:
        lines.append(f"set by {finding.limit_source}")
    if finding.heaviest:
        lines.append(
            "heaviest: " + ", ".join(f"{part.name} {part.percent:.1f} %" for part in finding.heaviest)
        )
    if finding.advice:
        lines.append(f"try: {finding.advice}")
    return tuple(lines)


def remedy_lines(remedies: Remedies | None) -> tuple[str, ...]:
    """What other kernels and other boards would do. Kernels that pass are the advice of a finding."""
    if remedies is None:
        return ()
    kernels = remedies.kernels
    lines = [f"kernels: {kernels.text}"] if kernels and kernels.outcome != "passes" else []
    by_outcome: dict[BoardOutcome, list[OtherBoard]] = {}
    for board in remedies.boards:
        by_outcome.setdefault(board.outcome, []).append(board)
    if passing := by_outcome.get("would pass"):
        lines += ["boards that would pass, the one with the least memory first:"]
        lines += [f"  {board.board}: {board.text}" for board in passing]
    for outcome, title in _OTHER_BOARDS.items():
        if others := by_outcome.get(outcome):
            lines.append(f"{title}: {_by_text(others)}")
    if unmeasured := by_outcome.get("not measured"):
        names = ", ".join(board.board for board in unmeasured)
        lines.append(f"boards not measured: {names} ({unmeasured[0].text})")
    return tuple(lines)


def _by_text(boards: Sequence[OtherBoard]) -> str:
    """The boards in their order, those of which the same is said together."""
    names: dict[str, list[str]] = {}
    for board in boards:
        names.setdefault(board.text, []).append(board.board)
    return ", ".join(f"{', '.join(same)} ({text})" for text, same in names.items())


_OTHER_BOARDS: Mapping[BoardOutcome, str] = {
    "would not pass": "boards that would not",
    "not known": "boards of which it is not known",
}


def columns(table: Table) -> Sequence[int]:
    """Width of each column of `table` in characters."""
    return [max(map(len, column)) for column in zip(table.header, *table.rows, strict=True)]
