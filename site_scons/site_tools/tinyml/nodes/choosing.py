"""Nodes of the choice of kernels: measurements, footprint, plan, and answers to queries about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.record import Record
from scons_tinyml.stages.footprint.request import FootprintRequest
from scons_tinyml.stages.plan.request import PlanRequest

from ..commandline.queries import queries
from ..dependencies import signatures
from . import measuring
from .build import Job
from .kernels import linked_identity
from .needed import Compiled
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

QUERIES = ("frontier", "why")
"""Queries that the stages of `explain` answer."""
SPENT = ("flash", "ram", "latency")
"""Budgets that limit the choice of kernels."""


class ChoiceNodes(Record):
    """Measurements of the kernels, footprint of their code, and the plan."""

    measured: Node
    footprint: Node
    plan: Node


def add_plan(
    env: Environment, job: Job, compiled: Compiled, variants: Mapping[str, Any] | None = None
) -> ChoiceNodes:
    """Add the nodes of the choice, and those of queries about it on the command line.

    `variants` are files of variants of the network, among which the frontier is searched as well.
    """
    measured, schedules = measuring.add_measurements(env, job, compiled)
    footprint = add_footprint(env, job, compiled, schedules)
    for query in filter(QUERIES.__contains__, queries()):
        answer = _explain(env, job, query, measured, footprint, variants)
        env.AlwaysBuild(answer)  # it prints the answer
        env.Alias(query, answer)
    return ChoiceNodes(measured, footprint, _plan(env, job, measured, footprint))


def add_footprint(env: Environment, job: Job, compiled: Compiled, schedules: Node) -> Node:
    """Add the footprint of kernels. It follows the measurements, which report a layer without a kernel."""
    request = FootprintRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        startup=compiled.startup,
        archives=tuple(compiled.archives),
        schedules=schedules,
        footprint=f"{job.folder}/footprint.json",
        board=job.build.board_file,
        kernels=tuple(env["TINYML_KERNELS"]),
        compiler=env["TINYML_CC"],
        external=job.checkouts,
    )
    values = (
        job.timing_value,
        linked_identity(env, job.build.board),
        signatures.packages("jinja2", "pyelftools"),
        job.build.declarations,
        job.build.headers,
    )
    made = add_stage(env, request, title="footprint", values=values, cached=False)
    return made["footprint"]


def _plan(env: Environment, job: Job, measured: Node, footprint: Node) -> Node:
    request = PlanRequest(plan=f"{job.folder}/plan.json", **fields(job, measured, footprint))
    return add_stage(env, request, title="plan", values=values_of(job), cached=False)["plan"]


def _explain(
    env: Environment,
    job: Job,
    query: str,
    measured: Node,
    footprint: Node,
    variants: Mapping[str, Any] | None,
) -> Node:
    from scons_tinyml.stages.explain.requests import FrontierRequest, WhyRequest  # not in every build

    answer = f"{job.folder}/{query}.json"
    only = {
        "graphs": (job.model.graph,),
        "constants": (job.model.constants,),
        "measurements": (measured,),
        "footprints": (footprint,),
    }
    request: FrontierRequest[Any] | WhyRequest[Any] = (
        FrontierRequest(answer=answer, **(variants or only), **wanted(job))
        if query == "frontier"
        else WhyRequest(answer=answer, layer=job.build.layer, **fields(job, measured, footprint))
    )
    values = (*values_of(job), str(job.build.board.clock))
    return add_stage(env, request, title="explain", values=values, cached=False)["answer"]


def fields(job: Job, measured: Node, footprint: Node) -> dict[str, Any]:
    """Return the fields that the requests of plan and why share."""
    return {
        "graph": job.model.graph,
        "constants": job.model.constants,
        "measurements": measured,
        "footprint": footprint,
        **wanted(job),
    }


def wanted(job: Job) -> dict[str, Any]:
    """Return the fields that all requests for a choice share."""
    build = job.build
    return {
        "board": build.board_file,
        "kernels": build.sets,
        "optimize": build.optimize,
        "model": build.network.file,
        "limits": limits_text({key: build.limits[key] for key in SPENT if key in build.limits}),
    }


def limits_text(limits: Mapping[str, str]) -> str:
    """Return the `limits` of the command line as stages read them: 'flash=48KiB ram=12KiB'."""
    return " ".join(f"{key}={value}" for key, value in sorted(limits.items()))


def values_of(job: Job) -> tuple[str, ...]:
    """Return further dependencies of the choice; the clock only if there is a limit on latency."""
    build = job.build
    described = build.network.model.budgets
    of_model = (described, *described.get("boards", {}).values())
    limited = any(limits.get("latency") is not None for limits in (build.limits, *of_model))
    clock = (str(build.board.clock),) if limited else ()
    budgets = signatures.canonical(described)
    return (job.timing_value, budgets, signatures.packages("highspy"), *clock)
