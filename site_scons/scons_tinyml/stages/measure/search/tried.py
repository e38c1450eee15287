"""Offered schedules that somebody has measured: the database has rows of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.stages.measure.trials import Trial


def tried(database: CostDatabase, trials: Sequence[Trial]) -> dict[int, frozenset[str]]:
    """Return kernels that have rows for layers like those of `trials`, and are not among them, by layer.

    The rows may be those of other weights, boards or versions: whoever wants one looks for its key.
    """
    cores = {trial.cost_key.core for trial in trials}
    kernels: dict[tuple[str, str], set[str]] = defaultdict(set)
    for core in cores:
        sql = "select distinct operator, attributes, kernel from costs where core = ?"
        for row in database.query(sql, [core]):
            kernels[row["operator"], row["attributes"]].add(row["kernel"])
    names: dict[int, set[str]] = defaultdict(set)
    for trial in trials:
        names[trial.layer].add(trial.kernel)
    found = {}
    for trial in trials:
        key = trial.cost_key
        others = kernels.get((key.operator, key.attributes_text), set()) - names[trial.layer]
        if others:
            found[trial.layer] = frozenset(others)
    return found
