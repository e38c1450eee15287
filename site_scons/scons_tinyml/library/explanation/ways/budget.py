"""A tighter budget of flash or RAM, for which the choice of kernels gives up no more time than it must."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.explanation import WayOut
from scons_tinyml.stages.gate.wording import amounts
from scons_tinyml.stages.plan.choose import choose
from scons_tinyml.stages.plan.problem import ORDER as FIGURES
from scons_tinyml.stages.plan.problem import Objective, Spending
from scons_tinyml.stages.plan.room import spending

ORDER = 11
_KIB = 1024


def ways(case: Case) -> Iterator[WayOut]:
    """Yield the choice half way between this one and the smallest that there is."""
    situation = case.results.situation
    if case.about == "latency":
        return
    objective: Objective = "flash" if case.about == "flash" else "ram"
    smallest = choose(situation.problem, situation.budgets, objective)
    least = amounts(situation, situation.problem.figures(smallest))[case.about]
    limit_bytes = ceil((case.now + least) / 2 / _KIB * 10) * _KIB // 10
    if not least < limit_bytes < case.now:
        return
    choice = choose(situation.problem, _limited(case, limit_bytes), situation.objective)
    option = f"{case.about}={limit_bytes / _KIB:.1f}KiB"
    objective_option = (
        "" if situation.objective == next(iter(FIGURES)) else f" optimize={situation.objective}"
    )
    command = f"{case.build_for(case.results.board.name, without=case.about)}{objective_option} {option}"
    yield case.of_choice("budget", option, command, situation.problem.figures(choice))


def _limited(case: Case, limit_bytes: int) -> Spending:
    results = case.results
    limits = {name: limit.value for name, limit in results.report.limits.items()}
    footprint, board = results.situation.footprint, results.board
    return spending(board, {**limits, case.about: limit_bytes}, footprint.ram_bytes, board.clock)
