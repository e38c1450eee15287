"""Nodes that measure kernels: for the choice of a build, and for `scons measure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.costs.marks import hardware_mark
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.tuning import NONE
from scons_tinyml.stages.measure.requests import (
    AgreeRequest,
    FillRequest,
    HardwareRequest,
    ImagesRequest,
    MeasureRequest,
)

from ..commandline.queries import queries
from ..dependencies import signatures
from ..lifecycle import session
from ..paths import file, root
from . import native
from .build import Job
from .given import ORACLE_PACKAGES
from .kernels import linked_identity
from .needed import Compiled
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

EMULATOR_PACKAGES = native.PACKAGES
MEASURE = "measure"
"""Name of the query."""


def add_measurements(env: Environment, job: Job, compiled: Compiled) -> tuple[Node, Node]:
    """Add the measurements of the kernels in the placement of a build; return them, and the offers among them."""
    request = MeasureRequest(
        measurements=f"{job.folder}/measurements.json",
        schedules=f"{job.folder}/schedules.json",
        tune=job.build.tune,
        trust=job.build.trust,
        **job.build.executor,
        **_campaign(env, job, compiled),
    )
    made = add_stage(env, request, title="measure", **depending(env, job))
    measured = made["measurements"]
    one_by_one(env, measured)
    native.require_native_code(env, job.build.board.core, measured)
    database = root(env) / env["TINYML_COSTS"]
    mark = hardware_mark(database)
    if mark.exists():
        env.Depends(measured, env.Value(mark.read_text()))  # kernels may be chosen by rows of boards
    if session.begins_again():
        env.AlwaysBuild(measured)  # rows were replaced since
    if not database.exists():
        env.AlwaysBuild(measured)  # a new database has to be filled, although nothing else has changed
    if job.build.tune != NONE:
        env.AlwaysBuild(measured)  # each call looks for as long again
    return measured, made["schedules"]


def add_agreement(
    env: Environment, job: Job, compiled: Compiled, plan: Node, run: Node, footprint: Node, place: str
) -> Node:
    """Add the node, in `place`, that compares the layers with the run, and measures them again if they disagree."""
    request = AgreeRequest(
        plan=plan,
        run=run,
        footprint=footprint,
        agreement=f"{place}/agreement.json",
        **job.build.executor,
        **_campaign(env, job, compiled),
    )
    agreement = add_stage(env, request, title="compare", **depending(env, job))["agreement"]
    native.require_native_code(env, job.build.board.core, agreement)
    session.begin_again_after(agreement)
    return agreement


def add_campaign(env: Environment, job: Job, compiled: Compiled) -> None:
    """Add the node of `scons measure`, if requested; the nodes of several models run one by one."""
    if MEASURE not in queries():
        return
    answer = _on_board(env, job, compiled) if job.build.on_board else _everywhere(env, job, compiled)
    env.AlwaysBuild(answer)  # it prints the answer
    one_by_one(env, answer)
    env.Alias(MEASURE, answer)


def one_by_one(env: Environment, measured: Node) -> None:
    """Run measurements one by one: each uses all processors and writes the database."""
    env.SideEffect(file(env, f"{env['TINYML_BUILD']}/measuring"), measured)


def _everywhere(env: Environment, job: Job, compiled: Compiled) -> Node:
    request = FillRequest(
        answer=f"{job.folder}/placements.json",
        sets=job.build.sets,
        placements=job.build.placements,
        **job.build.executor,
        **_campaign(env, job, compiled),
    )
    answer = add_stage(env, request, title="measure", **depending(env, job))["answer"]
    native.require_native_code(env, job.build.board.core, answer)
    return answer


def _on_board(env: Environment, job: Job, compiled: Compiled) -> Node:
    """Add the images, whose number depends on their size, and the results of a board; return the results."""
    images = ImagesRequest(
        manifest=f"{job.folder}/bench/manifest.json", sets=job.build.sets, **_campaign(env, job, compiled)
    )
    of_images = {**depending(env, job), "values": _values_of_images(env, job)}
    manifest = add_stage(env, images, title="measure", **of_images)["manifest"]
    if _lacks_images(Path(manifest.abspath)):
        env.AlwaysBuild(manifest)
    request = HardwareRequest(
        manifest=manifest,
        results=f"{job.folder}/bench/results.json",
        sets=job.build.sets,
        **_campaign(env, job, compiled),
        **job.build.on_board,
    )
    return add_stage(env, request, title="measure", **depending(env, job))["results"]


def _values_of_images(env: Environment, job: Job) -> tuple[str, ...]:
    return (
        signatures.canonical(job.build.board),
        linked_identity(env, job.build.board),
        signatures.packages("jinja2", *ORACLE_PACKAGES),
        job.build.declarations,
        job.build.headers,
        job.build.seeds,
    )


def _lacks_images(manifest: Path) -> bool:
    """Return whether images that `manifest` names are missing; SCons does not know them."""
    try:
        names = [image["name"] for image in read_json(manifest)["images"]]
    except (OSError, ValueError, LookupError, TypeError, InputError):
        return True
    return not all(
        (manifest.parent / f"{name}.{suffix}").is_file() for name in names for suffix in ("elf", "hex", "bin")
    )


def externals(job: Job) -> tuple[str, ...]:
    """Return the folders of external sources by kernel set: 'cmsis_nn=build/...'."""
    return tuple(f"{nodes.name}={nodes.external_folder}" for nodes in job.sets if nodes.external_folder)


def _campaign(env: Environment, job: Job, compiled: Compiled) -> dict[str, Any]:
    """Return the fields that the requests of all measuring stages share."""
    return {
        "graph": job.model.graph,
        "constants": job.model.constants,
        "tflite": job.model.tflite,
        "samples": job.model.samples,
        "startup": compiled.startup,
        "archives": tuple(compiled.archives),
        "board": job.build.board_file,
        "kernels": tuple(env["TINYML_KERNELS"]),
        "costs": env["TINYML_COSTS"],
        "compiler": env["TINYML_CC"],
        "external": externals(job),
    }


def depending(env: Environment, job: Job) -> dict[str, Any]:
    """Return further arguments of `add_stage` for measuring stages: dependencies, no caching."""
    return {
        "values": (
            job.timing_value,
            linked_identity(env, job.build.board),
            signatures.packages(*EMULATOR_PACKAGES, *ORACLE_PACKAGES),
            job.build.declarations,
            job.build.headers,
            job.build.seeds,
        ),
        "cached": False,
    }
