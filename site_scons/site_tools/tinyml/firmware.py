"""Nodes of one model on one board: measured, planned, generated, linked, run, reported, judged."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from SCons.Action import Action

from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    LINK_LIBRARIES,
    NETWORK_OPTIMIZE,
    OF_ANY_SIZE,
    WARNING_FLAGS,
    core_flags,
)

from . import choosing, cleaning, fitting, measuring, native, signatures
from .artefacts import artefacts
from .asking import asked
from .build import Build, Job
from .kernels import KEEP, PART, SetNodes, add_object, linked_identity
from .models import ORACLE_PACKAGES, ModelNodes
from .needed import Compiled, add_archive, add_compiled
from .stages import Stage, add_stage

if TYPE_CHECKING:
    from .scons import Environment, Node

LINK = Action(
    f"$( $TINYML_CC $) $TINYML_FLAGS -T ${{SOURCES[0]}} -Wl,-Map,${{TARGETS[1]}} -o {PART} ${{SOURCES[1:]}} "
    + f"{' '.join(LINK_LIBRARIES)} {KEEP}",
    "link       $TARGET",
    varlist=["TINYML_LINKED"],
)


@dataclass(frozen=True)
class FirmwareNodes:
    """The report, and the published files: the stage that makes these fails when a budget is exceeded."""

    report: Node
    published: list[Node]


def add_firmware(
    env: Environment, build: Build, model: ModelNodes, sets: list[SetNodes], *, alone: bool
) -> FirmwareNodes:
    """All nodes of one model on one board."""
    job = Job(build, model, sets)
    startup = _startup(env, job)
    compiled = add_compiled(env, job, startup, fitting.add_check(env, job), alone=alone)
    measuring.add_campaign(env, job, compiled)
    choice = choosing.add_plan(env, job, compiled)
    plan = choice.plan
    sources = _generate(env, job, plan)
    image, linker_map, library = _link(env, job, compiled, sources)
    sizes = _sizes(env, job, plan, image)
    run = _run(env, job, plan, image)
    env.Requires(run, sizes)  # which say it of an image that cannot run as it is too large
    native.require_native_code(env, build.board.core, run)
    agreement = measuring.add_agreement(env, job, compiled, plan, run, choice.footprint)
    report = _report(env, job, choice, sizes, run)
    env.Depends(report, agreement)
    cleaning.remove_results(env, report, job.folder)
    return FirmwareNodes(report, _judge(env, job, report, image, linker_map, library, sources["header"]))


def _flags(job: Job) -> tuple[str, ...]:
    return (*core_flags(job.build.board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE)


def _startup(env: Environment, job: Job) -> Node:
    folder = f"$TINYML_BUILD/{job.build.board.name}/board"
    source = add_stage(
        env,
        Stage(
            module="firmware.startup",
            title="generate",
            outputs={"startup": f"{folder}/startup.c"},
            arguments={"board": str(job.build.board_file)},
            values=(job.start_value, signatures.packages("jinja2")),
        ),
    )["startup"]
    return add_object(env, f"{folder}/startup.o", source, (*_flags(job), *WARNING_FLAGS), [])


def _generate(env: Environment, job: Job, plan: Node) -> dict[str, Node]:
    name, folder = job.c_name, f"{job.folder}/src"
    return add_stage(
        env,
        Stage(
            module="codegen",
            title="generate",
            inputs={"graph": job.model.graph, "constants": job.model.constants, "plan": plan},
            outputs={
                "network": f"{folder}/{name}.c",
                "header": f"{folder}/{name}.h",
                "weights": f"{folder}/{name}_weights.c",
                "weights-header": f"{folder}/{name}_weights.h",
                "kernels": f"{folder}/{name}_kernels.c",
                "kernels-header": f"{folder}/{name}_kernels.h",
                "main": f"{folder}/main.c",
                "linker-script": f"{folder}/link.ld",
            },
            arguments={"board": str(job.build.board_file)},
            hidden={"sets": "$TINYML_KERNELS"},
            values=(job.timing_value, signatures.packages("jinja2")),
        ),
    )


def _link(
    env: Environment, job: Job, compiled: Compiled, sources: dict[str, Node]
) -> tuple[Node, Node, Node]:
    """The image, its map and the library, under names that nobody takes for something to flash."""
    folder = f"{job.folder}/work"
    includes = [env.Dir("$TINYML_KERNELS/include"), env.Dir(f"{job.folder}/src")]
    flags = (*_flags(job), *WARNING_FLAGS)
    network, weights, kernels, main = (
        add_object(env, f"{folder}/{name}.o", sources[name], flags, includes)
        for name in ("network", "weights", "kernels", "main")
    )
    image, linker_map = env.Command(
        artefacts(env, [f"{folder}/image.unchecked", f"{folder}/map.unchecked"]),
        [sources["linker-script"], compiled.startup, main, network, weights, kernels, *compiled.archives],
        LINK,
        TINYML_FLAGS=" ".join((*core_flags(job.build.board), *LINK_FLAGS, *OF_ANY_SIZE)),
        TINYML_LINKED=linked_identity(env, job.build.board),
    )
    first = [network, weights, kernels]
    library = add_archive(env, f"{folder}/library.unchecked", compiled.listed, job.sets, first=first)
    return image, linker_map, library


def _run(env: Environment, job: Job, plan: Node, image: Node) -> Node:
    return add_stage(
        env,
        Stage(
            module="run",
            title="run",
            inputs={
                "image": image,
                "graph": job.model.graph,
                "constants": job.model.constants,
                "plan": plan,
                "tflite": job.model.tflite,
                "samples": job.model.samples,
            },
            outputs={"run": f"{job.folder}/run.json"},
            arguments={"board": str(job.build.board_file)},
            values=(job.timing_value, signatures.packages(*measuring.EMULATOR_PACKAGES, *ORACLE_PACKAGES)),
            cached=False,
        ),
    )["run"]


def _sizes(env: Environment, job: Job, plan: Node, image: Node) -> Node:
    return add_stage(
        env,
        Stage(
            module="firmware.sizes",
            title="sizes",
            inputs={
                "image": image,
                "graph": job.model.graph,
                "constants": job.model.constants,
                "plan": plan,
            },
            outputs={"sizes": f"{job.folder}/sizes.json"},
            arguments={"board": str(job.build.board_file)},
            values=(job.timing_value,),
        ),
    )["sizes"]


def _report(env: Environment, job: Job, choice: choosing.ChoiceNodes, sizes: Node, run: Node) -> Node:
    inputs = {
        "sizes": sizes,
        "graph": job.model.graph,
        "constants": job.model.constants,
        "plan": choice.plan,
        "run": run,
        "measurements": choice.measured,
        "footprint": choice.footprint,
    }
    if job.model.accuracy is not None:
        inputs["accuracy"] = job.model.accuracy
    limits = " ".join(f"{key}={value}" for key, value in sorted(job.build.limits.items()))
    report = add_stage(
        env,
        Stage(
            module="gate",
            words=("report",),
            title="report",
            inputs=inputs,
            outputs={"report": f"{job.folder}/report.json"},
            arguments={
                "board": str(job.build.board_file),
                "mode": job.build.mode,
                "sets": ",".join(job.build.sets),
                "optimize": job.build.optimize,
                **({"model": str(job.build.model_file)} if job.build.model_file else {}),
                **({"limits": limits} if limits else {}),
            },
            hidden={
                "compiler": "$TINYML_CC",
                "kernels": "$TINYML_KERNELS",
                "costs": "$TINYML_COSTS",
                "boards": os.pathsep.join(map(str, env["TINYML_BOARDS"])),
                "external": measuring.externals(job),
                "subject": job.build.subject,
            },
            values=(
                signatures.canonical(job.build.board),
                signatures.canonical(job.build.model.budgets),
                signatures.packages(*ORACLE_PACKAGES),
                linked_identity(env, job.build.board),
            ),
            cached=False,
        ),
    )["report"]
    if not asked() and _has_failed(Path(report.abspath)):
        env.AlwaysBuild(report)  # other boards may have been measured since
    return report


def _has_failed(report: Path) -> bool:
    """What is left of the last build says so."""
    try:
        return bool(json.loads(report.read_bytes())["verdict"] == "fail")
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _judge(
    env: Environment, job: Job, report: Node, image: Node, linker_map: Node, library: Node, header: Node
) -> list[Node]:
    name, folder = job.build.model.name, job.folder
    made = add_stage(
        env,
        Stage(
            module="gate",
            words=("judge",),
            title="judge",
            inputs={
                "report": report,
                "image": image,
                "map": linker_map,
                "library": library,
                "header": header,
            },
            outputs={
                "elf": f"{folder}/{name}.elf",
                "bin": f"{folder}/{name}.bin",
                "hex": f"{folder}/{name}.hex",
                "published-map": f"{folder}/{name}.map",
                "published-library": f"{folder}/lib{name}.a",
                "published-header": f"{folder}/{job.c_name}.h",
            },
            hidden={"compiler": "$TINYML_CC"},
            values=(env["TINYML_CC_IDENTITY"],),  # it converts the image
            cached=False,
        ),
    )
    return list(made.values())
