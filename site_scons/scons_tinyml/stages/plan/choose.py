"""The choice of kernels under budgets, and the reasons against others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.plan.assign import Candidate, slower
from scons_tinyml.stages.plan.footprint import FLASH_MARGIN_BYTES
from scons_tinyml.stages.plan.problem import ORDER, Choice, Figures, Objective, Problem, Spending
from scons_tinyml.stages.plan.solve import best

STACK_BYTES = 768
"""Stack bytes assumed in a RAM budget; the run of the image gives the real depth.

Fitted: the deepest of the networks of MLPerf Tiny and of the cat detector on the shipped boards is 596.
"""

CYCLES_MARGIN = 0.01
"""Share of the cycles that is left for calls between layers, and for layers that share a cache.

Fitted: runs of the networks above take up to 0.5 % more than their layers.
"""


@dataclass(frozen=True)
class Margins:
    """Reserves for figures that are unknown until an image is linked and run."""

    cycles: float = CYCLES_MARGIN
    """Reserve as a share of the limit."""
    flash_bytes: int = FLASH_MARGIN_BYTES
    stack_bytes: int = STACK_BYTES

    def scaled(self, share: float) -> Margins:
        """Return `share` of each reserve."""
        return Margins(self.cycles * share, round(self.flash_bytes * share), round(self.stack_bytes * share))


PLANNED = Margins()


SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
"""Shares of the margins, tried in order: a choice not surely within budgets keeps the largest possible one.
"""


def choose(problem: Problem, budgets: Spending, objective: Objective) -> Choice:
    """Return the best choice for `objective` that surely keeps `budgets`, else may keep, else ignores them.

    All budgets hold as long as any choice keeps them. This includes a latency that `objective` minimises
    already, because room for sizes may cost latency. So an image that passes with tighter budgets also
    passes with these. An image over budget is still built, so that the gate can report by how much. For
    `ram`, code generated for single layers may not make the image larger than it is without.
    """
    for limits in _attempts(budgets, objective):
        choice = best(problem, no_larger(problem, limits, objective), objective)
        if choice is not None:
            return choice
    choice = best(problem, no_larger(problem, Spending(), objective), objective)
    assert choice is not None, "without limits, every assignment is allowed"
    return choice


def no_larger(problem: Problem, limits: Spending, objective: Objective) -> Spending:
    """Return `limits`, for `ram` with no more flash than the choice without generated code takes.

    Generated code takes any flash for cycles that cost no RAM. Whoever minimises RAM has not asked for that.
    """
    others = problem.without_generated if objective == "ram" else None
    choice = best(others, limits, objective) if others else None
    if others is None or choice is None:
        return limits
    return replace(limits, flash_bytes=others.figures(choice).flash_bytes)


def best_of(problems: Sequence[Problem], budgets: Sequence[Spending], objective: Objective) -> int:
    """Return the position of the problem with the best choice; of equal ones, the first.

    Each has its own of `budgets`. They hold as long as any choice of any problem keeps them, as in `choose`.
    """
    for limits in zip(*(_attempts(one, objective) for one in budgets), strict=True):
        choices = [
            best(problem, no_larger(problem, limit, objective), objective)
            for problem, limit in zip(problems, limits, strict=True)
        ]
        found = [
            (_order(problem.figures(choice), objective), position)
            for position, (problem, choice) in enumerate(zip(problems, choices, strict=True))
            if choice is not None
        ]
        if found:
            return min(found)[1]
    return _nearest(problems, budgets)


def _order(figures: Figures, objective: Objective) -> tuple[int, ...]:
    return tuple(getattr(figures, name) for name in ORDER[objective])


def _nearest(problems: Sequence[Problem], budgets: Sequence[Spending]) -> int:
    """Return the position of the problem whose smallest arena exceeds its limits least; the first of equal ones."""

    def excess(position: int) -> int:
        choice = best(problems[position], Spending(), "ram")
        assert choice is not None, "without limits, every assignment is allowed"
        against = problems[position].figures(choice).against(budgets[position])[2:]
        return max((used - limit for used, limit in against if limit is not None), default=0)

    return min(range(len(problems)), key=lambda position: (max(0, excess(position)), position))


def _attempts(budgets: Spending, objective: Objective) -> Iterator[Spending]:
    """Yield `budgets` with decreasing reserves, then without latency if latency is the objective anyway."""
    kept = [budgets]
    if objective == "latency" and budgets.slow_cycles is not None:
        kept.append(replace(budgets, slow_cycles=None))
    for limits in kept:
        for share in SHARES:
            yield with_margins(limits, PLANNED.scaled(share))


def with_margins(budgets: Spending, margins: Margins = PLANNED) -> Spending:
    """Return `budgets` less reserves for figures that are unknown until the image is linked and run."""
    cycles, flash, ram, arena, shared = (
        budgets.slow_cycles,
        budgets.flash_bytes,
        budgets.ram_bytes,
        budgets.arena_bytes,
        budgets.shared_bytes,
    )
    beside_bytes = margins.stack_bytes if budgets.stack_beside_arena else 0
    return replace(
        budgets,
        slow_cycles=None if cycles is None else int(cycles * (1 - margins.cycles)),
        flash_bytes=None if flash is None else flash - margins.flash_bytes,
        ram_bytes=None if ram is None else ram - margins.stack_bytes,
        arena_bytes=None if arena is None else arena - beside_bytes,
        shared_bytes=None if shared is None else shared - beside_bytes,
    )


class Reasons:
    """Reasons why other kernels were not chosen: the cost of the assignment that differs in one layer."""

    def __init__(self, problem: Problem, choice: Choice, budgets: Spending, objective: Objective) -> None:
        self._problem = problem
        self._choice = choice
        self._limits = with_margins(budgets)
        self._most_flash_bytes = no_larger(problem, self._limits, objective).flash_bytes
        self._objective = objective

    def __call__(self, layer: int, other: Candidate, chosen: Candidate) -> str:
        """Return the reason against `other` on `layer`, where `chosen` runs it."""
        assert other.cycles is not None and chosen.cycles is not None
        if self._objective == "latency" and other.cycles >= chosen.cycles:
            return slower(other.cycles, chosen.cycles)
        before, after = self._problem.figures(self._choice), self.forced(layer, other.kernel)
        cost = self._over_budget(after) or self._worse(before, after)
        if other.cycles >= chosen.cycles:
            return (
                f"{slower(other.cycles, chosen.cycles)}; {cost}"
                if cost
                else slower(other.cycles, chosen.cycles)
            )
        faster = f"faster, with {other.cycles:,} cycles against {chosen.cycles:,}"
        return f"{faster}, but {cost}" if cost else f"{faster}, but other layers had to give way for it"

    def forced(self, layer: int, kernel: str) -> Figures:
        """Return the cost of the assignment with `kernel` on `layer`, all other layers unchanged."""
        return self._problem.figures({**self._choice, layer: kernel})

    def _over_budget(self, after: Figures) -> str | None:
        """Return the excess over a budget less its margin, None when there is none."""
        sizes = (
            ("flash", after.flash_bytes, self._limits.flash_bytes),
            ("RAM", after.ram_bytes, self._limits.ram_bytes),
            ("arena", after.arena_bytes, self._limits.arena_bytes),
            ("RAM for weights", after.added_bytes, self._limits.added_bytes),
            (
                "RAM of arena and weights",
                after.arena_bytes + after.added_bytes,
                self._limits.shared_bytes if after.added_bytes else None,
            ),
        )
        for name, used, limit in sizes:
            if limit is not None and used > limit:
                return (
                    f"the image would be {format_bytes(used - limit)} over what the budget leaves of {name}"
                )
        slow, most = after.slow_cycles, self._limits.slow_cycles
        if most is not None and slow > most:
            return (
                f"the slow end of the error band would be {slow - most:,} cycles over what the budget leaves"
            )
        return None

    def _worse(self, before: Figures, after: Figures) -> str | None:
        """Return the increase of the figure that optimize= minimises, None when there is none."""
        if self._objective == "flash" and after.flash_bytes > before.flash_bytes:
            return f"{format_bytes(after.flash_bytes - before.flash_bytes)} more flash"
        if self._objective == "ram" and after.ram_bytes > before.ram_bytes:
            return f"{format_bytes(after.ram_bytes - before.ram_bytes)} more RAM"
        if self._most_flash_bytes is not None and after.flash_bytes > self._most_flash_bytes:
            larger = format_bytes(after.flash_bytes - self._most_flash_bytes)
            return f"the image would be {larger} larger than without generated code"
        return None
