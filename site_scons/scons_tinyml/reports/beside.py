"""What other files of a build say that a page shows too. Each may be absent."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.records.report import Report


@dataclass(frozen=True)
class Beside:
    """Files beside a report.json, read and checked; None where there is none."""

    other: Report | None = None
    """The same network on the same board in the other type: float for int8, int8 for float."""
    flame_graph: str | None = None
    """Path of a profile for speedscope from the folder of the report."""


NOTHING = Beside()
