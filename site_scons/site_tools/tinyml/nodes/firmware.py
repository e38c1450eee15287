"""Nodes of one model on one board, from measurements to the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from SCons.Action import Action

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.json_text import read_json
from scons_tinyml.revision import commit
from scons_tinyml.stages.codegen.request import CodegenRequest
from scons_tinyml.stages.firmware.requests import SizesRequest, StartupRequest
from scons_tinyml.stages.firmware.toolchain import LINK_LIBRARIES, OF_ANY_SIZE, compile_flags, link_flags
from scons_tinyml.stages.gate.requests import JudgeRequest, ReportRequest
from scons_tinyml.stages.run.request import RunRequest

from ..commandline.queries import queries
from ..dependencies import signatures
from . import choosing, cleaning, fitting, measuring, native
from .artefacts import artefacts
from .build import Build, Job
from .kernels import KEEP, PART, SetNodes, add_object, linked_identity
from .models import ORACLE_PACKAGES, ModelNodes
from .needed import Compiled, add_archive, add_compiled
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

LINK = Action(
    f"$( $TINYML_CC $) $TINYML_FLAGS -T ${{SOURCES[0]}} -Wl,-Map,${{TARGETS[1]}} -o {PART} ${{SOURCES[1:]}} "
    + f"{' '.join(LINK_LIBRARIES)} {KEEP}",
    "link       $TARGET",
    varlist=["TINYML_LINKED"],
)


@dataclass(frozen=True)
class FirmwareNodes:
    """Report, and published files, whose stage fails if a budget is exceeded."""

    report: Node
    published: list[Node]


def add_firmware(
    env: Environment, build: Build, model: ModelNodes, sets: list[SetNodes], *, alone: bool
) -> FirmwareNodes:
    """Add all nodes of `build`; one that is `alone` compiles nothing before the network is known to fit."""
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
    env.Requires(run, sizes)  # the sizes report an image that is too large to run
    native.require_native_code(env, build.board.core, run)
    agreement = measuring.add_agreement(env, job, compiled, plan, run, choice.footprint)
    report = _report(env, job, choice, sizes, run)
    env.Depends(report, agreement)
    cleaning.remove_results(env, report, job.folder)
    return FirmwareNodes(report, _judge(env, job, report, image, linker_map, library, sources["header"]))


def _startup(env: Environment, job: Job) -> Node:
    folder = f"$TINYML_BUILD/{job.build.board.name}/board"
    source = add_stage(
        env,
        StartupRequest(startup=f"{folder}/startup.c", board=job.build.board_file),
        title="generate",
        values=(job.start_value, signatures.packages("jinja2")),
    )["startup"]
    return add_object(env, f"{folder}/startup.o", source, compile_flags(job.build.board), [])


def _generate(env: Environment, job: Job, plan: Node) -> dict[str, Node]:
    name, folder = job.c_name, f"{job.folder}/src"
    request = CodegenRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        plan=plan,
        network=f"{folder}/{name}.c",
        header=f"{folder}/{name}.h",
        weights=f"{folder}/{name}_weights.c",
        weights_header=f"{folder}/{name}_weights.h",
        kernels=f"{folder}/{name}_kernels.c",
        kernels_header=f"{folder}/{name}_kernels.h",
        main=f"{folder}/main.c",
        linker_script=f"{folder}/link.ld",
        board=job.build.board_file,
        sets="$TINYML_KERNELS",
    )
    values = (job.timing_value, signatures.packages("jinja2"))
    return add_stage(env, request, title="generate", values=values)


def _link(
    env: Environment, job: Job, compiled: Compiled, sources: dict[str, Node]
) -> tuple[Node, Node, Node]:
    """Add the image, its map and the library, under names that nobody would flash."""
    folder = f"{job.folder}/work"
    includes = [env.Dir("$TINYML_KERNELS/include"), env.Dir(f"{job.folder}/src")]
    flags = compile_flags(job.build.board)
    network, weights, kernels, main = (
        add_object(env, f"{folder}/{name}.o", sources[name], flags, includes)
        for name in ("network", "weights", "kernels", "main")
    )
    image, linker_map = env.Command(
        artefacts(env, [f"{folder}/image.unchecked", f"{folder}/map.unchecked"]),
        [sources["linker_script"], compiled.startup, main, network, weights, kernels, *compiled.archives],
        LINK,
        TINYML_FLAGS=" ".join((*link_flags(job.build.board), *OF_ANY_SIZE)),
        TINYML_LINKED=linked_identity(env, job.build.board),
    )
    env.NoCache([image, linker_map])  # linked here from the objects, as what is judged and published
    first = [network, weights, kernels]
    library = add_archive(env, f"{folder}/library.unchecked", compiled.listed, job.sets, first=first)
    return image, linker_map, library


def _run(env: Environment, job: Job, plan: Node, image: Node) -> Node:
    request = RunRequest(
        image=image,
        graph=job.model.graph,
        constants=job.model.constants,
        plan=plan,
        tflite=job.model.tflite,
        samples=job.model.samples,
        run=f"{job.folder}/run.json",
        board=job.build.board_file,
    )
    values = (job.timing_value, signatures.packages(*measuring.EMULATOR_PACKAGES, *ORACLE_PACKAGES))
    return add_stage(env, request, title="run", values=values, cached=False)["run"]


def _sizes(env: Environment, job: Job, plan: Node, image: Node) -> Node:
    request = SizesRequest(
        image=image,
        graph=job.model.graph,
        constants=job.model.constants,
        plan=plan,
        sizes=f"{job.folder}/sizes.json",
        board=job.build.board_file,
    )
    return add_stage(env, request, title="sizes", values=(job.timing_value,), cached=False)["sizes"]


def _report(env: Environment, job: Job, choice: choosing.ChoiceNodes, sizes: Node, run: Node) -> Node:
    request = ReportRequest(
        sizes=sizes,
        graph=job.model.graph,
        constants=job.model.constants,
        plan=choice.plan,
        run=run,
        measurements=choice.measured,
        footprint=choice.footprint,
        accuracy=job.model.accuracy,
        report=f"{job.folder}/report.json",
        board=job.build.board_file,
        mode=job.build.mode,
        sets=job.build.sets,
        optimize=job.build.optimize,
        model=job.build.model_file,
        limits=choosing.limits_text(job.build.limits),
        compiler="$TINYML_CC",
        kernels="$TINYML_KERNELS",
        costs="$TINYML_COSTS",
        boards=tuple(env["TINYML_BOARDS"]),
        subject=job.build.subject,
        external=measuring.externals(job),
    )
    values = (
        signatures.canonical(job.build.board),
        signatures.canonical(job.build.model.budgets),
        signatures.packages(*ORACLE_PACKAGES),
        linked_identity(env, job.build.board),
        commit(),  # part of the report
    )
    report = add_stage(env, request, title="report", values=values, cached=False)["report"]
    if not queries() and _has_failed(Path(report.abspath)):
        env.AlwaysBuild(report)  # other boards may have been measured since
    return report


def _has_failed(report: Path) -> bool:
    """Return whether the report of the last build has the verdict 'fail'."""
    try:
        return bool(read_json(report)["verdict"] == "fail")
    except (OSError, ValueError, LookupError, TypeError, InputError):
        return False


def _judge(
    env: Environment, job: Job, report: Node, image: Node, linker_map: Node, library: Node, header: Node
) -> list[Node]:
    name, folder = job.build.model.name, job.folder
    request = JudgeRequest(
        report=report,
        image=image,
        map=linker_map,
        library=library,
        header=header,
        elf=f"{folder}/{name}.elf",
        bin=f"{folder}/{name}.bin",
        hex=f"{folder}/{name}.hex",
        published_map=f"{folder}/{name}.map",
        published_library=f"{folder}/lib{name}.a",
        published_header=f"{folder}/{job.c_name}.h",
        compiler="$TINYML_CC",
    )
    values = (env["TINYML_CC_IDENTITY"],)  # it converts the image
    return list(add_stage(env, request, title="judge", values=values, cached=False).values())
