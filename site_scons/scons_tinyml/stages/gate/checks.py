"""Findings on a report: every figure against its limit. Pure functions, which do not raise."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scons_tinyml.records.metric import DROP
from scons_tinyml.records.report import (
    UNITS,
    Accuracy,
    Finding,
    LimitInForce,
    RegionUse,
    Report,
    Resource,
    Share,
    format_value,
    resource_title,
)
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.gate import advice
from scons_tinyml.stages.gate.shares import flash_shares, latency_shares, layer_label, ram_shares

AGREEMENT = 0.03
"""Largest relative difference between the sum of the layers' cycles and the whole run."""


def check(report: Report) -> tuple[Finding, ...]:
    """Return all problems in `report`, ignoring its own findings and verdict."""
    checks: tuple[Callable[[Report], Iterator[Finding]], ...] = (
        _check_flash,
        _check_ram,
        _check_regions,
        _check_latency,
        _check_energy,
        _check_metrics,
        _check_agreement,
        _check_evidence,
        _check_bit_exactness,
    )
    return tuple(finding for one in checks for finding in one(report))


def _check_flash(report: Report) -> Iterator[Finding]:
    used, limit = report.flash_bytes, report.limits.get("flash")
    if limit and used > limit.value:
        parts = flash_shares(report)
        yield _over(report, "flash", used, parts, advice.for_flash(report, used - limit.value))


def _check_ram(report: Report) -> Iterator[Finding]:
    used, limit = report.ram_bytes, report.limits.get("ram")
    if limit and used > limit.value:
        yield _over(report, "ram", used, ram_shares(report), advice.for_ram(report, used - limit.value))


def _check_regions(report: Report) -> Iterator[Finding]:
    kinds = [region.kind for region in report.regions]
    for region in report.regions:
        limit = report.limits.get(region.kind)
        if kinds.count(region.kind) == 1 and limit is not None and limit.value <= region.size_bytes:
            continue  # the limit of the whole reports the same
        over_by = region.used_bytes - region.size_bytes
        if over_by <= 0:
            continue
        helps = advice.for_flash if region.kind == "flash" else advice.for_ram
        yield over_region(region, report.target).model_copy(
            update={
                "heaviest": flash_shares(report) if region.kind == "flash" else ram_shares(report),
                "advice": helps(report, over_by),
            }
        )


def over_region(region: RegionUse, target: str) -> Finding:
    """Return the finding of a region of the board `target` that the image puts too much in."""
    over_by = region.used_bytes - region.size_bytes
    return Finding(
        kind="region",
        severity="error",
        message=f"region {region.name} holds {format_bytes(region.size_bytes)}, the image puts "
        f"{format_bytes(region.used_bytes)} there: {format_bytes(over_by)} too much",
        used=region.used_bytes,
        limit=region.size_bytes,
        unit="bytes",
        over_by=over_by,
        limit_source=f"boards/{target}.toml: memory {region.name}",
        region=region.name,
    )


def _check_latency(report: Report) -> Iterator[Finding]:
    used, limit = report.latency_s.high, report.limits.get("latency")
    if limit and used > limit.value:
        parts = latency_shares(report)
        yield _over(report, "latency", used, parts, advice.for_latency(report, used - limit.value))


def _check_energy(report: Report) -> Iterator[Finding]:
    energy = report.energy
    used = {"energy": energy.high_joules, "average_power": energy.average_power_w} if energy else {}
    for name in ("energy", "average_power"):
        limit, value = report.limits.get(name), used.get(name)
        if limit is None:
            continue
        if value is None:
            yield _no_energy(report, name)
        elif value > limit.value:
            yield _over(report, name, value, (), advice.for_energy(report, name, limit.value))


def _no_energy(report: Report, kind: Resource) -> Finding:
    """Return the finding of a limit that cannot be judged, which says what is missing."""
    limit, energy = report.limits[kind], report.energy
    file = f"boards/{report.target}.toml"
    if energy is None:
        missing, helps = (
            f"{file} has no supply",
            "give the figures of the data sheet there, with their sources",
        )
    elif energy.sleep_current_a is None:
        missing, helps = (
            f"{file} has no supply.sleep_current",
            "give that of the data sheet there, with its source",
        )
    else:
        missing, helps = "inferences_per_hour is not set", "set inferences_per_hour=60 or another rate"
    return Finding(
        kind=kind,
        severity="error",
        message=f"{resource_title(kind)} has a limit of {format_value(limit.unit, limit.value)}, but there is none to "
        f"judge: {missing}",
        limit=limit.value,
        unit=limit.unit,
        limit_source=limit.source,
        advice=helps,
    )


def _check_metrics(report: Report) -> Iterator[Finding]:
    known = {metric.name: metric for metric in report.all_metrics}
    for name in report.limits:
        if name in UNITS:
            continue
        metric = known.get(name.removesuffix(DROP))
        if name.endswith(DROP):
            yield from _check_drop(report, name, metric)
        else:
            yield from _check_metric(report, name, metric)


