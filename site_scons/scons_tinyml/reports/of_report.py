"""Conversion of a `Report` into the view that all formats draw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scons_tinyml.records.budget import ACCURACY
from scons_tinyml.records.metric import DROP
from scons_tinyml.records.names import LONGEST_NAME
from scons_tinyml.records.report import (
    UNITS,
    Finding,
    LayerReport,
    LimitInForce,
    Report,
    Resource,
    capacity_words,
    resource_title,
)
from scons_tinyml.records.report import errors as errors_of
from scons_tinyml.records.trust import PackOrigin
from scons_tinyml.reports.beside import NOTHING, Beside
from scons_tinyml.reports.cells import Cell, Column, Table, Value
from scons_tinyml.reports.view import BudgetRow, Headline, Note, Section, View, Words

LAYERS = (
    Column("", "count", spec="d"),
    Column("layer", longest=LONGEST_NAME),
    Column("operator"),
    Column("kernel", missing="none needed"),
    Column("MACs", "count"),
    Column("cycles", "cycles"),
    Column("percent", "share"),
)

_SHOWN_LAYERS = 8
_OTHER_ROWS = {"evidence": "board to emulator", "bit_exactness": "other output", "agreement": "layers to run"}


def view_of(report: Report, path: Path, *, errors: bool = True, beside: Beside = NOTHING) -> View:
    """Return the view of `report`, the file `path`; with `errors=False` without its errors and remedies.

    `beside` has what other files of the build say.
    """
    used = _used(report)
    return View(
        headline=_headline(report),
        budget=(
            *(_budget_row(report, resource, used) for resource, used in used.items()),
            *(_failed_row(found) for found in errors_of(report.findings) if found.kind not in used),
        ),
        notes=_notes(report),
        sections=(Section("layers", _layers(report)),),
        findings=tuple(found for found in report.findings if errors or found.severity != "error"),
        remedies=report.remedies if errors else None,
        path=path,
        report=report,
        beside=beside,
    )


def _headline(report: Report) -> Headline:
    return Headline(
        model=report.model,
        quantization=report.quantization,
        target=report.target,
        part=report.part,
        core=report.core,
        clock_hz=report.clock_hz,
        verdict=report.verdict,
        latency=report.latency_s,
        project=report.project,
    )


def _used(report: Report) -> dict[Resource, float | None]:
    """Return the used amount of all resources, and of all that has a limit.

    What quantization loses of a metric is a row of its own for the first one, and where it has a limit.
    """
    used: dict[Resource, float | None] = {
        "flash": report.flash_bytes,
        "ram": report.ram_bytes,
        "latency": report.latency_s.high,
    }
    energy = report.energy
    of_energy = {"energy": energy.high_joules, "average_power": energy.average_power_w} if energy else {}
    used |= {name: value for name, value in of_energy.items() if name in report.limits}
    for metric in report.all_metrics:
        used[metric.name] = metric.deployed
        if metric is report.accuracy or f"{metric.name}{DROP}" in report.limits:
            used[f"{metric.name}{DROP}"] = metric.drop if report.quantization != "float" else None
    absent = () if report.all_metrics else (ACCURACY, f"{ACCURACY}{DROP}")
    return used | dict.fromkeys(name for name in (*absent, *report.limits) if name not in used)


def _budget_row(report: Report, resource: Resource, used: float | None) -> BudgetRow:
    limit = report.limits.get(resource)
    failed = any(found.kind == resource for found in errors_of(report.findings))
    metric = next((one for one in report.all_metrics if one.name == resource.removesuffix(DROP)), None)
    return BudgetRow(
        resource=resource,
        title=resource_title(resource),
        unit=UNITS.get(resource) or (metric.unit if metric else "fraction"),
        used=used,
        limit=limit.value if limit else None,
        at_least=resource == metric.name and metric.better == "higher" if metric else resource == ACCURACY,
        share=used / limit.value if limit and limit.value and used is not None else None,
        verdict="fail" if failed else None if limit is None else "pass",
        source=limit.source if limit else None,
    )


def _failed_row(finding: Finding) -> BudgetRow:
    """Return a row for a finding about none of the resources: a report that fails has a row that fails."""
    region = f"region {finding.region}" if finding.kind == "region" else finding.kind
    used, limit = finding.used or 0, finding.limit or 0
    return BudgetRow(
        resource=None,
        title=_OTHER_ROWS.get(finding.kind, region),
        unit=finding.unit or "count",
        used=used,
        limit=limit,
        at_least=False,
        share=used / limit if limit else None,
        verdict="fail",
        source=finding.limit_source,
    )


def _notes(report: Report) -> tuple[Note, ...]:
    flash, ram, latency = report.flash, report.ram, report.latency_s
    return (
        Note("flash", _sizes(code=flash.code_bytes, weights=flash.weight_bytes, other=flash.other_bytes)),
        Note(
            "RAM",
            (
                *("arena ", _bytes(ram.arena_bytes)),
                *(" (lower bound ", _bytes(report.memory_plan.lower_bound_bytes), "), "),
                *_sizes(stack=ram.stack_bytes, bss=ram.bss_bytes, data=ram.data_bytes),
            ),
        ),
        Note(
            "latency",
            (
                *(_seconds(latency.value), ", ", Value(report.cycles, "cycles"), " cycles, between "),
                *(_seconds(latency.low), " and ", _seconds(latency.high)),
            ),
        ),
        Note(
            "evidence",
            (f"{latency.evidence}, {latency.measured_by or report.provenance.timing_model}; {latency.band}",),
        ),
        *_not_compared(report),
        *_packs(report),
        Note("output", _output(report)),
        *_metrics(report),
        *(_capacity(resource, limit) for resource, limit in report.limits.items() if limit.asked is not None),
    )


def _not_compared(report: Report) -> Iterator[Note]:
    """Yield a line for layers whose kind of code no board has run, where the latency is the emulator's."""
    guessed = [layer for layer in report.layers if layer.code is not None and not layer.code.comparisons]
    if report.latency_s.evidence == "emulator" and guessed:
        listed = ", ".join(str(layer.index) for layer in guessed[:_SHOWN_LAYERS])
        more = f" and {len(guessed) - _SHOWN_LAYERS} more" if len(guessed) > _SHOWN_LAYERS else ""
        kinds = "' or '".join(dict.fromkeys(layer.code.kind for layer in guessed if layer.code))
        share = Value(sum(layer.cycles for layer in guessed) / report.cycles, "share")
        which = f"layer{'s' if len(guessed) > 1 else ''} {listed}{more}, "
        why = f" of the cycles: no board with {report.core} has run a program of the kind '{kinds}'"
        yield Note("not compared", (which, share, why))


