"""Stage: measure layers again when their cycles do not add up to those of the whole run.

python -m scons_tinyml.stages measure.agree --agreement agreement.json --plan P.json --run R.json --footprint
F.json
    <arguments of measure>

Rows with other results are replaced. The plan was then made of wrong rows, and `agreement.json` reports that
the build has to start again. If measuring again changes nothing, the two figures contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import Disagreement
from scons_tinyml.stages import files
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.measure.requests import AgreeRequest
from scons_tinyml.stages.plan.footprint import read_footprint
from scons_tinyml.stages.plan.record import Plan, read_plan
from scons_tinyml.stages.run.agreement import CALL_CYCLES, SHARE, Agreement, agreement
from scons_tinyml.stages.run.record import read_run


@dataclass(frozen=True)
class Again:
    """A layer that was measured again; `new_cycles` is None when its kernel faults."""

    layer: int
    name: str
    kernel: str
    old_cycles: int
    new_cycles: int | None

    def __str__(self) -> str:
        new = (
            "has no cycles, as it faults" if self.new_cycles is None else f"takes {self.new_cycles:,} cycles"
        )
        return f"layer {self.layer} ({self.name}, {self.kernel}) {new}, was {self.old_cycles:,}"


def main(request: AgreeRequest[Path]) -> None:
    """Compare, and measure again after a failed comparison. Raises Disagreement then."""
    plan, run = read_plan(request.plan), read_run(request.run)
    board, graph = read_board(request.board), read_graph(request.graph, request.constants)
    cycles = run.cycles_by_sample[0]  # of the sample that layers are measured with
    found = agreement(board, graph, plan, read_footprint(request.footprint), cycles)
    again = () if found.holds else _measure_again(request, plan)
    changed = [layer for layer in again if layer.new_cycles != layer.old_cycles]
    content = {**asdict(found), "measured_again": [asdict(layer) for layer in changed]}
    files.write_json(request.agreement, content)
    if not found.holds:
        raise Disagreement(_message(found, changed, again), where=f"{graph.name} on {board.name}")


def _measure_again(request: AgreeRequest[Path], plan: Plan) -> tuple[Again, ...]:
    from scons_tinyml.costs.database import CostDatabase
    from scons_tinyml.stages.measure.measuring import executor_of, read_measuring

    planned = {(layer.index, layer.kernel): layer for layer in plan.layers if layer.kernel}
    with executor_of(request) as executor, CostDatabase.open(request.costs) as database:
        campaign = read_measuring(request, executor=executor).campaign
        campaign.take(planned)
        trials = {
            trial.subject: trial for trial in campaign.trials(variants=True) if trial.subject in planned
        }
        cycles = campaign.measure_again(database, list(trials.values()))
    return tuple(
        Again(
            layer.index,
            layer.name,
            trials[subject].kernel,
            layer.cycles_in_emulator,
            cycles.get(trials[subject]),
        )
        for subject, layer in planned.items()
    )


def _message(found: Agreement, changed: Sequence[Again], again: Sequence[Again]) -> str:
    share = found.sum_of_layers_cycles / found.run_cycles - 1
    head = (
        f"the layers add up to {found.sum_of_layers_cycles:,} cycles, the run of all takes {found.run_cycles:,}: "
        f"{abs(share):.1%} {'more' if share > 0 else 'less'}, allowed are {SHARE:.0%}, {CALL_CYCLES} cycles a layer, "
        f"and {found.cold_cycles:,} for cold caches"
    )
    end = "their rows are replaced" if changed else "measured again, they take what they took"
    return "".join(f"{line}\n  " for line in (head, *map(str, changed or again))) + end
