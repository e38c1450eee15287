"""Rounds of measurements: the cost model proposes offers, and learns from what the emulator measures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.rows import read_attributes
from scons_tinyml.stages.measure.search.cost_model import CostModel, Subject
from scons_tinyml.stages.measure.trials import Trial

ROUND = 16
"""Offers that are measured before the model learns again."""

Proposal = tuple[int, str]
"""Layer and name of an offer."""
Measure = Callable[[Sequence[Proposal]], Mapping[Proposal, int]]
"""Measures offers, and returns the cycles of those that gave the oracle's output."""


@dataclass(frozen=True)
class Found:
    """Result of a search."""

    measured: int
    offered: int
    """Offers that had no row before."""
    saved_cycles: int
    """Cycles that the fastest kernels of all layers take less than before."""


class Search:
    """Looks through the offers of a network, those first that the model expects most of."""

    def __init__(
        self,
        database: CostDatabase,
        trials: Iterable[Trial],
        fastest: Mapping[int, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the search. `trials` has one of each layer, `fastest` the least cycles of each so far."""
        self._database = database
        self._keys = {trial.layer: trial.cost_key for trial in trials}
        self._fastest = dict(fastest)
        self._clock = clock

    def run(self, waiting: Sequence[Proposal], seconds: float, measure: Measure) -> Found:
        """Measure `waiting` in rounds until `seconds` have passed, infinity for all of them."""
        end_s = self._clock() + seconds
        left, before = list(waiting), sum(self._fastest.values())
        while left and self._clock() < end_s:
            chosen = self.best(left)[:ROUND]
            for (layer, _), cycles in measure(chosen).items():
                self._fastest[layer] = min(cycles, self._fastest.get(layer, cycles))
            left = [proposal for proposal in left if proposal not in chosen]
        return Found(len(waiting) - len(left), len(waiting), before - sum(self._fastest.values()))

    def best(self, waiting: Sequence[Proposal]) -> list[Proposal]:
        """Return `waiting` in the order of the cycles that the model expects each to save, then of names."""
        subjects = [subject_of(replace(self._keys[layer], kernel=name)) for layer, name in waiting]
        expected = CostModel(list(self._rows())).cycles(subjects)
        saved = {
            proposal: self._fastest.get(proposal[0], 0) - cycles
            for proposal, cycles in zip(waiting, expected, strict=True)
        }
        return sorted(waiting, key=lambda one: (-saved[one] if math.isfinite(saved[one]) else math.inf, one))

    def _rows(self) -> Iterator[tuple[Subject, int]]:
        """Yield what the database knows of the operators of the network, on any core, in the order of its keys."""
        for operator in sorted({key.operator for key in self._keys.values()}):
            sql = (
                "select kernel, operator, attributes, core, memory, cycles from costs "
                "where operator = ? and evidence = 'emulator' order by digest"
            )
            for row in self._database.query(sql, [operator]):
                attributes = dict(read_attributes(row["attributes"]))
                yield Subject(row["kernel"], operator, attributes, row["core"], row["memory"]), row["cycles"]


def subject_of(key: CostKey) -> Subject:
    """Return what the model knows of `key`."""
    return Subject(key.kernel, key.operator, dict(key.attributes), key.core, key.memory)
