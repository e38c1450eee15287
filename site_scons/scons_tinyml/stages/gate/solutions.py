"""Choice of kernels that keeps all limits with the fewest changes, found exactly."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.stages.gate.situation import Situation, Way
from scons_tinyml.stages.plan.problem import ORDER, Choice, Figures, Spending
from scons_tinyml.stages.plan.solve import solve


@dataclass(frozen=True)
class Solution:
    """Kernels that keep all limits. Unless `surely`, the linked image may still exceed them."""

    choice: Choice
    figures: Figures
    surely: bool
    way: Way | None
    """Options that choose these kernels, or others within the limits; None if no options do."""


def solution(situation: Situation) -> Solution | None:
    """Return the solution with the fewest changes, then the best objective; None if there is none.

    Sure solutions are preferred, then those from the kernel sets of the command line.
    """
    forecast = situation.forecast
    problems = [situation.problem, *([situation.whole_problem] if situation.is_restricted else [])]
    for allowed in (forecast.sure, forecast.limits):
        for problem in problems:
            choice = solve(problem, allowed, ORDER[situation.objective], near=situation.choice)
            if choice is not None:
                figures = problem.figures(choice)
                return Solution(choice, figures, allowed is forecast.sure, _way(situation, allowed))
    return None


def _way(situation: Situation, allowed: Spending) -> Way | None:
    problem = situation.whole_problem
    return next((way for way in situation.ways() if problem.figures(way.choice).within(allowed)), None)


def changed(situation: Situation, choice: Choice) -> tuple[int, ...]:
    """Return the layers that run another kernel with `choice`."""
    return tuple(layer for layer, kernel in choice.items() if situation.choice[layer] != kernel)
