"""Measurements of others in a report: packs that rows came with, boards beside the emulator, and its bands."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor

from scons_tinyml.costs.key import Evidence
from scons_tinyml.records.report import CodeBand, HardwareCycles, PackUse
from scons_tinyml.records.trust import PackOrigin
from scons_tinyml.stages.plan.record import LayerPlan, Plan
from scons_tinyml.stages.run.agreement import CALL_CYCLES
from scons_tinyml.stages.run.record import LayerBand, RunResult

Used = tuple[PackOrigin, Evidence, bool, int]
"""Pack, class of its row, true if the row decided, and its cycles."""


def packs_used(plan: Plan) -> tuple[PackUse, ...]:
    """Return the packs with rows for the kernels of `plan`: those that decided first, then by name."""
    found: dict[tuple[bool, str, str, str, Evidence], list[int]] = {}
    for layer in plan.layers:
        for pack, evidence, decided, cycles in _of_layer(layer):
            key = (not decided, pack.name, pack.digest, pack.signer, evidence)
            found.setdefault(key, []).append(cycles)
    return tuple(
        PackUse(
            name=name,
            digest=digest or None,
            signer=signer or None,
            evidence=evidence,
            layers=len(cycles),
            cycles=sum(cycles),
            decided=not shown,
        )
        for (shown, name, digest, signer, evidence), cycles in sorted(found.items())
    )


def _of_layer(layer: LayerPlan) -> Iterator[Used]:
    if layer.pack is not None and layer.cycles is not None:
        yield layer.pack, layer.evidence, True, layer.cycles
    hardware = layer.hardware
    if hardware is not None and hardware.pack is not None and layer.evidence != "hardware":
        yield hardware.pack, "hardware", False, hardware.cycles


def hardware_cycles(layer: LayerPlan, run: RunResult) -> HardwareCycles | None:
    """Return the board's cycles of a layer with the band around the emulator's; None where no board measured it.

    A layer alone may differ by the cycles of a call, too, which count for layers of a few hundred cycles.
    """
    found = layer.hardware
    if found is None:
        return None
    emulated = layer.cycles_in_emulator
    low, high = _factors(layer, run)
    return HardwareCycles(
        cycles=found.cycles,
        emulator_cycles=emulated,
        least_cycles=max(0, floor(emulated * low) - CALL_CYCLES),
        most_cycles=ceil(emulated * high) + CALL_CYCLES,
        measured_by=found.measured_by,
        pack=str(found.pack) if found.pack else None,
        decides=found.decides,
    )


def code_band(layer: LayerPlan, run: RunResult) -> CodeBand | None:
    """Return the kind of a layer's code with its band; None for a layer without code."""
    found = _band(layer, run)
    if found is None:
        return None
    low, high = round(found.low - 1, 6), round(found.high - 1, 6)
    return CodeBand(kind=found.kind, low=low, high=high, comparisons=found.comparisons)


def _factors(layer: LayerPlan, run: RunResult) -> tuple[float, float]:
    """Return the factors on the cycles of a layer for both ends of its band, those of the run if it has none."""
    found = _band(layer, run)
    return (found.low, found.high) if found else (run.band_low, run.band_high)


def _band(layer: LayerPlan, run: RunResult) -> LayerBand | None:
    return next((found for found in run.layers if found.index == layer.index), None)