def _packs(report: Report) -> Iterator[Note]:
    """Yield a line for the packs whose rows decided, and one for those that are only shown."""
    for subject, decided in (("rows of others", True), ("not gated on", False)):
        words: list[str | Value] = []
        for pack in report.packs:
            if pack.decided is decided:
                origin = PackOrigin(pack.name, pack.digest or "", pack.signer or "")
                layers = f"{pack.layers} layer{'' if pack.layers == 1 else 's'}"
                words += [f"{'; ' if words else ''}{origin}, {pack.evidence} rows of {layers}, "]
                words += [_seconds(pack.cycles / report.clock_hz)]
                words += [] if decided else [f", {origin.trust_option or 'import it again'} lets them decide"]
        if words:
            yield Note(subject, tuple(words))


def _capacity(resource: Resource, limit: LimitInForce) -> Note:
    words = capacity_words(limit.asked or 0, limit.asked_by or "", limit.source)
    return Note(resource_title(resource), (words,))


def _output(report: Report) -> Words:
    exact = report.bit_exact
    if exact.differing_bytes == 0:
        equality = "byte for byte that of"
    elif exact.holds:
        equality = f"within {exact.max_ulps} ulps of that of"
    else:
        equality = f"{exact.differing_bytes} of {exact.compared_bytes} bytes are not those of"
    return (f"{equality} {exact.oracle} on {exact.samples} sample{'' if exact.samples == 1 else 's'}",)


def _metrics(report: Report) -> Iterator[Note]:
    if report.accuracy is None:
        yield Note("accuracy", (f"none, {report.accuracy_absent}",))
    for metric in report.all_metrics:
        quantized = "int8" if report.quantization == "float" else report.quantization
        known = {"float": metric.float_, quantized: metric.int8}
        figures = {name: Value(value, metric.unit) for name, value in known.items() if value is not None}
        function = "" if metric.metric == metric.name else f"{metric.metric}, "
        seen = f", {metric.overlap} of them also in other splits" if metric.overlap else ""
        words = f" ({function}{metric.samples} test samples{seen})"
        yield Note(resource_title(metric.name), (*_listed(figures), words))


def _sizes(**sizes: int) -> Words:
    return _listed({name: _bytes(size) for name, size in sizes.items()})


def _listed(figures: dict[str, Value]) -> Words:
    """Return words such as 'code 7.8 KiB, weights 19.5 KiB'."""
    words: list[str | Value] = []
    for name, value in figures.items():
        words += [f"{', ' if words else ''}{name} ", value]
    return tuple(words)


def _bytes(size: int) -> Value:
    return Value(size, "bytes")


def _seconds(time: float) -> Value:
    return Value(time, "seconds")


def _layers(report: Report) -> Table:
    return Table(LAYERS, tuple(_layer(report, layer) for layer in report.layers))


def _layer(report: Report, layer: LayerReport) -> tuple[Cell, ...]:
    share = layer.cycles / report.cycles if layer.cycles else None
    macs, cycles = layer.macs or None, layer.cycles or None
    return layer.index, layer.name, layer.operator, layer.kernel, macs, cycles, share
