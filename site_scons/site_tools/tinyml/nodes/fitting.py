"""Node of the check that a network fits the board, before anything is compiled or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scons_tinyml.stages.fit.request import FitRequest

from ..commandline.queries import queries
from ..dependencies import signatures
from . import measuring
from .build import Job
from .kernels import linked_identity
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

JUDGING = {"matrix", "compare", "web"}
"""Queries that judge as a build does. Others answer for networks of any size."""


def add_check(env: Environment, job: Job) -> list[Node]:
    """Add the check that expensive nodes have to wait for; return no node if nothing is judged."""
    if set(queries()) - JUDGING:
        return []
    region = job.build.activations
    place = f" activations={region}" if region else ""  # what is missing are rows of this placement
    request = FitRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        fit=f"{job.folder}/fit.json",
        board=job.build.board_file,
        sets=job.build.sets,
        compiler=env["TINYML_CC"],
        kernels=tuple(env["TINYML_KERNELS"]),
        costs=env["TINYML_COSTS"],
        boards=tuple(env["TINYML_BOARDS"]),
        subject=f"{job.build.subject}{place}",
        external=measuring.externals(job),
    )
    values = (signatures.canonical(job.build.board), linked_identity(env, job.build.board))
    made = add_stage(env, request, title="fit", values=values, cached=False)["fit"]
    env.Requires(made, [node for nodes in job.sets for node in nodes.fetched])
    return [made]
