"""Sentences of `scons why` on a generated function: schedule, proof, size."""

from __future__ import annotations

from _weighted import WeightedLayer

from scons_tinyml.stages.lowering.thumb.requantization import ProvenConstants
from scons_tinyml.stages.lowering.thumb.routine import Routine


def explanation(
    schedule: str,
    layer: WeightedLayer,
    requantization: ProvenConstants,
    routine: Routine | None,
    *,
    dsp: bool = True,
) -> tuple[str, ...]:
    """Return sentences on a function for `layer`, of which `schedule` says how it goes through weights and pixels.

    Cycles of the requantization are not told without the DSP extension, where SMULL takes three to five. A function
    in C has no routine, and its size is not known.
    """
    live = [sums for sums, is_live in zip(layer.sums(), layer.live, strict=True) if is_live]
    found = [f"schedule: {schedule}"]
    if live:
        least, most = min(sums.low for sums in live), max(sums.high for sums in live)
        found.append(
            f"proof: no input gives a sum outside of {least:,} to {most:,}; the requantization "
            f"{f'takes {requantization.cycles} cycles a value' if dsp else 'is by SMULL'}, "
            "with the oracle's byte on both sides of each step of the output"
        )
    if constant := layer.channels - len(live):
        found.append(
            f"{constant} of {layer.channels} channels are the same for every input, and have no weights"
        )
    if routine is not None:
        found.append(f"size: {routine.code_bytes:,} bytes of code, {routine.stack_bytes} of stack")
    return tuple(found)
