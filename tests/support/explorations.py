"""A small space of variants, and trials and builds of it that nothing computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scons_tinyml.explore.gated import Built
from scons_tinyml.explore.space import Space, space_of
from scons_tinyml.records.explored import Axis, BoardFront, Explored, Point, Price, TrialOfVariant
from scons_tinyml.records.model import Model
from scons_tinyml.records.report import Latency, LimitInForce, Report
from scons_tinyml.records.variants import variant_of
from scons_tinyml.stages.executors.work import Done
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.trial.records import Job, Sketch, Tried, Work
from support.reports import report_with

MODEL = Model.model_validate(
    {
        "name": "net",
        "input": {"shape": [8]},
        "dataset": {"path": "samples.npz", "train_fraction": 0.7, "validation_fraction": 0.1},
        "training": {
            "epochs": 1,
            "samples_per_epoch": 10,
            "batch_size": 5,
            "learning_rate": 0.1,
            "seed": 3,
        },
        "variants": {
            "width": {"values": [0.25, 0.5, 0.75, 1.0], "default": 1.0},
            "depth": {"values": [1, 2, 3, 4], "default": 4},
            "kind": ["plain", "other"],
        },
    }
)
WHERE = Path("models/net/model.toml")


def space() -> Space:
    """Return the space of 32 variants."""
    return space_of(MODEL, WHERE)


def sketch(variant: str) -> Sketch:
    """Return a sketch that grows with width and depth."""
    values = variant_of(MODEL, variant).values
    size = int(1000 * float(values["width"]) * float(values["depth"]))
    layers = (Work("CONV_2D", "CONV_2D 3x3", 20 * size), Work("FULLY_CONNECTED", "FULLY_CONNECTED", size))
    return Sketch(weight_bytes=size, arena_bytes=size // 4, macs=21 * size, layers=layers)


def tried(variant: str) -> Tried:
    """Return a trial whose accuracy grows with the size; 'other' is worse."""
    found = sketch(variant)
    lost = 0.1 if variant_of(MODEL, variant).values["kind"] == "other" else 0.0
    accuracy = 0.6 + found.weight_bytes / 10_000 - lost
    return Tried(variant, found, accuracy=accuracy, epochs=1, halfway=accuracy - 0.1)


class Trials:
    """An executor that answers without work: the last job first if `backwards`, and at most `most` jobs."""

    def __init__(self, *, backwards: bool = False, most: int | None = None) -> None:
        self.backwards, self.most = backwards, most
        self.done: list[str] = []
        self.rivals: dict[str, list[str]] = {}

    def results(self, work: Any, jobs: Mapping[int, Job]) -> Iterator[Done[int, Tried]]:  # noqa: ARG002
        """Yield the answers; raises KeyboardInterrupt after `most`."""
        for name, job in sorted(jobs.items(), reverse=self.backwards):
            if self.most is not None and len(self.done) >= self.most:
                raise KeyboardInterrupt
            self.done.append(job.variant)
            self.rivals[job.variant] = [one.variant for one in job.rivals]
            yield Done(name, tried(job.variant))


class FakeBuilds:
    """Builds whose reports have the figures of the sketch."""

    def __init__(self, *, impossible: tuple[str, ...] = ()) -> None:
        self.impossible = impossible
        self.run_for: list[tuple[str, str]] = []

    def run(self, board: str, variant: str) -> Built:
        """Return the build of a variant."""
        self.run_for.append((board, variant))
        path = Path("build", board, f"net-{variant or 'itself'}", "report.json")
        if variant in self.impossible:
            return Built(board, variant, path, reason="it has no room")
        found = tried(variant)
        assert found.sketch is not None
        report = report_with(target=board, flash_bytes=5000 + found.sketch.weight_bytes)
        return Built(board, variant, path, report)


def explored_point(variant: str, accuracy: float, flash_bytes: int = 8000, verdict: str = "pass") -> Point:
    """Return a built variant."""
    return Point(
        variant=variant,
        values={"width": 0.5},
        verdict=verdict,
        on_front=verdict == "pass",
        accuracy=accuracy,
        latency_s=Latency(value=1e-3, low=1e-3, high=2e-3, evidence="emulator", band="none"),
        cycles=80_000,
        flash_bytes=flash_bytes,
        ram_bytes=2000,
        energy_j=None,
        report="build/report.json",
    )


def write_explored(
    folder: Path, report: Report, points: list[Point], made: str = "abc", **limits: float
) -> Path:
    """Write the record of an exploration for the board of `report`, and return its path."""
    found = explored_for(report, points, made, **limits)
    write_json(folder / "explore.json", found.model_dump(mode="json", by_alias=True))
    return folder / "explore.json"


def explored_for(report: Report, points: list[Point], made: str = "abc", **limits: float) -> Explored:
    """Return the record of an exploration for the board of `report`; trials are those of `points`."""
    front = BoardFront(
        board=report.target,
        part=report.part,
        core=report.core,
        clock_hz=report.clock_hz,
        limits={
            name: LimitInForce(value=value, unit="fraction", source="m") for name, value in limits.items()
        },
        points=tuple(points),
    )
    return Explored(
        model="tiny",
        metric="accuracy",
        better="higher",
        seed=1,
        made_of=made,
        study="s",
        variants=4,
        axes=(Axis(name="width", values=(0.5, 1.0), default=1.0),),
        boards=(front,),
        trials=tuple(
            TrialOfVariant(
                variant=one.variant, values=one.values, accuracy=one.accuracy, macs=900, weight_bytes=800
            )
            for one in points
        ),
        prices=(
            Price(
                axis="width",
                pairs=1,
                accuracy=-0.01,
                weight_bytes=-100,
                arena_bytes=-50,
                macs=-400,
                accuracy_per_kib=0.07,
            ),
        ),
        winner=None,
    )
