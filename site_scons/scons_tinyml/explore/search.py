"""The search: gated builds of the model itself, then generations of trials on an executor."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from pathlib import Path

from scons_tinyml.explore.gated import Builds, Built, basis_of, first_built
from scons_tinyml.explore.request import ExploreRequest
from scons_tinyml.explore.space import Space
from scons_tinyml.explore.study import Study, Values
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.metric import Better
from scons_tinyml.records.variant_names import shown_variant
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.executors.work import Executor
from scons_tinyml.stages.trial.forecast import forecast
from scons_tinyml.stages.trial.racing import rivals_of
from scons_tinyml.stages.trial.records import Basis, Job, Sketch, Tried
from scons_tinyml.stages.trial.trial_work import TrialWork

OBJECTIVES = 4
"""Accuracy, weights, activations, and cycles."""
_FAR = 1e6
"""Figure of a variant that was not trained: worse than every other one."""


@dataclass(frozen=True)
class Searched:
    """Trials in their order, and what forecasts of each board are scaled from."""

    tried: Mapping[str, Tried]
    bases: tuple[Basis, ...]
    first: tuple[Built, ...]
    """Builds that the forecasts are scaled from, one a board."""


@dataclass(frozen=True)
class Search:
    """A search in `space`, whose trials `work` runs on `executor`."""

    request: ExploreRequest[Path]
    space: Space
    boards: tuple[Board, ...]
    builds: Builds
    study: Study
    work: TrialWork
    executor: Executor
    better: Better

    def run(self) -> Searched:
        """Search until all trials are done, there are no more variants, or the time is over."""
        began_s = time.monotonic()
        variants = ("", self.space.smallest())
        first = tuple(first_built(self.builds, board.name, variants) for board in self.boards)
        known = self._generation(0, tuple(dict.fromkeys(built.variant for built in first)), ())
        bases = tuple(
            self._basis(built, board, known) for built, board in zip(first, self.boards, strict=True)
        )
        self.study.tell(lambda tried: self._values(tried, bases))
        number = 1
        while self._goes_on(known, began_s):
            known = self._generation(number, (), bases)
            self.study.tell(lambda tried: self._values(tried, bases))
            number += 1
        return Searched(self.study.tried, bases, first)

    def _goes_on(self, known: Mapping[str, Tried], began_s: float) -> bool:
        is_late = 0 < self.request.seconds <= time.monotonic() - began_s
        most = self.request.trials or self.space.size
        return not is_late and len(known) < min(most, self.space.size)

    def _generation(
        self, number: int, first: tuple[str, ...], bases: tuple[Basis, ...]
    ) -> Mapping[str, Tried]:
        """Try the variants of a generation: `first` alone in the first one."""
        left = (self.request.trials or self.space.size) - len(self.study.tried) if number else len(first)
        size = len(first) or min(self.request.generation, max(left, 0))
        wanted = self.study.generation(number, size, first)
        known = self.study.tried
        rivals = rivals_of(self.study.told)
        jobs = {trial: Job(text, bases, rivals) for trial, text in wanted.items() if text not in known}
        for done in self.executor.results(self.work, jobs):
            self.study.keep(done.name, done.result)
            print_wrapped(f"  {_line(done.result)}", sys.stderr)
        return self.study.tried

    def _basis(self, built: Built, board: Board, known: Mapping[str, Tried]) -> Basis:
        tried = known[built.variant]
        if tried.sketch is None:
            raise InputError(tried.problem, where=self.request.model)
        return basis_of(built, board, tried.sketch, self.request.model, self.request.limits)

    def _values(self, tried: Tried, bases: tuple[Basis, ...]) -> Values:
        """Return what the optimizer makes small: cycles as the mean logarithm over the boards."""
        assert tried.sketch is not None
        sign = -1.0 if self.better == "higher" else 1.0
        worth = _FAR if tried.accuracy is None else sign * tried.accuracy
        found = [forecast(tried.sketch, basis) for basis in bases]
        cycles = sum(log(max(one.latency_s, 1e-9)) for one in found) / len(found)
        figures = (worth, float(tried.sketch.weight_bytes), float(tried.sketch.arena_bytes), cycles)
        return Values(figures, min(one.overshoot for one in found))


def _line(tried: Tried) -> str:
    name = shown_variant(tried.variant)
    if tried.problem:
        return f"{name}: cannot be made: {tried.problem}"
    if tried.stopped:
        return f"{name}: stopped: {tried.stopped}"
    if tried.accuracy is None:
        return f"{name}: dropped before training: {tried.dropped}"
    return f"{name}: {tried.accuracy:.4f}"


def candidates(searched: Searched, basis: Basis, better: Better) -> list[tuple[Tried, tuple[float, ...]]]:
    """Return trained variants that may pass on the board of `basis`, with figures of which smaller ones are better.

    Variants that are forecast over a limit are among them only if there are no others.
    """
    sign = -1.0 if better == "higher" else 1.0
    found = []
    for tried in searched.tried.values():
        if tried.accuracy is None or tried.sketch is None:
            continue
        figures = forecast(tried.sketch, basis)
        if not figures.cannot_fit:
            keeps = figures.overshoot <= 0 and tried.accuracy >= basis.limits.get("accuracy", tried.accuracy)
            found.append((keeps, tried, (sign * tried.accuracy, *_sizes(tried.sketch), figures.latency_s)))
    passing = [one for one in found if one[0]] or found
    return [(tried, figures) for _, tried, figures in passing]


def _sizes(sketch: Sketch) -> tuple[float, float]:
    return float(sketch.weight_bytes), float(sketch.arena_bytes)
