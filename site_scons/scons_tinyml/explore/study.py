"""The study of an exploration: trials in a SQLite file, of which Optuna proposes the next ones.

A generation is asked for as a whole before its first result is told, and results are told in the order of the trials.
So the trials depend on the seed and the size of generations, and not on how many workers there are or which is first.
A trial that was done is in the file at once: after a kill, only those that ran are run again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from scons_tinyml.explore.space import Place, Space
from scons_tinyml.records.errors import MissingExtra
from scons_tinyml.records.wire import from_wire, to_wire
from scons_tinyml.stages.trial.records import Tried

FILE = "study.sqlite3"
_TRIED = "tried"
_VARIANT = "variant"
_OVERSHOOT = "overshoot"
_ASKED = "asked"
_MOST_REPEATED = 5
"""Proposals for each new variant; after them variants are taken in the order of the space."""


@dataclass(frozen=True)
class Values:
    """Outcome of a trial for the optimizer: figures to make small, and by how much a limit is missed."""

    figures: tuple[float, ...]
    overshoot: float


class Study:
    """Trials of one space, in the file `path`. `name` names all that results depend on."""

    def __init__(self, path: Path, name: str, space: Space, objectives: int, seed: int) -> None:
        self._space, self._seed = space, seed
        self._optuna = _optuna(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._study = self._optuna.create_study(
            storage=f"sqlite:///{path}",
            study_name=name,
            directions=["minimize"] * objectives,
            load_if_exists=True,
        )

    @property
    def tried(self) -> dict[str, Tried]:
        """Results by variant, in the order of the trials."""
        return {
            one.user_attrs[_VARIANT]: from_wire(Tried, one.user_attrs[_TRIED].encode())
            for one in self._study.get_trials(deepcopy=False)
            if _TRIED in one.user_attrs
        }

    @property
    def told(self) -> tuple[Tried, ...]:
        """Results of earlier generations, in the order of the trials, whatever a killed process had begun."""
        done = self._optuna.trial.TrialState.COMPLETE
        trials = self._study.get_trials(deepcopy=False, states=(done,))
        return tuple(
            from_wire(Tried, one.user_attrs[_TRIED].encode()) for one in trials if _TRIED in one.user_attrs
        )

    def generation(self, number: int, size: int, first: Sequence[str]) -> dict[int, str]:
        """Return variants of the generation `number` that were not told yet, by the numbers of their trials.

        They are new ones, `size` of them as long as there are any, the variants `first` before all others.
        """
        if number >= self._study.user_attrs.get(_ASKED, 0):
            self._ask(size, first)
            self._study.set_user_attr(_ASKED, number + 1)
        return {one.number: one.user_attrs[_VARIANT] for one in self._running() if _VARIANT in one.user_attrs}

    def keep(self, trial: int, tried: Tried) -> None:
        """Write the result of a trial, which is told later."""
        self._set(trial, _TRIED, to_wire(tried).decode())

    def tell(self, values: Callable[[Tried], Values]) -> None:
        """Tell the optimizer all that was kept, in the order of the trials; a network that failed has no values."""
        for one in self._running():
            if _TRIED not in one.user_attrs:
                continue
            tried = from_wire(Tried, one.user_attrs[_TRIED].encode())
            if tried.problem:
                self._study.tell(one.number, state=self._optuna.trial.TrialState.FAIL)
                continue
            found = values(tried)
            self._open(one.number).set_constraint(_OVERSHOOT, found.overshoot)
            self._study.tell(one.number, list(found.figures))

    def _ask(self, size: int, first: Sequence[str]) -> None:
        """Ask for `size` new variants; those that an earlier process has asked for count."""
        self._forget_unnamed()
        seen = set(self._seen())
        wanted = min(size - len(list(self._named())), self._space.size - len(seen))
        waiting = [text for text in first if text not in seen]
        repeated = 0
        while wanted > 0:
            if waiting:
                place: Place | None = self._space.place(waiting.pop(0))
            elif repeated >= _MOST_REPEATED * size:
                place = next(one for one in self._space.places() if self._space.text(one) not in seen)
            else:
                place = None
            number, text = self._propose(place)
            if text in seen:
                repeated += 1
                self._study.tell(number, state=self._optuna.trial.TrialState.FAIL)
                continue
            seen.add(text)
            self._set(number, _VARIANT, text)
            wanted -= 1

    def _forget_unnamed(self) -> None:
        """Give up a trial that an earlier process was asking for when it was killed."""
        for one in self._running():
            if _VARIANT not in one.user_attrs:
                self._study.tell(one.number, state=self._optuna.trial.TrialState.FAIL)

    def _propose(self, place: Place | None) -> tuple[int, str]:
        """Return the number and the variant of a new trial: that at `place`, or one that the sampler chooses."""
        names = list(self._space.axes)
        if place is not None:
            self._study.enqueue_trial(dict(zip(names, place, strict=True)))
        count = len(self._study.get_trials(deepcopy=False))
        self._study.sampler = self._sampler(count)
        trial = self._study.ask()
        found = tuple(self._coordinate(trial, name) for name in names)
        return trial.number, self._space.text(found)

    def _coordinate(self, trial: Any, name: str) -> int:
        """Return the number of a value: numbers are in order, words are not."""
        values = self._space.axes[name]
        if any(isinstance(value, str) for value in values):
            return int(trial.suggest_categorical(name, list(range(len(values)))))
        return int(trial.suggest_int(name, 0, len(values) - 1))

    def _sampler(self, count: int) -> Any:
        """Return a sampler that depends on the seed and the number of trials alone, also after a kill."""
        seed = int.from_bytes(sha256(f"{self._seed} {count}".encode()).digest()[:4], "big")
        return self._optuna.samplers.TPESampler(seed=seed)

    def _running(self) -> list[Any]:
        running = self._optuna.trial.TrialState.RUNNING
        return sorted(self._study.get_trials(deepcopy=False, states=(running,)), key=lambda one: one.number)

    def _named(self) -> Iterator[str]:
        return (one.user_attrs[_VARIANT] for one in self._running() if _VARIANT in one.user_attrs)

    def _seen(self) -> Iterator[str]:
        for one in self._study.get_trials(deepcopy=False):
            if _VARIANT in one.user_attrs:
                yield one.user_attrs[_VARIANT]

    def _set(self, trial: int, key: str, value: str) -> None:
        self._open(trial).set_user_attr(key, value)

    def _open(self, trial: int) -> Any:
        """Return the trial with this number, which an earlier process may have begun."""
        found = self._study.get_trials(deepcopy=False)[trial]
        return self._optuna.trial.Trial(self._study, found._trial_id)


def study_name(parts: Mapping[str, str]) -> str:
    """Return the name of the study whose results depend on `parts`."""
    text = "\n".join(f"{key}={value}" for key, value in sorted(parts.items()))
    return sha256(text.encode()).hexdigest()[:16]


def _optuna(where: Path) -> Any:
    """Import Optuna, which says nothing then. Raises MissingExtra."""
    try:
        import optuna
    except ImportError:
        raise MissingExtra(
            "explore", "chooses variants by Optuna, which is not installed", where=where
        ) from None
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
