"""Nodes of the choice of kernels: measured, sizes of code seen, planned, and explained when that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import measuring, signatures
from .asking import asked
from .build import Job
from .kernels import linked_identity
from .needed import Compiled
from .stages import Stage, add_stage

if TYPE_CHECKING:
    from .scons import Environment, Node

QUESTIONS = ("frontier", "why")
"""What stages.explain answers."""


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
    for question in filter(QUESTIONS.__contains__, asked()):
        answer = _ask(env, job, question, measured, footprint)
        env.AlwaysBuild(answer)  # the answer is what it prints
        env.Alias(question, answer)
    return ChoiceNodes(measured, footprint, _plan(env, job, measured, footprint))


def _footprint(env: Environment, job: Job, compiled: Compiled, measured: Node) -> Node:
    """What kernels cost in flash; after `measured`, which says it when a layer has no kernel at all."""
    footprint = add_stage(
        env,
        Stage(
            module="footprint",
            title="footprint",
            inputs={
                "graph": job.model.graph,
                "constants": job.model.constants,
                "startup": compiled.startup,
                "archives": compiled.archives,
            },
            outputs={"footprint": f"{job.folder}/footprint.json"},
            arguments={"board": str(job.build.board_file)},
            hidden={"kernels": "$TINYML_KERNELS", "compiler": "$TINYML_CC"},
            values=(
                job.timing_value,
                linked_identity(env, job.build.board),
                signatures.packages("jinja2", "pyelftools"),
                job.build.declarations,
            ),
        ),
    )["footprint"]
    env.Requires(footprint, measured)
    return footprint


def _plan(env: Environment, job: Job, measured: Node, footprint: Node) -> Node:
    stage = Stage(
        module="plan",
        title="plan",
        inputs=_inputs(job, measured, footprint),
        outputs={"plan": f"{job.folder}/plan.json"},
        arguments=_arguments(job),
        values=_values(job),
        cached=False,
    )
    return add_stage(env, stage)["plan"]


def _ask(env: Environment, job: Job, question: str, measured: Node, footprint: Node) -> Node:
    stage = Stage(
        module="explain",
        words=(question,),
        title="explain",
        inputs=_inputs(job, measured, footprint),
        outputs={"answer": f"{job.folder}/{question}.json"},
        arguments={**_arguments(job), **({"layer": job.build.layer} if question == "why" else {})},
        values=(*_values(job), str(job.build.board.clock)),
        cached=False,
    )
    return add_stage(env, stage)["answer"]


def _inputs(job: Job, measured: Node, footprint: Node) -> dict[str, Node]:
    return {
        "graph": job.model.graph,
        "constants": job.model.constants,
        "measurements": measured,
        "footprint": footprint,
    }


def _arguments(job: Job) -> dict[str, str]:
    build = job.build
    budgets = {key: build.limits[key] for key in ("flash", "ram", "latency") if key in build.limits}
    limits = " ".join(f"{key}={value}" for key, value in sorted(budgets.items()))
    return {
        "board": str(build.board_file),
        "kernels": ",".join(build.sets),
        "optimize": build.optimize,
        **({"model": str(build.model_file)} if build.model_file else {}),
        **({"limits": limits} if limits else {}),
    }


def _values(job: Job) -> tuple[str, ...]:
    """What the choice depends on besides; the clock only where a latency limits it."""
    build = job.build
    of_model = (build.model.budgets, *build.model.budgets.get("boards", {}).values())
    limited = any(limits.get("latency") is not None for limits in (build.limits, *of_model))
    clock = (str(build.board.clock),) if limited else ()
    budgets = signatures.canonical(build.model.budgets)
    return (job.timing_value, budgets, signatures.packages("highspy"), *clock)
