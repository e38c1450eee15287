"""Checks of a row that a worker of a cluster has measured: those of the rows of a pack."""

from __future__ import annotations

from collections.abc import Callable

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.packs.intake import outliers_among
from scons_tinyml.costs.packs.lines import row_from_line, row_to_line
from scons_tinyml.costs.packs.problems import LineProblem
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import ClusterProblem


def require_sound(database: CostDatabase, row: CostRow, worker: str, measure_here: Callable[[], int]) -> None:
    """Raise ClusterProblem for a `row` of `worker` that a pack could not have.

    An outlier among the rows of its kind is measured again: `measure_here` returns the cycles on this machine.
    """
    try:
        row_from_line(row_to_line(row).encode("ascii"))
    except LineProblem as problem:
        raise _unsound(worker, f"{row.key.kernel}: {problem.key}: {problem.problem}") from None
    for outlier in outliers_among(database, [row]):
        cycles = measure_here()
        if cycles != row.cycles:
            raise _unsound(worker, f"{outlier}; on this machine it takes {cycles:,}")


def _unsound(worker: str, problem: str) -> ClusterProblem:
    return ClusterProblem(
        f"its measurement is wrong: {problem}",
        where=worker,
        hint="take this worker away; tinyml costs list shows the newest rows first",
    )