def _check_metric(report: Report, name: str, metric: Accuracy | None) -> Iterator[Finding]:
    limit, used = report.limits[name], metric.deployed if metric else None
    if metric is None or used is None:
        yield _unknown(report, name)
    elif _keeps(used, limit, at_least=metric.better == "higher"):
        return
    elif metric.better == "lower":
        yield _over(report, name, used, (), advice.for_metric(report, metric, limit.value))
    else:
        below = _exact(limit.value - used)
        shown, missing = (format_value(limit.unit, value) for value in (used, below))
        yield Finding(
            kind=name,
            severity="error",
            message=f"{resource_title(name)} {shown} is {missing} below the minimum of {limit.value:g}",
            used=used,
            limit=limit.value,
            unit=limit.unit,
            over_by=below,
            limit_source=limit.source,
            advice=advice.for_metric(report, metric, limit.value),
        )


def _check_drop(report: Report, name: str, metric: Accuracy | None) -> Iterator[Finding]:
    limit = report.limits[name]
    if report.quantization == "float":  # a float image has no quantization loss
        return
    used = metric.drop if metric else None
    if used is None:
        yield _unknown(report, name)
    elif not _keeps(used, limit, at_least=False):
        yield _over(report, name, used, (), advice.for_drop(report))


def _keeps(used: float, limit: LimitInForce, *, at_least: bool) -> bool:
    """Return whether `used` is within `limit`. A limit in the form of a table allows what is printed like it."""
    if used >= limit.value if at_least else used <= limit.value:
        return True
    printed = format_value(limit.unit, limit.value)
    return "." in printed and printed == str(limit.value) == format_value(limit.unit, used)


def _check_agreement(report: Report) -> Iterator[Finding]:
    ratio = report.agreement.ratio
    if report.agreement.sum_of_layers_cycles and abs(ratio - 1) > AGREEMENT:
        yield Finding(
            kind="agreement",
            severity="warning",
            message=f"the layers measured alone add up to {ratio:.3f} times the cycles of the whole run: "
            f"more than {AGREEMENT:.0%} apart",
            used=ratio,
            limit=1 + AGREEMENT if ratio > 1 else 1 - AGREEMENT,
            unit="fraction",
            over_by=_exact(abs(ratio - 1) - AGREEMENT),
        )


def _check_evidence(report: Report) -> Iterator[Finding]:
    """Find layers whose cycles on a board the timing model does not allow: one of the two figures is wrong."""
    for layer in report.layers:
        found = layer.hardware
        if found is None or found.agrees:
            continue
        limit = found.least_cycles if found.cycles < found.least_cycles else found.most_cycles
        yield Finding(
            kind="evidence",
            severity="error",
            message=f"{layer_label(layer)} with {layer.kernel} takes {found.cycles:,} cycles by {found.measured_by}, "
            f"and {found.emulator_cycles:,} in the emulator: {report.provenance.timing_model} allows "
            f"{found.least_cycles:,} to {found.most_cycles:,}",
            used=found.cycles,
            limit=limit,
            unit="cycles",
            over_by=abs(found.cycles - limit),
            limit_source=f"row of {found.pack or 'a board, measured here'}",
            advice=advice.for_evidence(report, found),
        )


def _check_bit_exactness(report: Report) -> Iterator[Finding]:
    exact = report.bit_exact
    if exact.holds:
        return
    ulps = f", by up to {exact.max_ulps} ulps where {exact.tolerance_ulps} pass" if exact.max_ulps else ""
    yield Finding(
        kind="bit_exactness",
        severity="error",
        message=f"{exact.differing_bytes} of {exact.compared_bytes} output bytes over {exact.samples} "
        f"samples differ from {exact.oracle}{ulps}",
        used=exact.differing_bytes,
        limit=0,
        unit="bytes",
        over_by=exact.differing_bytes,
    )


def _over(report: Report, kind: Resource, used: float, parts: tuple[Share, ...], helps: str) -> Finding:
    limit = report.limits[kind]
    shown = format_value(limit.unit, used)
    if kind == "latency":
        shown += f" ({format_value(limit.unit, report.latency_s.value)} and the slow end of its error band)"
    over_by = _exact(used - limit.value)
    return Finding(
        kind=kind,
        severity="error",
        message=f"{resource_title(kind)} {shown} is {format_value(limit.unit, over_by)} over the limit of "
        f"{format_value(limit.unit, limit.value)}",
        used=used,
        limit=limit.value,
        unit=limit.unit,
        over_by=over_by,
        limit_source=limit.source,
        heaviest=parts,
        advice=helps,
    )


def _exact(difference: float) -> float:
    """Return a difference of decimal figures without the error of their binary form: 0.91 - 0.9 is 0.01."""
    return round(difference, 12)


def _unknown(report: Report, kind: Resource) -> Finding:
    limit = report.limits[kind]
    why = report.accuracy_absent or "one of the two versions of the network was not evaluated"
    return Finding(
        kind=kind,
        severity="error",
        message=f"{resource_title(kind)} has a limit of {limit.value:g}, but there is none to judge: {why}",
        limit=limit.value,
        unit=limit.unit,
        limit_source=limit.source,
        advice="drop that limit, or use a model that is trained here and so has a test split",
    )
