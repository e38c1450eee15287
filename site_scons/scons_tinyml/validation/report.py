"""Report of a validation, for people and as JSON: a table of images, a table of cores, and a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean
from typing import Any

from scons_tinyml.records import cores
from scons_tinyml.reports.cells import Cell, Column, Table, figure
from scons_tinyml.validation.compare import Comparison

IMAGES = (
    *(Column("image"), Column("measured"), Column("core"), Column("cycles", "cycles", "-", ".0f")),
    *(Column(f"{which} ms", "seconds", "-", ".3f") for which in ("predicted", "published")),
    *(Column("ratio", "ratio", "-"), Column("")),
)
CORES = (
    *(Column("core"), Column("timing model"), Column("images", "count"), Column("inside", "count")),
    *(Column("mean", "ratio", "-"), Column("worst", "ratio", "-"), Column("of", missing="-")),
    Column("band", "relative", spec=".0%"),
)


@dataclass(frozen=True)
class CoreSummary:
    """Results of the images of one core. `mean` and `worst` are ratios of predicted to published time, or None."""

    core: str
    timing_model: str
    images: int
    inside: int
    mean: float | None
    worst: float | None
    worst_image: str | None
    band: float


def summarize(comparisons: Sequence[Comparison]) -> list[CoreSummary]:
    """Return a summary for each core, by name."""
    ordered = sorted(comparisons, key=lambda item: item.core)
    return [_summary(core, list(group)) for core, group in groupby(ordered, key=lambda item: item.core)]


def _summary(core: str, comparisons: Sequence[Comparison]) -> CoreSummary:
    ratios = {item.image.name: item.ratio for item in comparisons if item.ratio is not None}
    worst = max(ratios, key=lambda name: abs(ratios[name] - 1), default=None)
    return CoreSummary(
        core=core,
        timing_model=comparisons[0].timing_model,
        images=len(comparisons),
        inside=sum(item.inside for item in comparisons),
        mean=mean(ratios.values()) if ratios else None,
        worst=ratios[worst] if worst else None,
        worst_image=worst,
        band=cores.core(core).images_within,
    )


def image_table(comparisons: Sequence[Comparison]) -> Table:
    """Return the table of all images by name."""
    return Table(IMAGES, tuple(map(_image_cells, _by_name(comparisons))), empty="none")


def core_table(summaries: Sequence[CoreSummary]) -> Table:
    """Return the table of all cores."""
    return Table(CORES, tuple(map(_core_cells, summaries)), empty="none")


def notes(comparisons: Sequence[Comparison]) -> list[str]:
    """Return notes on single images: differences from the board file, and problems."""
    found = []
    for item in _by_name(comparisons):
        found += [f"{item.image.name}: {sentence}" for sentence in item.differences]
        found += [f"{item.image.name}: {item.problem}"] if item.problem else []
    return found


def verdict(comparisons: Sequence[Comparison]) -> str:
    """Return the verdict as one line, with the images that are outside of their band."""
    outside = [item for item in _by_name(comparisons) if not item.inside]
    if not outside:
        return f"all {len(comparisons)} images are inside of their bands"
    names = ", ".join(f"{item.image.name} ({_ratio(item.ratio)})" for item in outside)
    return f"{len(outside)} of {len(comparisons)} images are outside of their bands: {names}"


def as_json(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return the report in whole numbers and SI units."""
    return {
        "inside": all(item.inside for item in comparisons),
        "cores": [vars(item) for item in summarize(comparisons)],
        "images": [_image_json(item) for item in _by_name(comparisons)],
    }


def _image_json(item: Comparison) -> dict[str, Any]:
    return {
        "image": item.image.name,
        "board": item.image.board,
        "measured": item.image.piece,
        "core": item.core,
        "timing_model": item.timing_model,
        "clock_hz": item.clock_hz,
        "cycles": item.cycles,
        "instructions": item.instructions,
        "predicted_s": item.predicted_s,
        "published_s": item.published_s,
        "ratio": item.ratio,
        "band": item.band,
        "inside": item.inside,
        "differences": list(item.differences),
        "problem": item.problem,
    }


def _image_cells(item: Comparison) -> tuple[Cell, ...]:
    times = _milliseconds(item.predicted_s), _milliseconds(item.published_s)
    outcome = None if item.inside else "outside" if item.ratio else "failed"
    return item.image.title, item.image.piece, item.core, item.cycles, *times, item.ratio, outcome


def _core_cells(item: CoreSummary) -> tuple[Cell, ...]:
    counts = item.images, item.inside
    return item.core, item.timing_model, *counts, item.mean, item.worst, item.worst_image, item.band


def _by_name(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return sorted(comparisons, key=lambda item: item.image.name)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else figure(ratio, "ratio")
