"""What a validation came to: a table of images, one of cores, and a verdict; for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean
from typing import Any

from scons_tinyml.records import cores
from scons_tinyml.validation.compare import Comparison


@dataclass(frozen=True)
class CoreSummary:
    """The images of one core. `mean` and `worst` are ratios of predicted to published time, None without any."""

    core: str
    timing_model: str
    images: int
    inside: int
    mean: float | None
    worst: float | None
    worst_image: str | None
    band: float


def summarize(comparisons: Sequence[Comparison]) -> list[CoreSummary]:
    """One summary for each core, by name."""
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


def image_rows(comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    """The table of images."""
    return [
        {
            "image": f"{item.image.submitter}/{item.image.board_folder}",
            "network": item.image.network,
            "core": item.core,
            "cycles": None if item.cycles is None else round(item.cycles),
            "predicted ms": _milliseconds(item.predicted_s),
            "published ms": _milliseconds(item.published_s),
            "ratio": _ratio(item.ratio),
            "": "" if item.inside else "outside" if item.ratio else "failed",
        }
        for item in _by_name(comparisons)
    ]


def core_rows(summaries: Sequence[CoreSummary]) -> list[dict[str, Any]]:
    """The table of cores."""
    return [
        {
            "core": item.core,
            "timing model": item.timing_model,
            "images": item.images,
            "inside": item.inside,
            "mean": _ratio(item.mean),
            "worst": _ratio(item.worst),
            "of": item.worst_image,
            "band": f"{item.band:.0%}",
        }
        for item in summaries
    ]


def notes(comparisons: Sequence[Comparison]) -> list[str]:
    """What is to be known about single images: how they differ from the descriptor, and what went wrong."""
    found = []
    for item in _by_name(comparisons):
        found += [f"{item.image.name}: {sentence}" for sentence in item.differences]
        found += [f"{item.image.name}: {item.problem}"] if item.problem else []
    return found


def verdict(comparisons: Sequence[Comparison]) -> str:
    """One line: which images are outside of their band."""
    outside = [item for item in _by_name(comparisons) if not item.inside]
    if not outside:
        return f"all {len(comparisons)} images are inside of their bands"
    names = ", ".join(f"{item.image.name} ({_ratio(item.ratio)})" for item in outside)
    return f"{len(outside)} of {len(comparisons)} images are outside of their bands: {names}"


def as_json(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Everything with whole numbers and SI units."""
    return {
        "inside": all(item.inside for item in comparisons),
        "cores": [vars(item) for item in summarize(comparisons)],
        "images": [_image_json(item) for item in _by_name(comparisons)],
    }


def _image_json(item: Comparison) -> dict[str, Any]:
    return {
        "image": item.image.name,
        "board": item.image.board,
        "network": item.image.network,
        "core": item.core,
        "timing_model": item.timing_model,
        "clock_hz": item.clock_hz,
        "cycles": item.cycles,
        "instructions": item.instructions,
        "predicted_s": item.predicted_s,
        "published_s": item.published_s,
        "ratio": item.ratio,
        "inside": item.inside,
        "differences": list(item.differences),
        "problem": item.problem,
    }


def _by_name(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return sorted(comparisons, key=lambda item: item.image.name)


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:9.3f}"


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.3f}"
