"""What `scons explore` has found, `build/explore/<model>/explore.json`, with a JSON Schema of its own.

Figures of points are those of reports of gated builds. Forecasts are named so: they ordered the trials.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.axis import Value
from scons_tinyml.records.metric import Better
from scons_tinyml.records.report import Latency, LimitInForce, Resource, Verdict
from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1


class Axis(ReportRecord):
    """An axis that was searched."""

    name: str
    values: tuple[Value, ...]
    default: Value = Field(description="value of the model itself")


class ForecastFigures(ReportRecord):
    """Figures of a variant as scaled from a build of the model itself."""

    flash_bytes: int
    ram_bytes: int
    latency_s: float


class TrialOfVariant(ReportRecord):
    """A variant that was tried."""

    variant: str = Field(description="as model=NAME:VARIANT has it; '' is the model itself")
    values: dict[str, Value] = Field(description="value on each axis")
    accuracy: float | None = Field(description="first metric of the model; null where no training ended")
    dropped: str = Field(default="", description="why it was not trained")
    stopped: str = Field(default="", description="why its training ended after half of the epochs")
    problem: str = Field(default="", description="why it could not be made")
    macs: int | None = None
    weight_bytes: int | None = Field(default=None, description="least bytes of its weights")
    arena_bytes: int | None = Field(default=None, description="least bytes of its activations")
    forecasts: dict[str, ForecastFigures] = Field(default_factory=dict, description="by board")


class Repeats(ReportRecord):
    """Accuracies of one variant with other seeds of its training."""

    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]
    mean: float
    spread: float = Field(ge=0, description="standard deviation, of the sample")


class Point(ReportRecord):
    """A variant that was built for a board, with the figures of its report."""

    variant: str
    values: dict[str, Value]
    verdict: Verdict
    on_front: bool = Field(description="it passes, and no other one that passes is better in all figures")
    accuracy: float
    latency_s: Latency
    cycles: int = Field(gt=0)
    flash_bytes: int = Field(ge=0)
    ram_bytes: int = Field(ge=0)
    energy_j: float | None = Field(description="most of one inference, where the board file has currents")
    repeats: Repeats | None = None
    forecast: ForecastFigures | None = Field(default=None, description="what had been expected")
    report: str = Field(description="path of its report.json, from the folder of the project")


class NotBuilt(ReportRecord):
    """A variant that could not be built for a board."""

    variant: str
    reason: str


class BoardFront(ReportRecord):
    """Points of a board, the most accurate first."""

    board: str
    part: str
    core: str
    clock_hz: int = Field(gt=0)
    limits: dict[Resource, LimitInForce]
    points: tuple[Point, ...]
    not_built: tuple[NotBuilt, ...] = ()


class Price(ReportRecord):
    """What one step to the next smaller value on an axis saves and costs, as a mean over pairs of trials."""

    axis: str
    pairs: int = Field(gt=0, description="trials that differ by this step alone")
    accuracy: float = Field(description="change of the accuracy")
    weight_bytes: float
    arena_bytes: float
    macs: float
    accuracy_per_kib: float | None = Field(
        description="accuracy that a KiB of weights and activations buys; null where none is saved"
    )


class Explored(ReportRecord):
    """Variants of a model that no other one beats, by board."""

    schema_version: Literal[1] = SCHEMA_VERSION
    model: str
    metric: str
    better: Better
    seed: int = Field(ge=0)
    made_of: str = Field(
        default="",
        description="digest of model.toml without budgets, Python code beside it, and states of samples",
    )
    study: str = Field(description="name of the study in study.sqlite3, which has the trials")
    variants: int = Field(gt=0, description="number of all variants")
    axes: tuple[Axis, ...]
    boards: tuple[BoardFront, ...]
    trials: tuple[TrialOfVariant, ...]
    prices: tuple[Price, ...]
    winner: str | None = Field(
        description="variant that passes on most boards, the most accurate of them; null if none passes"
    )
