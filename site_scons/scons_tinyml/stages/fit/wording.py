"""Text and JSON of the refusal of a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scons_tinyml.records.units import format_bytes, format_seconds
from scons_tinyml.stages.fit.latency import Sum
from scons_tinyml.stages.fit.needs import Misfit, Needs

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Refusal:
    """Reason why a network is not built for a board, and its known figures."""

    model: str
    target: str
    needs: Needs
    int8: Needs | None
    """Needs of the int8 version of a float network."""
    int8_misfits: tuple[Misfit, ...]
    misfits: tuple[Misfit, ...]
    latency: Sum
    measure: str
    """The command that measures the layers without a row."""
    larger_boards: tuple[str, ...]
    """Boards with enough memory, the one with the least memory first."""
    patches: str | None = None
    """What layers that run patch by patch would give, where activations have no room."""


def lines(refusal: Refusal) -> Iterator[str]:
    """Yield lines on the needs and the memory of the board."""
    needs = refusal.needs
    yield (
        f"{needs.macs:,} multiply-accumulates, {needs.weights:,} weights: {_megabytes(needs.float_bytes)} as float32"
    )
    for misfit in refusal.misfits:
        yield _misfit(misfit)
    if refusal.patches:
        yield refusal.patches
    if refusal.int8:
        yield from _int8(refusal.int8, refusal.int8_misfits)
    else:
        yield f"the int8 version, which this is, takes {_takes(needs)}; code, stack and scratch are not counted"
    yield _latency(refusal)
    boards = ", ".join(refusal.larger_boards)
    yield (
        f"boards with memory for it: {boards}" if boards else "no board that is known here has memory for it"
    )


def to_json(model: str, target: str, needs: Needs, refusal: Refusal | None) -> dict[str, Any]:
    """Return the content of fit.json: bytes, seconds, cycles."""
    details = asdict(refusal) if refusal else {}
    return {
        "schema_version": SCHEMA_VERSION,
        "model": model,
        "target": target,
        "verdict": "fail" if refusal else "pass",
        **details,
        "needs": {**asdict(needs), "float_bytes": needs.float_bytes},
    }


def _misfit(misfit: Misfit) -> str:
    return (
        f"{misfit.what} take {format_bytes(misfit.needed_bytes)} at least, "
        f"{misfit.region} has {format_bytes(misfit.region_bytes)}"
    )


def _int8(needs: Needs, misfits: Sequence[Misfit]) -> Iterator[str]:
    verdict = "would not fit either" if misfits else "may fit: quantize=int8"
    yield f"its int8 version would take about {_takes(needs)}: {verdict}"


def _takes(needs: Needs) -> str:
    flash, ram = format_bytes(needs.weight_bytes), format_bytes(needs.arena_bytes)
    return f"{flash} of flash for weights, {ram} of RAM for activations"


def _latency(refusal: Refusal) -> str:
    found = refusal.latency
    without = found.layers - found.measured
    if not found.measured:
        return f"latency not known: none of {found.layers} layers was measured; {refusal.measure} does it"
    band = (
        f"{format_seconds(found.seconds)}, {format_seconds(found.slow_seconds)} at the slow end of the band"
    )
    if not without:
        return f"latency {band}: {found.cycles:,} cycles, the sum of what was measured of its {found.layers} layers"
    return (
        f"latency of {found.measured} of {found.layers} layers {band}; the others were not measured: "
        f"{refusal.measure} does it"
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
