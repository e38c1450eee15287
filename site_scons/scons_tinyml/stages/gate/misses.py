"""Limits that no choice of kernels keeps: the least miss of each, or limits that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from scons_tinyml.stages.gate.situation import Situation
from scons_tinyml.stages.plan.problem import ORDER, Choice, Figure, Figures, Objective, Problem, Spending
from scons_tinyml.stages.plan.solve import solve

Goal = Literal["flash", "ram", "latency"]
FIGURES: Mapping[Goal, tuple[Figure, Objective]] = {
    "flash": ("flash_bytes", "flash"),
    "ram": ("ram_bytes", "ram"),
    "latency": ("slow_cycles", "latency"),
}


@dataclass(frozen=True)
class Miss:
    """Least value of `goal` over all choices of kernels within the limits of `kept`."""

    goal: Goal
    kept: tuple[Goal, ...]
    """Goals whose limits decide the miss. Other limits are kept too, or do not matter."""
    choice: Choice
    figures: Figures


def hopeless(situation: Situation) -> tuple[Miss, ...]:
    """Return the least miss of each limit that no choice of kernels keeps, even without other limits.

    The miss is of a choice within the other limits, if there is one. `kept` is empty when dropping them
    brings no choice nearer.
    """
    problem, limits, limited = _limited(situation)
    broken = [goal for goal in limited if _best(problem, limits, goal, (goal,)) is None]
    return tuple(_least(problem, limits, goal, limited) for goal in broken)


def conflict(situation: Situation) -> tuple[Miss, ...]:
    """Return the smallest group of limits that exclude each other.

    Each miss is the least value of one goal while the others are kept.
    """
    problem, limits, limited = _limited(situation)
    for count in range(2, len(limited) + 1):
        for together in combinations(limited, count):
            if _best(problem, limits, together[0], together) is None:
                return tuple(_beside(problem, limits, together))
    return ()


def _limited(situation: Situation) -> tuple[Problem, Spending, tuple[Goal, ...]]:
    """Return the choice among all kernel sets, expected limits of an image, and the goals that have one."""
    limits = situation.forecast.limits
    limited = tuple(goal for goal, (figure, _) in FIGURES.items() if getattr(limits, figure) is not None)
    return situation.whole_problem, limits, limited


def _least(problem: Problem, limits: Spending, goal: Goal, limited: Sequence[Goal]) -> Miss:
    others = tuple(other for other in limited if other != goal)
    free = _best(problem, limits, goal, ())
    assert free is not None, "without limits, every assignment is allowed"
    choice = _best(problem, limits, goal, others) or free
    figures, figure = problem.figures(choice), FIGURES[goal][0]
    nearest = getattr(figures, figure) == getattr(problem.figures(free), figure)
    return Miss(goal, () if nearest else others, choice, figures)


def _beside(problem: Problem, limits: Spending, together: Sequence[Goal]) -> Iterator[Miss]:
    for goal in together:
        kept = tuple(other for other in together if other != goal)
        choice = _best(problem, limits, goal, kept)
        assert choice is not None, "fewer limits than those can be kept together"
        yield Miss(goal, kept, choice, problem.figures(choice))


def _best(problem: Problem, limits: Spending, goal: Goal, kept: Sequence[Goal]) -> Choice | None:
    """Return the choice with the least `goal` within the limits of `kept`, None when there is none."""
    figure, objective = FIGURES[goal]
    return solve(problem, _only(limits, kept), (figure, *ORDER[objective][1:]))


def _only(limits: Spending, kept: Sequence[Goal]) -> Spending:
    """Return `limits` only for the goals in `kept`; the arena's limit belongs to RAM."""
    free = replace(limits, ram_bytes=None, arena_bytes=None, added_bytes=None, shared_bytes=None)
    ram = limits if "ram" in kept else free
    flash = ram if "flash" in kept else replace(ram, flash_bytes=None)
    return flash if "latency" in kept else replace(flash, slow_cycles=None)
