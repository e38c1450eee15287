"""Nodes of one model on one board, from measurements to the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.json_text import read_json
from scons_tinyml.revision import commit
from scons_tinyml.stages.codegen.request import CodegenRequest
from scons_tinyml.stages.firmware.requests import SizesRequest, StartupRequest
from scons_tinyml.stages.firmware.toolchain import (
    LINK_LIBRARIES,
    OF_ANY_SIZE,
    PRINT_MAP,
    compile_flags,
    link_flags,
)
from scons_tinyml.stages.gate.requests import JudgeRequest, ReportRequest
from scons_tinyml.stages.run.request import RunRequest

from ..commandline.queries import queries
from ..dependencies import signatures
from ..lifecycle.commands import Beginning, Command, Unsigned
from ..paths import folder
from . import choosing, cleaning, fitting, measuring, native
from .artefacts import artefacts
from .build import Build, Job
from .given import ORACLE_PACKAGES
from .kernels import SetNodes, add_object, linked_identity
from .models import ModelNodes
from .needed import Compiled, add_archive, add_compiled
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node


@dataclass(frozen=True)
class FirmwareNodes:
    """Report, and published files, whose stage fails if a budget is exceeded."""

    report: Node
    published: list[Node]


def add_firmware(
    env: Environment, build: Build, model: ModelNodes, sets: list[SetNodes], *, alone: bool
) -> FirmwareNodes:
    """Add all nodes of `build`; one that is `alone` compiles nothing before the network is known to fit."""
    job = Job(build, model, sets, env["TINYML_BUILD"])
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
    board_folder = f"{job.root}/{job.build.board.name}/board"
    source = add_stage(
        env,
        StartupRequest(startup=f"{board_folder}/startup.c", board=job.build.board_file),
        title="generate",
        values=(job.start_value, signatures.packages("jinja2")),
    )["startup"]
    return add_object(env, f"{board_folder}/startup.o", source, compile_flags(job.build.board), [])


def _generate(env: Environment, job: Job, plan: Node) -> dict[str, Node]:
    name, place = job.c_name, f"{job.folder}/src"
    request = CodegenRequest(
        graph=job.model.graph,
        constants=job.model.constants,
        plan=plan,
        network=f"{place}/{name}.c",
        header=f"{place}/{name}.h",
        weights=f"{place}/{name}_weights.c",
        weights_header=f"{place}/{name}_weights.h",
        kernels=f"{place}/{name}_kernels.c",
        kernels_header=f"{place}/{name}_kernels.h",
        main=f"{place}/main.c",
        linker_script=f"{place}/link.ld",
        board=job.build.board_file,
        sets=env["TINYML_KERNELS"],
    )
    values = (job.timing_value, signatures.packages("jinja2"))
    return add_stage(env, request, title="generate", values=values)


def _link(
    env: Environment, job: Job, compiled: Compiled, sources: dict[str, Node]
) -> tuple[Node, Node, Node]:
    """Add the image, its map and the library, under names that nobody would flash."""
    work, board = f"{job.folder}/work", job.build.board
    includes = [folder(env, Path(env["TINYML_KERNELS"], "include"))]
    generated = [folder(env, f"{job.folder}/src")]
    network, weights, kernels, main = (
        add_object(env, f"{work}/{name}.o", sources[name], compile_flags(board), includes, generated)
        for name in ("network", "weights", "kernels", "main")
    )
    script, linked = sources["linker_script"], [compiled.startup, main, network, weights, kernels]
    linked += compiled.archives
    image, linker_map = artefacts(env, [f"{work}/image.unchecked", f"{work}/map.unchecked"])
    words = [
        *(Unsigned((env["TINYML_CC"],)), *link_flags(board), *OF_ANY_SIZE, "-T", script),
        *(PRINT_MAP, "-o", Beginning(image), *linked, *LINK_LIBRARIES),
    ]
    values = [linked_identity(env, board)]
    action = Command("link", words, values=values, program=True, printed=linker_map)
    env.Command([image, linker_map], [script, *linked], action)
    env.NoCache([image, linker_map])  # linked here from the objects, as what is judged and published
    first = [network, weights, kernels]
    library = add_archive(env, f"{work}/library.unchecked", compiled.listed, job.sets, first=first)
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
        compiler=env["TINYML_CC"],
        kernels=env["TINYML_KERNELS"],
        costs=env["TINYML_COSTS"],
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
    name, place = job.build.model.name, job.folder
    request = JudgeRequest(
        report=report,
        image=image,
        map=linker_map,
        library=library,
        header=header,
        elf=f"{place}/{name}.elf",
        bin=f"{place}/{name}.bin",
        hex=f"{place}/{name}.hex",
        published_map=f"{place}/{name}.map",
        published_library=f"{place}/lib{name}.a",
        published_header=f"{place}/{job.c_name}.h",
        compiler=env["TINYML_CC"],
    )
    values = (env["TINYML_CC_IDENTITY"],)  # it converts the image
    return list(add_stage(env, request, title="judge", values=values, cached=False).values())
