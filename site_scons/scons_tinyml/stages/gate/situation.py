"""Choice of kernels of a build that exceeds its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from scons_tinyml.stages.gate.forecast import Forecast
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.assign import Candidates, options
from scons_tinyml.stages.plan.choose import choose
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.problem import ORDER, Choice, Figures, Objective, Problem, Spending
from scons_tinyml.stages.plan.question import only_from

Sets = tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """Command line options that lead to another choice, and that choice."""

    options: str
    choice: Choice


@dataclass(frozen=True)
class Situation:
    """Candidates, choice and forecast of a build. `budgets` are those that its plan had to keep."""

    graph: Graph
    measured: Candidates
    footprint: Footprint
    sets: Sets
    objective: Objective
    budgets: Spending
    choice: Choice
    forecast: Forecast

    @property
    def all_sets(self) -> Sets:
        """Every kernel set that was measured."""
        found = (candidate.kernel for candidates in self.measured.values() for candidate in candidates)
        return tuple(sorted({kernel.partition("/")[0] for kernel in found}))

    @property
    def is_restricted(self) -> bool:
        """True when the command line leaves out a kernel set."""
        return not set(self.all_sets) <= set(self.sets)

    @cached_property
    def problem(self) -> Problem:
        """The choice among the kernel sets of the command line."""
        return self._problem(self.sets)

    @cached_property
    def whole_problem(self) -> Problem:
        """The choice among all kernels."""
        return self._problem(self.all_sets) if self.is_restricted else self.problem

    @cached_property
    def figures(self) -> Figures:
        """Figures of the plan."""
        return self.whole_problem.figures(self.choice)

    def ways(self) -> Iterator[Way]:
        """Yield other command line options with their choices, those nearest to the given options first."""
        objectives = sorted(ORDER, key=lambda objective: objective != self.objective)
        problems: Mapping[str, Problem] = (
            {"": self.problem, "kernels=all": self.whole_problem}
            if self.is_restricted
            else {"": self.problem}
        )
        for kernels, problem in problems.items():
            for objective in objectives:
                wish = "" if objective == self.objective else f"optimize={objective}"
                if text := f"{kernels} {wish}".strip():
                    yield Way(text, choose(problem, self.budgets, objective))

    def _problem(self, sets: Sets) -> Problem:
        return Problem(self.graph, options(self.graph, only_from(sets, self.measured)), self.footprint)
