"""Checks that a board's result for a trial passes before it becomes a row. Pure functions."""

from __future__ import annotations

from scons_tinyml.costs.rows import disagreement
from scons_tinyml.stages.measure.hardware.manifest import TrialRecord
from scons_tinyml.stages.measure.hardware.protocol import Measured


def refusal(trial: TrialRecord, measured: Measured) -> str | None:
    """Return the reason to refuse the cycles of `measured`, None when there is none."""
    if not measured.guard:
        return f"writes beyond the {trial.scratch_bytes} bytes of scratch that it declares"
    if measured.compared_bytes != trial.compared_bytes:
        return f"{measured.compared_bytes} bytes were compared, not the {trial.compared_bytes} of its outputs"
    found = disagreement(measured.compared_bytes, measured.differing_bytes, measured.max_ulps, trial.max_ulps)
    if found is not None:
        return found
    return None if measured.cycles > 0 else "the counter did not move meanwhile"
