"""Nodes of networks whose layers run patch by patch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scons_tinyml.stages.patch.request import PatchRequest

from .build import Job
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment

PERCENT = 110
"""Most work of a network in patches, in percent of its work in whole images."""


def add_patches(env: Environment, job: Job) -> Job:
    """Return `job` with a network in patches, if it is to take little RAM."""
    if job.build.optimize != "ram":
        return job
    request = PatchRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        patched=f"{job.folder}/patches.json",
        patched_constants=f"{job.folder}/patches.bin",
        percent=str(PERCENT),
    )
    made = add_stage(env, request, title="patch", cached=False)
    model = replace(job.model, graph=made["patched"], constants=made["patched_constants"])
    return replace(job, model=model)
