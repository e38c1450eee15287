"""The choice of kernels under budgets, and what speaks against those that were not chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.plan.assign import Candidate, slower
from scons_tinyml.stages.plan.footprint import FLASH_MARGIN_BYTES
from scons_tinyml.stages.plan.problem import Choice, Figures, Objective, Problem, Spending
from scons_tinyml.stages.plan.solve import best

STACK_BYTES = 768
"""Room for the stack in a budget of RAM: how deep it goes is seen when the image runs. Fitted: the deepest of the
networks of MLPerf Tiny and of the cat detector on the shipped boards is 596."""

CYCLES_MARGIN = 0.01
"""Share of the cycles that is left for calls between layers, and for layers that share a cache. Fitted: runs of the
networks above take up to 0.5 % more than their layers."""


@dataclass(frozen=True)
class Margins:
    """Room for what is not known before an image is linked and run."""

    cycles: float = CYCLES_MARGIN
    """As a share of the limit."""
    flash_bytes: int = FLASH_MARGIN_BYTES
    stack_bytes: int = STACK_BYTES

    def scaled(self, share: float) -> Margins:
        """`share` of each."""
        return Margins(self.cycles * share, round(self.flash_bytes * share), round(self.stack_bytes * share))


PLANNED = Margins()


SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
"""Shares of the margins that are tried one after the other: a choice that does not surely keep the budgets then keeps
them with as much room as there is."""


def choose(problem: Problem, budgets: Spending, objective: Objective) -> Choice:
    """The best choice for `objective` that surely keeps `budgets`, else one that may, else the best without any.

    Whatever passes with tighter `budgets` passes with these: they are all kept as long as any choice does, a latency
    included that `objective` makes small already, as room for sizes could cost it. An image that is over its budgets is
    still built, so that the gate can say by how much.
    """
    for limits in _attempts(budgets, objective):
        choice = best(problem, limits, objective)
        if choice is not None:
            return choice
    choice = best(problem, Spending(), objective)
    assert choice is not None, "without limits, every assignment is allowed"
    return choice


def _attempts(budgets: Spending, objective: Objective) -> Iterator[Spending]:
    """`budgets` with less and less room; then without a latency that nothing keeps, where the best is chosen anyway."""
    kept = [budgets]
    if objective == "latency" and budgets.cycles is not None:
        kept.append(replace(budgets, cycles=None))
    for limits in kept:
        for share in SHARES:
            yield with_margins(limits, PLANNED.scaled(share))


def with_margins(budgets: Spending, margins: Margins = PLANNED) -> Spending:
    """`budgets` less what is not known before the image is linked and run."""
    cycles, flash, ram, arena = budgets.cycles, budgets.flash_bytes, budgets.ram_bytes, budgets.arena_bytes
    beside_bytes = margins.stack_bytes if budgets.stack_beside_arena else 0
    return replace(
        budgets,
        cycles=None if cycles is None else int(cycles * (1 - margins.cycles)),
        flash_bytes=None if flash is None else flash - margins.flash_bytes,
        ram_bytes=None if ram is None else ram - margins.stack_bytes,
        arena_bytes=None if arena is None else arena - beside_bytes,
    )


class Reasons:
    """Why other kernels were not chosen: by what an assignment that differs in that one layer would cost."""

    def __init__(self, problem: Problem, choice: Choice, budgets: Spending, objective: Objective) -> None:
        self._problem = problem
        self._choice = choice
        self._limits = with_margins(budgets)
        self._objective = objective

    def __call__(self, layer: int, other: Candidate, chosen: Candidate) -> str:
        """What speaks against `other` on `layer`, where `chosen` runs it."""
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
        """What the assignment costs with `kernel` on `layer`, all other layers as they are."""
        return self._problem.figures({**self._choice, layer: kernel})

    def _over_budget(self, after: Figures) -> str | None:
        """What is over budget with it, 'over' being less the margin."""
        sizes = (
            ("flash", after.flash_bytes, self._limits.flash_bytes),
            ("RAM", after.ram_bytes, self._limits.ram_bytes),
            ("arena", after.arena_bytes, self._limits.arena_bytes),
        )
        for name, used, limit in sizes:
            if limit is not None and used > limit:
                return (
                    f"the image would be {format_bytes(used - limit)} over what the budget leaves of {name}"
                )
        return None

    def _worse(self, before: Figures, after: Figures) -> str | None:
        """What optimize= asks to be small, and would be larger."""
        if self._objective == "flash" and after.flash_bytes > before.flash_bytes:
            return f"{format_bytes(after.flash_bytes - before.flash_bytes)} more flash"
        if self._objective == "ram" and after.ram_bytes > before.ram_bytes:
            return f"{format_bytes(after.ram_bytes - before.ram_bytes)} more RAM"
        return None
