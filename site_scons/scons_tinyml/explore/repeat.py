"""Trainings with other seeds: how much of a difference between two variants is chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from statistics import mean, stdev

from scons_tinyml.records.built_in_axes import SEED
from scons_tinyml.records.explored import Repeats
from scons_tinyml.records.model import Model
from scons_tinyml.records.typed import WrongValue
from scons_tinyml.records.variants import variant_of, variant_text
from scons_tinyml.records.wire import from_wire, to_wire
from scons_tinyml.stages.executors.work import Executor
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.trial.records import Job, Tried
from scons_tinyml.stages.trial.trial_work import TrialWork

FOLDER = "repeats"
"""Folder of the answers of trainings that were done, so that they are not done again."""


def repeats_of(
    model: Model,
    variants: Iterable[str],
    count: int,
    *,
    work: TrialWork,
    executor: Executor,
    folder: Path,
    known: Mapping[str, Tried],
) -> dict[str, Repeats]:
    """Return accuracies of `variants` with `count` seeds each, the model's own first, and those that follow it.

    Accuracies with its own seed are in `known`. Answers are kept in `folder`.
    """
    assert model.training is not None
    seeds = [(model.training.seed + number) % 2**32 for number in range(count)]
    wanted = {text: [with_seed(model, text, seed) for seed in seeds] for text in variants}
    missing = {one: Job(one) for own in wanted.values() for one in own if one not in known}
    found = {**known, **{one: kept for one in missing if (kept := _kept(folder, one)) is not None}}
    jobs = {one: job for one, job in missing.items() if one not in found}
    for done in executor.results(work, jobs):
        write_bytes(_file(folder, done.name), to_wire(done.result))
        found[done.name] = done.result
    made = {text: _repeats(seeds, [found[one] for one in own]) for text, own in wanted.items()}
    return {text: one for text, one in made.items() if one is not None}


def with_seed(model: Model, text: str, seed: int) -> str:
    """Return the variant `text` with another seed of the training."""
    values = {name: value for name, value in variant_of(model, text).values.items() if name != SEED}
    return variant_of(model, variant_text({**values, SEED: seed})).text


def _repeats(seeds: list[int], tried: list[Tried]) -> Repeats | None:
    done = [(seed, one.accuracy) for seed, one in zip(seeds, tried, strict=True) if one.accuracy is not None]
    values = [accuracy for _, accuracy in done]
    if not values:
        return None
    return Repeats(
        seeds=tuple(seed for seed, _ in done),
        accuracies=tuple(values),
        mean=mean(values),
        spread=stdev(values) if len(values) > 1 else 0.0,
    )


def _kept(folder: Path, variant: str) -> Tried | None:
    try:
        return from_wire(Tried, _file(folder, variant).read_bytes())
    except (OSError, WrongValue):
        return None


def _file(folder: Path, variant: str) -> Path:
    return folder / sha256(variant.encode()).hexdigest()[:16]
