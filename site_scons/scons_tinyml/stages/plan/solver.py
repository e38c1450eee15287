"""Integer programs, solved by HiGHS (https://highs.dev): exact and deterministic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scons_tinyml.records.errors import InternalError

Terms = Mapping[int, float]
"""Factor by variable."""

TOLERANCE = 1e-9
"""Largest error of a whole variable and of a constraint.

With 1e-6, the default of HiGHS, a variable of 0.999999 hides ten cycles of ten million. With 1e-10, the least that it
takes, it misses the best values more often still.
"""

_WIDER_TOLERANCES = (1e-8, 1e-7)
"""Tried in order where HiGHS finds that its own best values miss a constraint by more than the one before.

Networks in patches have a thousand variables, and sums of millions of cycles.
"""

_TOLERANCE_OPTIONS = ("mip_feasibility_tolerance", "primal_feasibility_tolerance")

_OPTIONS: Mapping[str, bool | int | float] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.5,  # objectives are whole numbers
    # Sub-programs to find good values early: more than half of the time with few integer variables.
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_root_reduced_cost": False,
}


class Program:
    """Variables and constraints, minimised for one objective after the other."""

    def __init__(self) -> None:
        import highspy

        self._names = highspy
        new: Any = highspy.Highs
        self._highs = new()
        for name, value in _OPTIONS.items():
            self._highs.setOptionValue(name, value)
        self._variables = 0
        self._last: Any = None

    def variable(self, low: float = 0.0, high: float = 1.0, *, whole: bool = False) -> int:
        """Add a variable from `low` to `high`; return its number."""
        self._highs.addVar(low, high)
        self._variables += 1
        if whole:
            self.make_whole(self._variables - 1)
        return self._variables - 1

    def make_whole(self, variable: int) -> None:
        """Restrict `variable` to integers from now on."""
        self._highs.changeColIntegrality(variable, self._names.HighsVarType.kInteger)

    def at_most(self, terms: Terms, limit: float) -> None:
        """Require a sum of `terms` of at most `limit`."""
        self._row(-self._names.kHighsInf, limit, terms)

    def exactly(self, terms: Terms, value: float) -> None:
        """Require the sum of `terms` to equal `value`."""
        self._row(value, value, terms)

    def minimise(self, terms: Terms) -> list[float] | None:
        """Return all variables' values with the least sum of `terms`; None when the constraints conflict."""
        costs = [float(terms.get(variable, 0.0)) for variable in range(self._variables)]
        self._highs.changeColsCost(self._variables, list(range(self._variables)), costs)
        if self._last is not None:
            self._highs.setSolution(self._last)  # it keeps the rows added since and only has to be improved
        known = self._names.HighsModelStatus
        for tolerance in (TOLERANCE, *_WIDER_TOLERANCES):
            self._tolerate(tolerance)
            self._highs.run()
            status = self._highs.getModelStatus()
            if status != known.kSolveError:
                break
        if status == known.kInfeasible:
            return None
        if status != known.kOptimal:
            raise InternalError(f"the solver ended with '{self._highs.modelStatusToString(status)}'")
        self._last = self._highs.getSolution()
        return list(self._last.col_value)

    def _tolerate(self, error: float) -> None:
        for name in _TOLERANCE_OPTIONS:
            self._highs.setOptionValue(name, error)

    def _row(self, low: float, high: float, terms: Terms) -> None:
        self._highs.addRow(low, high, len(terms), list(terms), [float(factor) for factor in terms.values()])
