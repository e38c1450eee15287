"""Use of flash, RAM and time beside their limits, and the one that holds the network back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scons_tinyml.records.explanation import HeldBack, Scarce
from scons_tinyml.records.report import UNITS, Finding, Report, Share, errors
from scons_tinyml.stages.gate.shares import flash_shares, latency_shares, ram_shares

TIGHT = 0.5
"""Share of a limit from which on a size holds back a network that has no limit of latency."""
_USED: Mapping[Scarce, Callable[[Report], float]] = {
    "flash": lambda report: report.flash_bytes,
    "ram": lambda report: report.ram_bytes,
    "latency": lambda report: report.latency_s.high,
}
_PARTS: Mapping[Scarce, Callable[[Report], Sequence[Share]]] = {
    "flash": flash_shares,
    "ram": ram_shares,
    "latency": latency_shares,
}
_OF_TIME = ("latency", "energy", "average_power")


def held_back(report: Report) -> tuple[HeldBack, ...]:
    """Return the use of flash, RAM and time, the one nearest to its limit first."""
    found = [_held(report, resource) for resource in _USED]
    return tuple(sorted(found, key=lambda one: -(one.share or 0)))


def scarcest(report: Report, found: Sequence[HeldBack]) -> tuple[Scarce, str]:
    """Return the resource that holds the network back, and the reason in a sentence.

    It is that of the first error, else the one nearest to its limit. Where time has no limit and the sizes are far from
    theirs, it is time: then nothing else makes this network slow to use.
    """
    for finding in errors(report.findings):
        if resource := _of_finding(report, finding):
            return resource, "it is over its limit"
    first = found[0]
    share = first.share or 0
    if "latency" not in report.limits and share < TIGHT:
        return "latency", "no size is near its limit, and no latency is asked for: what is left is time"
    return first.resource, f"it is nearest to its limit, at {100 * share:.1f} %"


def used(report: Report) -> dict[Scarce, float]:
    """Return what limits are compared with: bytes, and seconds at the slow end of the band."""
    return {resource: of(report) for resource, of in _USED.items()}


def _held(report: Report, resource: Scarce) -> HeldBack:
    value, limit = _USED[resource](report), report.limits.get(resource)
    findings = (one for one in errors(report.findings) if _of_finding(report, one) == resource)
    return HeldBack(
        resource=resource,
        used=value,
        unit=UNITS[resource],
        limit=limit.value if limit else None,
        limit_source=limit.source if limit else None,
        share=value / limit.value if limit else None,
        parts=tuple(_PARTS[resource](report)),
        advice=next((one.advice for one in findings), None),
    )


def _of_finding(report: Report, finding: Finding) -> Scarce | None:
    """Return the resource that `finding` is about; energy is one of time. None for accuracy and outputs."""
    if finding.kind == "region":
        kinds = {one.name: one.kind for one in report.regions}
        return "flash" if kinds.get(finding.region or "") == "flash" else "ram"
    if finding.kind in _OF_TIME:
        return "latency"
    return next((resource for resource in _USED if resource == finding.kind), None)
