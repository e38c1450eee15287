"""Offers that a campaign takes: those with rows, and those that a search measures, as far as they are worth it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.measure.search.search import Proposal, Search
from scons_tinyml.stages.measure.search.tried import tried

if TYPE_CHECKING:
    from scons_tinyml.costs.database import CostDatabase
    from scons_tinyml.stages.measure.campaign import Campaign, Known
    from scons_tinyml.stages.measure.trials import Trial


def take_offers(campaign: Campaign, database: CostDatabase, tune_s: float) -> None:
    """Let `campaign` take offers that have rows, and those that are measured in `tune_s` seconds.

    Of both only those stay that no other implementation of the layer equals in cycles, scratch and constants.
    """
    usual = campaign.trials()
    known = campaign.complete(database, usual)
    names = tried(database, usual)
    if not names and not tune_s:
        return
    offers = campaign.offers()
    campaign.take((layer, name) for layer in names for name in sorted(names[layer] & offers[layer].keys()))
    trials = campaign.trials()
    known = campaign.known(database, trials)
    campaign.drop(_without_use(campaign, known, trials))
    if tune_s:
        _search(campaign, database, offers, tune_s)


def _search(
    campaign: Campaign, database: CostDatabase, offers: Mapping[int, Iterable[str]], tune_s: float
) -> None:
    trials = campaign.trials()
    known = campaign.complete(database, trials)
    cycles = _proven_cycles(known, trials)
    fastest: dict[int, int] = {}
    for (layer, _), count in cycles.items():
        fastest[layer] = min(count, fastest.get(layer, count))
    search = Search(database, trials, fastest)
    tried_now = {trial.subject for trial in trials} | campaign.dropped
    waiting = [(layer, name) for layer in offers for name in offers[layer] if (layer, name) not in tried_now]
    found = search.run(waiting, tune_s, _measured_by(campaign, database))
    trials = campaign.trials()
    campaign.drop(_without_use(campaign, campaign.known(database, trials), trials))
    if waiting:
        text = f"  tune: {found.measured} of {found.offered} schedules measured, {found.saved_cycles:,} cycles less"
        print_wrapped(text, sys.stderr)


def _measured_by(
    campaign: Campaign, database: CostDatabase
) -> Callable[[Sequence[Proposal]], dict[Proposal, int]]:
    rounds = 0

    def measure(chosen: Sequence[Proposal]) -> dict[Proposal, int]:
        nonlocal rounds
        rounds += 1
        campaign.take(chosen)
        trials = [trial for trial in campaign.trials() if trial.subject in chosen]
        known = campaign.complete(database, trials, title=f"tune, round {rounds}")
        return _proven_cycles(known, trials)

    return measure


def _proven_cycles(known: Known, trials: Iterable[Trial]) -> dict[Proposal, int]:
    """Return the cycles of trials with the oracle's output, by layer and kernel."""
    return {
        trial.subject: known.costs[trial.cost_key.digest].cycles for trial in trials if known.is_proven(trial)
    }


def _without_use(campaign: Campaign, known: Known, trials: Sequence[Trial]) -> set[Proposal]:
    """Return offers that were taken and have no row, or that another proven implementation is as good as."""
    figures = {
        trial.subject: _figures(trial.item, known.costs[trial.cost_key.digest].cycles)
        for trial in trials
        if trial.cost_key.digest in known.costs
    }
    proven: dict[int, list[tuple[str, tuple[int, ...]]]] = defaultdict(list)
    for trial in trials:
        if known.is_proven(trial):
            proven[trial.layer].append((trial.kernel, figures[trial.subject]))
    return {
        subject
        for subject in campaign.taken
        if subject not in figures or _is_beaten(subject, figures[subject], proven[subject[0]], campaign.taken)
    }


def _is_beaten(
    subject: Proposal,
    figures: tuple[int, ...],
    others: Sequence[tuple[str, tuple[int, ...]]],
    offered: Iterable[Proposal],
) -> bool:
    """Return True when one of `others` is at least as good; of equal offers the first name stays."""
    layer, name = subject
    return any(
        all(b <= a for a, b in zip(figures, theirs, strict=True))
        and (theirs != figures or (layer, other) not in offered or other < name)
        for other, theirs in others
        if other != name
    )


def _figures(item: Implementation, cycles: int) -> tuple[int, ...]:
    """Return what may speak for an implementation: cycles, and bytes of scratch and of constants."""
    return cycles, item.scratch_bytes, sum(len(constant.data) for constant in item.constants)
