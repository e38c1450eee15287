"""Faster schedules of generated kernels, which only a search with tune= finds."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.explanation import NotMeasured
from scons_tinyml.records.json_text import read_json

ORDER = 15
_SET = "generated"


def ways(case: Case) -> Iterator[NotMeasured]:
    """Yield the search, where none has found a schedule: those that it finds are kernels like all others."""
    schedules = case.results.folder / "schedules.json"
    searched = schedules.is_file() and bool(read_json(schedules)["layers"])
    if case.about == "latency" and _SET in case.results.situation.sets and not searched:
        yield NotMeasured(change="faster schedules of generated kernels", command=f"{case.build} tune=5min")
