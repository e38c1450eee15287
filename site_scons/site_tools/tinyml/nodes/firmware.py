"""Nodes of one model on one board, from measurements to the verdict."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.record import Record
from scons_tinyml.reports.formats import file_names
from scons_tinyml.revision import commit
from scons_tinyml.stages.codegen.request import CodegenRequest
from scons_tinyml.stages.firmware.requests import SizesRequest, StartupRequest
from scons_tinyml.stages.firmware.toolchain import (
    compile_flags,
)
from scons_tinyml.stages.gate.requests import FirmwareReportRequest, JudgeRequest, ReportRequest
from scons_tinyml.stages.run.request import RunRequest

from ..commandline.queries import DIAGNOSE, queries
from ..dependencies import signatures
from . import choosing, cleaning, fitting, measuring, native
from .build import GENERATED, Build, Job
from .given import ORACLE_PACKAGES
from .kernels import add_object, linked_identity
from .linking import add_link, add_objects
from .needed import Compiled, add_archive, add_compiled
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node
    from .application import Application

EXPORTS = "export"
"""Folder of exports, beside the published files."""
OF_THE_IMAGE = ("flash", "ram")
"""Budgets that hold for an image, and not for each network in it."""


class SourceNodes(Record):
    """Job whose kernels are chosen, with its C sources by field of their request."""

    job: Job
    compiled: Compiled
    choice: choosing.ChoiceNodes
    files: dict[str, Node]


class ReportNodes(Record):
    """Report, and what it judges: a linked image with its map, library and header of each network."""

    job: Job
    report: Node
    image: Node
    map: Node | None
    library: Node | None
    headers: tuple[Node, ...]


_printed_by: dict[Any, tuple[Any, ...]] = {}
"""Files of the gate that prints a report; other gates on it print a line."""


def add_sources(env: Environment, job: Job, *, alone: bool) -> SourceNodes:
    """Add the nodes of `job` up to its C code; if it is `alone`, nothing is compiled before the network fits."""
    startup = _startup(env, job)
    variants = None
    if job.build.patches:
        from . import patching  # not in every build

        variants = patching.add_variants(env, job, startup, alone=alone)
        if variants:
            job = patching.chosen(env, job, variants)
    fits = variants.fits if variants else fitting.add_check(env, job)
    compiled = add_compiled(env, job, startup, fits, alone=alone)
    measuring.add_campaign(env, job, compiled)
    choice = choosing.add_plan(env, job, compiled, variants.files() if variants else None)
    if DIAGNOSE in queries():
        from . import diagnosing  # not in every build

        diagnosing.add_diagnosis(env, job, compiled, choice)
    return SourceNodes(job, compiled, choice, _generate(env, job, choice.plan))


def add_report(env: Environment, made: SourceNodes, place: str) -> ReportNodes:
    """Add the image of `made` with our main, its run, its sizes, and the report on them, in the folder `place`."""
    job, files, compiled = made.job, made.files, made.compiled
    linked = [
        compiled.startup,
        *add_objects(env, job, files, ("main", *GENERATED)),
        *compiled.archives,
    ]
    image, linker_map = add_link(env, job.build.board, files["linker_script"], linked, f"{place}/work")
    library = _archive(env, [made], f"{place}/work")
    sizes = _sizes(env, made.job, made.choice.plan, image, place)
    _, report = _judged(env, made, image, sizes, place, {})
    return ReportNodes(made.job, report, image, linker_map, library, (made.files["header"],))


def add_application(
    env: Environment, networks: Sequence[SourceNodes], application: Application, folder: str
) -> ReportNodes:
    """Add the image of `networks` and `application`, made in `folder`, and the report on it."""
    from .application import ARENA_OBJECT, add_image, add_sizes  # not in every build

    image, linker_map, library = add_image(env, networks, application, folder)
    sizes = add_sizes(env, networks, image, library, folder)
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
        place = f"{folder}/{made.job.c_name}"
        run, report = _judged(env, made, image, sizes, place, measured, is_alike=application.is_alike)
        runs.append(run)
        reports.append(report)
    job = networks[0].job
    limits = _limits_of_image([made.job.build for made in networks])
    request = FirmwareReportRequest(
        report=tuple(reports),
        run=tuple(runs),
        sizes=sizes,
        firmware_report=f"{folder}/report.json",
        drawn=_drawn(folder),
        history=networks[0].job.build.history,
        board=job.build.board_file,
        name=application.name,
        arena=application.arena,
        scope=application.scope,
        **limits,
        sources="yes" if application.sources else "no",
    )
    budgets = job.build.network.model.budgets if limits["model"] else {}
    values = (signatures.canonical(budgets),)
    made_report = add_stage(env, request, title="report", values=values, cached=False)["firmware_report"]
    cleaning.remove_results(env, made_report, folder)
    archive = None
    if application.scope == "library":
        own = [node for node in library if node.abspath.endswith(ARENA_OBJECT)]
        archive = _archive(env, networks, f"{folder}/work", own)
    headers = tuple(made.files["header"] for made in networks)
    return ReportNodes(job, made_report, image, linker_map, archive, headers)


def _limits_of_image(builds: Sequence[Build]) -> dict[str, Any]:
    """Return the limits of flash and RAM, and the model.toml whose budgets hold too: that of the only network."""
    build = builds[0]
    return {
        "limits": choosing.limits_text(
            {key: build.limits[key] for key in OF_THE_IMAGE if key in build.limits}
        ),
        "described": build.described,
        "model": build.network.file if len(builds) == 1 else None,
    }


def _judged(
    env: Environment,
    made: SourceNodes,
    image: Node,
    sizes: Node,
    place: str,
    measured: Mapping[str, Any],
    *,
    is_alike: bool = True,
) -> tuple[Node, Node]:
    """Add the run of the network `made` in `image`, and the report on it, in the folder `place`.

    `measured` has further fields of the run's request.

    If the image `is_alike`, layers lie in it as where they were measured, and their sum has to be that of the run.
    """
    job, plan = made.job, made.choice.plan
    run = _run(env, job, plan, image, place, measured)
    env.Requires(run, sizes)  # the sizes report an image that is too large to run
    native.require_native_code(env, job.build.board.core, run)
    report = _report(env, job, made.choice, sizes, run, place, measured.get("content", "network"))
    if is_alike:
        compiled, footprint = made.compiled, made.choice.footprint
        env.Depends(report, measuring.add_agreement(env, job, compiled, plan, run, footprint, place))
    cleaning.remove_results(env, report, place)
    return run, report


def _startup(env: Environment, job: Job) -> Node:
    source = add_stage(
        env,
        StartupRequest(startup=f"{job.board_folder}/startup.c", board=job.build.board_file),
        title="generate",
        values=(job.start_value, signatures.packages("jinja2")),
    )["startup"]
    return add_object(env, f"{job.board_folder}/startup.o", source, compile_flags(job.build.board), [])


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
        external=job.checkouts,
    )
    values = (job.timing_value, signatures.packages("jinja2"))
    return add_stage(env, request, title="generate", values=values)


def _archive(
    env: Environment, networks: Sequence[SourceNodes], work: str, others: Sequence[Node] = ()
) -> Node:
    """Add the library of `networks`, with `others`, in the folder `work`, under a name that nobody would link."""
    objects = [node for made in networks for node in add_objects(env, made.job, made.files, GENERATED)]
    lists = [(made.compiled.listed, made.job.sets) for made in networks]
    return add_archive(env, f"{work}/library.unchecked", lists, first=[*others, *objects])


def _run(
    env: Environment, job: Job, plan: Node, image: Node, place: str, measured: Mapping[str, Any]
) -> Node:
    request = RunRequest(
        image=image,
        graph=job.model.graph,
        constants=job.model.constants,
        plan=plan,
        tflite=job.model.tflite,
        samples=job.model.samples,
        run=f"{place}/run.json",
        board=job.build.board_file,
        **measured,
    )
    values = (job.timing_value, signatures.packages(*measuring.EMULATOR_PACKAGES, *ORACLE_PACKAGES))
    return add_stage(env, request, title="run", values=values, cached=False)["run"]


def _sizes(env: Environment, job: Job, plan: Node, image: Node, place: str) -> Node:
    request = SizesRequest(
        image=image,
        graph=job.model.graph,
        constants=job.model.constants,
        plan=plan,
        sizes=f"{place}/sizes.json",
        board=job.build.board_file,
    )
    return add_stage(env, request, title="sizes", values=(job.timing_value,), cached=False)["sizes"]


def _quality(env: Environment, job: Job) -> Node:
    from . import diagnosing  # not in every build

    return diagnosing.add_quality(env, job)


def _report(
    env: Environment,
    job: Job,
    choice: choosing.ChoiceNodes,
    sizes: Node,
    run: Node,
    place: str,
    content: str,
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
        judged=job.model.judged,
        quality=_quality(env, job) if job.build.quality else None,
        **(job.build.variants if content == "network" else {}),
        tflite=job.model.tflite,
        report=f"{place}/report.json",
        drawn=_drawn(place) if content == "network" else (),
        history=job.build.history if content == "network" else "",
        board=job.build.board_file,
        mode=job.build.network.type,
        sets=job.build.sets,
        optimize=job.build.optimize,
        model=job.build.network.file,
        limits=choosing.limits_text(job.build.limits),
        described=job.build.described,
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
        job.build.declarations,  # the sources of the kernels are part of the report
        commit(),  # part of the report
    )
    report = add_stage(env, request, title="report", values=values, cached=False)["report"]
    if not queries() and _has_failed(Path(report.abspath)):
        env.AlwaysBuild(report)  # other boards may have been measured since
    return report


def _drawn(place: str) -> tuple[str, ...]:
    """Return the files of all formats in the folder `place`."""
    return tuple(f"{place}/{name}" for name in file_names().values())


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
        headers=judged.headers,
        compiler=env["TINYML_CC"],
        shown="table" if first == tuple(published.values()) else "line",
        **published,
    )
    values = (env["TINYML_CC_IDENTITY"],)  # it converts the image
    return list(add_stage(env, request, title="judge", values=values, cached=False).values())


def published_files(job: Job) -> dict[str, Any]:
    """Return the files of a firmware, by field of the gate's request."""
    folder, name = os.path.split(job.published)
    return {
        "elf": f"{job.published}.elf",
        "bin": f"{job.published}.bin",
        "hex": f"{job.published}.hex",
        "published_map": f"{job.published}.map",
        "published_library": os.path.join(folder, f"lib{name}.a"),  # noqa: PTH118 - as text
        "published_headers": (os.path.join(folder, f"{job.c_name}.h"),),  # noqa: PTH118
        "exports": os.path.join(folder, EXPORTS),  # noqa: PTH118
    }
