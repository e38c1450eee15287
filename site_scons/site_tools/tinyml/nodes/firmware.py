"""Nodes of one model on one board, from measurements to the verdict."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from scons_tinyml.stages.gate.requests import FirmwareReportRequest, JudgeRequest, ReportRequest
from scons_tinyml.stages.run.request import RunRequest

from ..commandline.queries import queries
from ..dependencies import signatures
from ..lifecycle.commands import Beginning, Command, Unsigned
from ..paths import folder
from . import choosing, cleaning, fitting, measuring, native
from .application import Application, Part, add_image, add_sizes
from .artefacts import artefacts
from .build import Job
from .given import ORACLE_PACKAGES
from .kernels import add_object, linked_identity, shared_includes
from .needed import Compiled, add_archive, add_compiled
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node


@dataclass(frozen=True)
class SourceNodes:
    """Job whose kernels are chosen, with its C sources by field of their request."""

    job: Job
    compiled: Compiled
    choice: choosing.ChoiceNodes
    files: dict[str, Node]


@dataclass(frozen=True)
class ReportNodes:
    """Report, and what it judges: a linked image with its map, library and header of the network."""

    job: Job
    report: Node
    image: Node
    map: Node
    library: Node | None
    header: Node


_reports: dict[str, ReportNodes] = {}
"""Reports by the folder of their results."""


_printed_by: dict[Any, tuple[Any, ...]] = {}
"""Files of the gate that prints a report; other gates on it print a line."""


def add_sources(env: Environment, job: Job, *, alone: bool) -> SourceNodes:
    """Add the nodes of `job` up to its C code; if it is `alone`, nothing is compiled before the network fits."""
    startup = _startup(env, job)
    compiled = add_compiled(env, job, startup, fitting.add_check(env, job), alone=alone)
    measuring.add_campaign(env, job, compiled)
    choice = choosing.add_plan(env, job, compiled)
    return SourceNodes(job, compiled, choice, _generate(env, job, choice.plan))


def add_report(env: Environment, made: SourceNodes) -> ReportNodes:
    """Add the image of `made` with our main, its run, its sizes, and the report on them, or return those that are."""
    if made.job.folder not in _reports:
        _reports[made.job.folder] = _add_report(env, made)
    return _reports[made.job.folder]


def _add_report(env: Environment, made: SourceNodes) -> ReportNodes:
    image, linker_map, library = _link(env, made.job, made.compiled, made.files)
    sizes = _sizes(env, made.job, made.choice.plan, image)
    _, report = _judged(env, made, image, sizes, {})
    return ReportNodes(made.job, report, image, linker_map, library, made.files["header"])


def add_application(
    env: Environment, networks: Sequence[SourceNodes], application: Application, folder: str
) -> ReportNodes:
    """Add the image of `networks` and `application`, made in `folder`, and the report on it."""
    if folder not in _reports:
        _reports[folder] = _add_application(env, networks, application, folder)
    return _reports[folder]


def _add_application(
    env: Environment, networks: Sequence[SourceNodes], application: Application, folder: str
) -> ReportNodes:
    parts = [Part(made.job, made.compiled, made.choice.plan, made.files) for made in networks]
    image, linker_map, library = add_image(env, parts, application, folder)
    sizes = add_sizes(env, parts, image, library, folder)
    names = [made.job.c_name for made in networks]
    runs, reports = [], []
    for made in networks:
        others = tuple(name for name in names if name != made.job.c_name)
        measured = {
            "content": "application",
            "invoke": application.invoke,
            "begin": application.begin,
            "end": application.end,
            "wait": application.wait,
            "sharing": others if application.arena == "shared" else (),
        }
        run, report = _judged(env, made, image, sizes, measured, is_alike=application.is_alike)
        runs.append(run)
        reports.append(report)
    job = networks[0].job
    request = FirmwareReportRequest(
        report=tuple(reports),
        run=tuple(runs),
        sizes=sizes,
        firmware_report=f"{folder}/report.json",
        board=job.build.board_file,
        name=application.name,
        arena=application.arena,
        limits=choosing.limits_text(
            {key: value for key, value in job.build.limits.items() if key in ("flash", "ram")}
        ),
        sources="yes" if application.sources else "no",
    )
    made_report = add_stage(env, request, title="report", cached=False)["firmware_report"]
    return ReportNodes(job, made_report, image, linker_map, None, networks[0].files["header"])


def _judged(
    env: Environment,
    made: SourceNodes,
    image: Node,
    sizes: Node,
    measured: Mapping[str, Any],
    *,
    is_alike: bool = True,
) -> tuple[Node, Node]:
    """Add the run of the network `made` in `image`, and the report on it; `measured` has further fields of requests.

    If the image `is_alike`, layers lie in it as where they were measured, and their sum has to be that of the run.
    """
    job, plan = made.job, made.choice.plan
    run = _run(env, job, plan, image, measured)
    env.Requires(run, sizes)  # the sizes report an image that is too large to run
    native.require_native_code(env, job.build.board.core, run)
    report = _report(env, job, made.choice, sizes, run, measured.get("content", "network"))
    if is_alike:
        compiled, footprint = made.compiled, made.choice.footprint
        env.Depends(report, measuring.add_agreement(env, job, compiled, plan, run, footprint))
    cleaning.remove_results(env, report, job.folder)
    return run, report


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
    name, place = job.c_name, job.sources
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
        main=f"{job.folder}/src/main.c",
        linker_script=f"{job.folder}/src/link.ld",
        arena=job.arena,
        board=job.build.board_file,
        sets=tuple(env["TINYML_KERNELS"]),
    )
    values = (job.timing_value, signatures.packages("jinja2"))
    return add_stage(env, request, title="generate", values=values)


def _link(
    env: Environment, job: Job, compiled: Compiled, sources: dict[str, Node]
) -> tuple[Node, Node, Node]:
    """Add the image, its map and the library, under names that nobody would flash."""
    work, board = f"{job.folder}/work", job.build.board
    includes = shared_includes(env)
    generated = [folder(env, job.sources)]
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


def _run(env: Environment, job: Job, plan: Node, image: Node, measured: Mapping[str, Any]) -> Node:
    request = RunRequest(
        image=image,
        graph=job.model.graph,
        constants=job.model.constants,
        plan=plan,
        tflite=job.model.tflite,
        samples=job.model.samples,
        run=f"{job.folder}/run.json",
        board=job.build.board_file,
        **measured,
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


def _report(
    env: Environment, job: Job, choice: choosing.ChoiceNodes, sizes: Node, run: Node, content: str
) -> Node:
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
        mode=job.build.network.mode,
        sets=job.build.sets,
        optimize=job.build.optimize,
        model=job.build.network.file,
        limits=choosing.limits_text(job.build.limits),
        project=job.build.project,
        compiler=env["TINYML_CC"],
        kernels=tuple(env["TINYML_KERNELS"]),
        costs=env["TINYML_COSTS"],
        boards=tuple(env["TINYML_BOARDS"]),
        subject=job.build.subject,
        external=measuring.externals(job),
        content=content,
    )
    values = (
        signatures.canonical(job.build.board),
        signatures.canonical(job.build.network.model.budgets),
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


def add_gate(env: Environment, judged: ReportNodes, published: Mapping[str, Any]) -> list[Node]:
    """Add the gate, which makes the files `published`, by field of its request, if no budget is exceeded."""
    first = _printed_by.setdefault(judged.report, tuple(published.values()))
    request = JudgeRequest(
        report=judged.report,
        image=judged.image,
        map=judged.map,
        library=judged.library,
        header=judged.header,
        compiler=env["TINYML_CC"],
        shown="table" if first == tuple(published.values()) else "line",
        **published,
    )
    values = (env["TINYML_CC_IDENTITY"],)  # it converts the image
    return list(add_stage(env, request, title="judge", values=values, cached=False).values())


def published_files(job: Job) -> dict[str, str]:
    """Return the files of a firmware, by field of the gate's request."""
    folder, name = os.path.split(job.published)
    return {
        "elf": f"{job.published}.elf",
        "bin": f"{job.published}.bin",
        "hex": f"{job.published}.hex",
        "published_map": f"{job.published}.map",
        "published_library": os.path.join(folder, f"lib{name}.a"),  # noqa: PTH118 - as text
        "published_header": os.path.join(folder, f"{job.c_name}.h"),  # noqa: PTH118
    }
