"""Stage: measure every kernel of every layer in every placement, and print a table of the placements.

python -m scons_tinyml.stages measure.fill --answer placements.json --placements all <arguments of measure>

Rows are recorded one by one: a call after an interruption continues there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import InputError, InternalError
from scons_tinyml.records.placement import DEFAULT, placements
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.wrapping import columns, print_wrapped
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.measure.campaign import ELSEWHERE, Known
from scons_tinyml.stages.measure.measuring import Measuring, executor_of, read_measuring
from scons_tinyml.stages.measure.placed import placed
from scons_tinyml.stages.measure.placed_report import lines, record
from scons_tinyml.stages.measure.requests import FillRequest
from scons_tinyml.stages.measure.trials import Trial


def main(request: FillRequest[Path]) -> None:
    """Measure missing rows, write and print the result of each placement.

    Raises InputError, InternalError.
    """
    with executor_of(request) as executor:
        measuring = read_measuring(request, executor=executor)
        trials = measuring.campaign.trials(_chosen(measuring.board, request.placements))
        with CostDatabase.open(request.costs) as database:
            known = _complete(measuring, database, trials)
    found = list(placed(measuring, trials, known))
    write_json(request.answer, record(measuring, found).model_dump(mode="json"))
    print("\n".join(lines(measuring, found, request.answer, columns(sys.stdout))))
    _refuse_changed_bytes(known)


def _chosen(board: Board, wanted: str) -> list[str]:
    names = [placement.name for placement in placements(board)]
    if wanted == "all":
        return names
    chosen = wanted.split(",")
    for name in chosen:
        if name not in names:
            raise InputError(
                f"{board.name} has no placement '{name}'; {did_you_mean(name, names)}",
                where="command line",
                key="placements",
            )
    return [name for name in names if name in {DEFAULT, *chosen}]


def _complete(measuring: Measuring, database: CostDatabase, trials: Sequence[Trial]) -> Known:
    campaign = measuring.campaign
    try:
        return campaign.complete(database, trials)
    except KeyboardInterrupt:
        done = f"tinyml: {campaign.measured} rows were measured, all of them are recorded"
        print_wrapped(done, sys.stderr)
        raise


def _refuse_changed_bytes(known: Known) -> None:
    """Raise InternalError for kernels whose output depends on the placement."""
    changed = [
        f"{trial.kernel} on layer {trial.layer}, {trial.placement}: {reason}"
        for trial, reason in known.refused.items()
        if reason.startswith(ELSEWHERE)
    ]
    if changed:
        raise InternalError("\n  ".join(changed))
