"""Another variant of the model: those that the report of a failed build names, or a command that explores some."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.explanation import NotMeasured, WayOut
from scons_tinyml.records.report import resource_title
from scons_tinyml.records.variant_names import shown_variant

ORDER = 35


def ways(case: Case) -> Iterator[WayOut | NotMeasured]:
    """Yield variants that pass, the most accurate first; else the exploration that may find some."""
    remedies = case.results.report.remedies
    found = remedies.variants if remedies else None
    if found is None or found.outcome == "none passes":
        return
    if not found.variants:
        board, model = case.results.board.name, case.subject.split()[0].partition(":")[0]
        yield NotMeasured(change="a smaller variant", command=f"scons explore target={board} {model}")
    for one in found.variants:
        way = case.way(
            "variant",
            f"{shown_variant(one.variant)}: {resource_title(one.metric)} {one.accuracy:.4f}",
            one.command,
            "its build when it was explored",
            flash_bytes=one.flash_bytes,
            ram_bytes=one.ram_bytes,
            latency_s=one.latency_s,
        )
        yield way.model_copy(update={"keeps_limits": True})
