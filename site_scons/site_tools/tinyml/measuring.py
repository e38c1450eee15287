"""Nodes that measure: what a build needs to choose kernels, and everything there is when that is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.costs.marks import hardware_mark

from . import native, session, signatures
from .asking import asked
from .build import Job
from .kernels import linked_identity
from .models import ORACLE_PACKAGES
from .needed import Compiled
from .stages import Stage, add_stage

if TYPE_CHECKING:
    from .scons import Environment, Node

EMULATOR_PACKAGES = native.PACKAGES
MEASURE = "measure"
"""The word on the command line."""


def add_measurements(env: Environment, job: Job, compiled: Compiled) -> Node:
    """The node of what was measured of the kernels, where a build has everything."""
    made = _stage(env, job, compiled, MEASURE, {"measurements": f"{job.folder}/measurements.json"})
    measured = add_stage(env, made)["measurements"]
    _one_by_one(env, measured)
    native.require_native_code(env, job.build.board.core, measured)
    database = Path(env.Dir("#").abspath, env.subst("$TINYML_COSTS"))
    mark = hardware_mark(database)
    if mark.exists():
        env.Depends(measured, env.Value(mark.read_text()))  # what boards have measured may be chosen by
    if session.begins_again():
        env.AlwaysBuild(measured)  # rows were replaced since
    if not database.exists():
        env.AlwaysBuild(measured)  # a new database is to be filled, whatever an older one has answered before
    return measured


def add_agreement(
    env: Environment, job: Job, compiled: Compiled, plan: Node, run: Node, footprint: Node
) -> Node:
    """The node that compares the layers with the run, and measures them again where that fails."""
    made = _stage(env, job, compiled, "measure.agree", {"agreement": f"{job.folder}/agreement.json"})
    inputs = {**made.inputs, "plan": plan, "run": run, "footprint": footprint}
    agreement = add_stage(env, replace(made, title="compare", inputs=inputs))["agreement"]
    native.require_native_code(env, job.build.board.core, agreement)
    session.begin_again_after(agreement)
    return agreement


def add_campaign(env: Environment, job: Job, compiled: Compiled) -> None:
    """The node that measures in all placements, when it is asked for; those of several models run one by one."""
    if MEASURE not in asked():
        return
    answer = _on_board(env, job, compiled) if job.build.on_board else _everywhere(env, job, compiled)
    env.AlwaysBuild(answer)  # the answer is what it prints
    _one_by_one(env, answer)
    env.Alias(MEASURE, answer)


def _one_by_one(env: Environment, measured: Node) -> None:
    """Each takes all processors, and one process writes the database at a time."""
    env.SideEffect("$TINYML_BUILD/measuring", measured)


def _everywhere(env: Environment, job: Job, compiled: Compiled) -> Node:
    outputs = {"answer": f"{job.folder}/placements.json"}
    arguments = {"sets": ",".join(job.build.sets), "placements": job.build.placements}
    answer = add_stage(env, _stage(env, job, compiled, "measure.fill", outputs, arguments))["answer"]
    native.require_native_code(env, job.build.board.core, answer)
    return answer


def _on_board(env: Environment, job: Job, compiled: Compiled) -> Node:
    """What a board says that runs the images, which are beside the manifest: their number follows from their size."""
    sets = {"sets": ",".join(job.build.sets)}
    outputs = {"manifest": f"{job.folder}/bench/manifest.json"}
    images = replace(
        _stage(env, job, compiled, "measure.hardware.images", outputs, sets),
        values=(
            signatures.canonical(job.build.board),
            linked_identity(env, job.build.board),
            signatures.packages("jinja2", *ORACLE_PACKAGES),
            job.build.declarations,
        ),
    )
    manifest = add_stage(env, images)["manifest"]
    if _lacks_images(Path(manifest.abspath)):
        env.AlwaysBuild(manifest)
    listener = _stage(env, job, compiled, "measure.hardware", {"results": _results(job)}, sets)
    inputs = {**listener.inputs, "manifest": manifest}
    return add_stage(env, replace(listener, inputs=inputs, hidden={**listener.hidden, **job.build.on_board}))[
        "results"
    ]


def _lacks_images(manifest: Path) -> bool:
    """Whether images were deleted that the manifest names, which SCons knows nothing of."""
    try:
        names = [image["name"] for image in json.loads(manifest.read_bytes())["images"]]
    except (OSError, ValueError, KeyError):
        return True
    return not all(
        (manifest.parent / f"{name}.{suffix}").is_file() for name in names for suffix in ("elf", "hex", "bin")
    )


def _results(job: Job) -> str:
    return f"{job.folder}/bench/results.json"


def externals(job: Job) -> str:
    """Folders of the sources that kernel sets have from elsewhere: 'cmsis_nn=build/...'."""
    return ",".join(f"{nodes.name}={nodes.external_folder}" for nodes in job.sets if nodes.external_folder)


def _stage(
    env: Environment,
    job: Job,
    compiled: Compiled,
    module: str,
    outputs: Mapping[str, str],
    arguments: Mapping[str, str] | None = None,
) -> Stage:
    return Stage(
        module=module,
        title="measure",
        inputs={
            "graph": job.model.graph,
            "constants": job.model.constants,
            "tflite": job.model.tflite,
            "samples": job.model.samples,
            "startup": compiled.startup,
            "archives": compiled.archives,
        },
        outputs=outputs,
        arguments={"board": str(job.build.board_file), **(arguments or {})},
        hidden={
            "kernels": "$TINYML_KERNELS",
            "costs": "$TINYML_COSTS",
            "compiler": "$TINYML_CC",
            **({"external": externals(job)} if externals(job) else {}),
        },
        values=(
            job.timing_value,
            linked_identity(env, job.build.board),
            signatures.packages(*EMULATOR_PACKAGES, *ORACLE_PACKAGES),
            job.build.declarations,
        ),
        depends=env.Glob("$TINYML_KERNELS/costs/*.jsonl"),
        cached=False,
    )
