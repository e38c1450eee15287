"""Share of the samples whose class was recognized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scons_tinyml.stages.metrics.classes import predicted

if TYPE_CHECKING:
    from scons_tinyml.stages.metrics.classes import Array

TASKS = ("classification",)
BETTER = "higher"
UNIT = "fraction"


def compute(labels: Array, outputs: Array) -> float:
    """Return the share of right classes."""
    return float((predicted(outputs) == labels).mean())
