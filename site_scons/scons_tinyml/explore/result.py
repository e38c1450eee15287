"""The record of an exploration: points of each board from reports, trials with their forecasts, prices of axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from scons_tinyml.explore.front import Figures, front
from scons_tinyml.explore.gated import Built
from scons_tinyml.explore.search import Searched
from scons_tinyml.explore.space import Space
from scons_tinyml.records.explored import (
    Axis,
    BoardFront,
    Explored,
    ForecastFigures,
    NotBuilt,
    Point,
    Price,
    Repeats,
    TrialOfVariant,
)
from scons_tinyml.records.metric import Better
from scons_tinyml.records.report import Report
from scons_tinyml.records.variants import default_of, variant_of
from scons_tinyml.stages.trial.forecast import forecast
from scons_tinyml.stages.trial.records import Basis, Sketch, Tried

_KIB = 1024


@dataclass(frozen=True)
class Outcome:
    """All that the record of an exploration is made of."""

    space: Space
    metric: str
    better: Better
    seed: int
    made_of: str
    study: str
    searched: Searched
    built: Mapping[str, Sequence[Built]]
    """Builds by board."""
    repeats: Mapping[str, Repeats]
    """Accuracies with other seeds, by variant."""


def explored(outcome: Outcome) -> Explored:
    """Return the record of `outcome`."""
    boards = tuple(_board(outcome, basis) for basis in outcome.searched.bases)
    return Explored(
        model=outcome.space.model.name,
        metric=outcome.metric,
        better=outcome.better,
        seed=outcome.seed,
        made_of=outcome.made_of,
        study=outcome.study,
        variants=outcome.space.size,
        axes=tuple(
            Axis(name=name, values=values, default=default_of(outcome.space.model, name))
            for name, values in outcome.space.axes.items()
        ),
        boards=boards,
        trials=tuple(_trial(outcome, tried) for tried in outcome.searched.tried.values()),
        prices=tuple(_prices(outcome.space, outcome.searched.tried)),
        winner=winner(boards, outcome.better),
    )


def figures_of(report: Report, better: Better) -> Figures:
    """Return figures of a report of which smaller ones are better: accuracy, latency, flash, RAM."""
    return _figures(_accuracy(report), report.latency_s.high, report.flash_bytes, report.ram_bytes, better)


def _figures(accuracy: float, latency_s: float, flash: int, ram: int, better: Better) -> Figures:
    return (-accuracy if better == "higher" else accuracy, latency_s, float(flash), float(ram))


def _accuracy(report: Report) -> float:
    found = report.accuracy.deployed if report.accuracy else None
    assert found is not None, "a network that is trained has labelled samples"
    return found


def winner(boards: Sequence[BoardFront], better: Better) -> str | None:
    """Return the variant that passes on most boards, then the best, then the smallest; None if none passes."""
    passing: dict[str, list[Point]] = {}
    for board in boards:
        for point in board.points:
            if point.verdict == "pass":
                passing.setdefault(point.variant, []).append(point)

    def rank(variant: str) -> tuple[float, ...]:
        points = passing[variant]
        first = points[0]
        return (-len(points), *_figures(first.accuracy, 0, first.flash_bytes, first.ram_bytes, better))

    return min(passing, key=rank) if passing else None


def _board(outcome: Outcome, basis: Basis) -> BoardFront:
    built = outcome.built[basis.board]
    judged = [(one, one.report) for one in built if one.report is not None]
    passing = [report for _, report in judged if report.verdict == "pass"]
    best = front(passing, lambda report: figures_of(report, outcome.better))
    points = [_point(outcome, basis, one, report, on_front=report in best) for one, report in judged]
    sign = -1 if outcome.better == "higher" else 1
    first = judged[0][1]
    return BoardFront(
        board=basis.board,
        part=first.part,
        core=first.core,
        clock_hz=first.clock_hz,
        limits=first.limits,
        points=tuple(sorted(points, key=lambda point: (sign * point.accuracy, point.flash_bytes))),
        not_built=tuple(
            NotBuilt(variant=one.variant, reason=one.reason) for one in built if one.report is None
        ),
    )


def _point(outcome: Outcome, basis: Basis, built: Built, report: Report, *, on_front: bool) -> Point:
    tried = outcome.searched.tried.get(built.variant)
    return Point(
        variant=built.variant,
        values=dict(variant_of(outcome.space.model, built.variant).values),
        verdict=report.verdict,
        on_front=on_front,
        accuracy=_accuracy(report),
        latency_s=report.latency_s,
        cycles=report.cycles,
        flash_bytes=report.flash_bytes,
        ram_bytes=report.ram_bytes,
        energy_j=report.energy.high_joules if report.energy else None,
        repeats=outcome.repeats.get(built.variant),
        forecast=_forecast(tried.sketch, basis) if tried and tried.sketch else None,
        report=str(built.path),
    )


def _forecast(sketch: Sketch, basis: Basis) -> ForecastFigures:
    found = forecast(sketch, basis)
    return ForecastFigures(
        flash_bytes=found.flash_bytes, ram_bytes=found.ram_bytes, latency_s=found.latency_s
    )


def _trial(outcome: Outcome, tried: Tried) -> TrialOfVariant:
    sketch = tried.sketch
    return TrialOfVariant(
        variant=tried.variant,
        values=dict(variant_of(outcome.space.model, tried.variant).values),
        accuracy=tried.accuracy,
        dropped=tried.dropped,
        stopped=tried.stopped,
        problem=tried.problem,
        macs=sketch.macs if sketch else None,
        weight_bytes=sketch.weight_bytes if sketch else None,
        arena_bytes=sketch.arena_bytes if sketch else None,
        forecasts={basis.board: _forecast(sketch, basis) for basis in outcome.searched.bases}
        if sketch
        else {},
    )


def _prices(space: Space, tried: Mapping[str, Tried]) -> Iterator[Price]:
    """Yield the price of each axis that pairs of trained trials tell anything about."""
    trained = {space.place(text): one for text, one in tried.items() if one.accuracy is not None}
    for axis, name in enumerate(space.axes):
        pairs = [
            (one, trained[lower])
            for place, one in trained.items()
            if (lower := (*place[:axis], place[axis] - 1, *place[axis + 1 :])) in trained
        ]
        if pairs:
            yield _price(name, pairs)


def _price(name: str, pairs: Sequence[tuple[Tried, Tried]]) -> Price:
    accuracy, weights, arena, macs = (
        mean(get(smaller) - get(larger) for larger, smaller in pairs)
        for get in (_worth, _weights, _arena, _macs)
    )
    saved = -(weights + arena) / _KIB
    return Price(
        axis=name,
        pairs=len(pairs),
        accuracy=accuracy,
        weight_bytes=weights,
        arena_bytes=arena,
        macs=macs,
        accuracy_per_kib=-accuracy / saved if saved > 0 else None,
    )


def _worth(tried: Tried) -> float:
    assert tried.accuracy is not None
    return tried.accuracy


def _weights(tried: Tried) -> float:
    return float(tried.sketch.weight_bytes) if tried.sketch else 0.0


def _arena(tried: Tried) -> float:
    return float(tried.sketch.arena_bytes) if tried.sketch else 0.0


def _macs(tried: Tried) -> float:
    return float(tried.sketch.macs) if tried.sketch else 0.0
