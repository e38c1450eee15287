"""Layers that take most cycles, and how far their kernels are from the core's own multiplications."""

from __future__ import annotations

from scons_tinyml.records.explanation import HotLayer
from scons_tinyml.records.report import LayerReport, Report

MOST = 3


def hot_layers(report: Report) -> tuple[HotLayer, ...]:
    """Return the MOST slowest layers of `report`, the slowest first."""
    slowest = sorted((one for one in report.layers if one.cycles), key=lambda one: (-one.cycles, one.index))
    return tuple(_hot(layer, report) for layer in slowest[:MOST])


def multiplying(report: Report) -> float | None:
    """Return the share of all cycles that multiplications alone take; None where that is not known."""
    timed = [layer for layer in report.layers if layer.cycles]
    return _share(sum(layer.macs for layer in timed), sum(layer.cycles for layer in timed), report)


def _hot(layer: LayerReport, report: Report) -> HotLayer:
    whole = sum(one.cycles for one in report.layers)
    return HotLayer(
        index=layer.index,
        operator=layer.operator,
        kernel=layer.kernel,
        cycles=layer.cycles,
        percent=100 * layer.cycles / whole,
        cycles_per_mac=layer.cycles / layer.macs if layer.macs else None,
        multiplying=_share(layer.macs, layer.cycles, report),
        faster=_faster(layer),
    )


def _share(macs: int, cycles: int, report: Report) -> float | None:
    """Return the share of `cycles` for `macs`; None for a kernel that gets by with fewer multiplications."""
    bound = report.multiply_bound
    if bound is None or not macs or not cycles:
        return None
    share = macs * bound.cycles_per_mac / cycles
    return share if share <= 1 else None


def _faster(layer: LayerReport) -> str | None:
    """Return the fastest kernel that was not chosen though it takes fewer cycles, with the reason."""
    found = [one for one in layer.rejected if one.cycles is not None and one.cycles < layer.cycles]
    best = min(found, key=lambda one: one.cycles or 0, default=None)
    return None if best is None else f"{best.kernel}: {best.reason}"
