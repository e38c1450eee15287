"""Nodes of networks whose layers may run patch by patch: variants, what is measured of them, and the chosen one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.record import Record
from scons_tinyml.stages.patch.request import ChooseRequest, PatchRequest

from ..dependencies import signatures
from . import choosing, fitting, measuring
from .build import Job
from .needed import add_compiled
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

PERCENTS = ("100", "105", "115", "130")
"""Most work of each variant, in percent of the network as it is, which is the first."""


class Variants(Record):
    """Variants of a network with all that a choice among them needs; `fits` checks that one has room."""

    graphs: tuple[Node, ...]
    constants: tuple[Node, ...]
    measurements: tuple[Node, ...]
    footprints: tuple[Node, ...]
    fits: tuple[Node, ...]

    def files(self) -> dict[str, Any]:
        """Return the fields of a request for variants."""
        names = ("graphs", "constants", "measurements", "footprints")
        return {name: getattr(self, name) for name in names}


def add_variants(env: Environment, job: Job, startup: Node, *, alone: bool) -> Variants:
    """Add the variants of `job`, measured like the network itself."""
    folders = [f"{job.folder}/patches/{percent}" for percent in PERCENTS]
    request = PatchRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        graphs=tuple(f"{folder}/graph.json" for folder in folders),
        all_constants=tuple(f"{folder}/graph.bin" for folder in folders),
        percents=PERCENTS,
        board=job.build.board_file,
    )
    made = list(add_stage(env, request, title="patch", values=(job.timing_value,), cached=False).values())
    graphs, constants = tuple(made[: len(PERCENTS)]), tuple(made[len(PERCENTS) :])
    jobs = [
        replace(job, model=replace(job.model, graph=graph, constants=stored), folder=folder)
        for graph, stored, folder in zip(graphs, constants, folders, strict=True)
    ]
    fits = fitting.add_check(env, replace(jobs[-1], folder=job.folder))
    measured, footprints = [], []
    for one in jobs:
        compiled = add_compiled(env, one, startup, fits, alone=alone)
        found, schedules = measuring.add_measurements(env, one, compiled)
        measured.append(found)
        footprints.append(choosing.add_footprint(env, one, compiled, schedules))
    return Variants(graphs, constants, tuple(measured), tuple(footprints), tuple(fits))


def chosen(env: Environment, job: Job, variants: Variants) -> Job:
    """Return `job` with the variant that is best for its budgets."""
    request: ChooseRequest[Any] = ChooseRequest(
        graph=f"{job.folder}/patches/graph.json",
        chosen_constants=f"{job.folder}/patches/graph.bin",
        **variants.files(),
        **choosing.wanted(job),
    )
    values = (*choosing.values_of(job), signatures.canonical(PERCENTS))
    made = add_stage(env, request, title="choose", values=values, cached=False)
    model = replace(job.model, graph=made["graph"], constants=made["chosen_constants"])
    return replace(job, model=model)
