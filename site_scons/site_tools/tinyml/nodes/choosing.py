"""Nodes of the choice of kernels: measured, sizes of code seen, planned, and explained when that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scons_tinyml.stages.explain.requests import FrontierRequest, WhyRequest
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

QUESTIONS = ("frontier", "why")
"""What the stages of `explain` answer."""
SPENT = ("flash", "ram", "latency")
"""Budgets that kernels are chosen by."""


@dataclass(frozen=True)
class ChoiceNodes:
    """What was measured of the kernels, what their code takes, and what was chosen."""

    measured: Node
    footprint: Node
    plan: Node


def add_plan(env: Environment, job: Job, compiled: Compiled) -> ChoiceNodes:
    """The nodes of the choice, and those of the questions on the command line."""
    measured = measuring.add_measurements(env, job, compiled)
    footprint = _footprint(env, job, compiled, measured)
    for question in filter(QUESTIONS.__contains__, queries()):
        answer = _ask(env, job, question, measured, footprint)
        env.AlwaysBuild(answer)  # the answer is what it prints
        env.Alias(question, answer)
    return ChoiceNodes(measured, footprint, _plan(env, job, measured, footprint))


def _footprint(env: Environment, job: Job, compiled: Compiled, measured: Node) -> Node:
    """What kernels cost in flash; after `measured`, which says it when a layer has no kernel at all."""
    request = FootprintRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        startup=compiled.startup,
        archives=tuple(compiled.archives),
        footprint=f"{job.folder}/footprint.json",
        board=job.build.board_file,
        kernels="$TINYML_KERNELS",
        compiler="$TINYML_CC",
    )
    values = (
        job.timing_value,
        linked_identity(env, job.build.board),
        signatures.packages("jinja2", "pyelftools"),
        job.build.declarations,
    )
    footprint = add_stage(env, request, title="footprint", values=values)["footprint"]
    env.Requires(footprint, measured)
    return footprint


def _plan(env: Environment, job: Job, measured: Node, footprint: Node) -> Node:
    request = PlanRequest(plan=f"{job.folder}/plan.json", **_question(job, measured, footprint))
    return add_stage(env, request, title="plan", values=_values(job), cached=False)["plan"]


def _ask(env: Environment, job: Job, word: str, measured: Node, footprint: Node) -> Node:
    answer, question = f"{job.folder}/{word}.json", _question(job, measured, footprint)
    request = (
        FrontierRequest(answer=answer, **question)
        if word == "frontier"
        else WhyRequest(answer=answer, layer=job.build.layer, **question)
    )
    values = (*_values(job), str(job.build.board.clock))
    return add_stage(env, request, title="explain", values=values, cached=False)["answer"]


def _question(job: Job, measured: Node, footprint: Node) -> dict[str, Any]:
    """What the choice is made of: the fields of a QuestionRequest."""
    build = job.build
    return {
        "graph": job.model.graph,
        "constants": job.model.constants,
        "measurements": measured,
        "footprint": footprint,
        "board": build.board_file,
        "kernels": build.sets,
        "optimize": build.optimize,
        "model": build.model_file,
        "limits": limits_text({key: build.limits[key] for key in SPENT if key in build.limits}),
    }


def limits_text(limits: Mapping[str, str]) -> str:
    """Limits of the command line as stages read them: 'flash=48KiB ram=12KiB'."""
    return " ".join(f"{key}={value}" for key, value in sorted(limits.items()))


def _values(job: Job) -> tuple[str, ...]:
    """What the choice depends on besides; the clock only where a latency limits it."""
    build = job.build
    of_model = (build.model.budgets, *build.model.budgets.get("boards", {}).values())
    limited = any(limits.get("latency") is not None for limits in (build.limits, *of_model))
    clock = (str(build.board.clock),) if limited else ()
    budgets = signatures.canonical(build.model.budgets)
    return (job.timing_value, budgets, signatures.packages("highspy"), *clock)
