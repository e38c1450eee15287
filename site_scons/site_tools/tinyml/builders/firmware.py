"""Builders of what runs on a board: C code, library, image, report, gate."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.images import ARENAS
from scons_tinyml.stages.codegen.names import c_identifier

from .. import job, paths
from ..commandline import command_line
from ..commandline.queries import COMPARE, queries
from ..dependencies.facts import Facts
from ..lifecycle import session
from ..nodes import firmware as nodes
from ..nodes import models
from ..nodes.application import Application
from ..nodes.artefacts import copied
from .base import WORK, Call, made_of, stem_of
from .networks import QuantizedModel, is_network, quantized_of

_CODE = ("network", "header", "weights", "weights_header", "kernels", "kernels_header")

_NO_REGION = "the default region"


def c_source(call: Call) -> list[Any]:
    """Choose kernels for a network on TINYML_BOARD, and generate its C code beside the target 'NAME.c'."""
    source = quantized_of(call, call.one_source())
    if not call.targets:
        place = f"{call.env['TINYML_BUILD']}/{_board(call)}"
        return _code(_sources(call, source, f"{place}/{source.network.model.name}{WORK}", place))
    path = Path(call.target(""))
    if path.suffix != ".c" or path.stem != c_identifier(path.stem):
        raise InputError(
            f"'{path.name}' is not a C identifier with the suffix .c, such as 'net.c'", where=call.builder
        )
    return _code(_sources(call, source, f"{stem_of(str(path))}{WORK}", str(path.parent), path.stem))


def library(call: Call) -> list[Any]:
    """Archive one network or several with their kernels, beside their headers; none if a budget is exceeded."""
    target = call.target(f"{call.env['TINYML_BUILD']}/{_board(call)}/libnetworks.a")
    parts = _parts(call, target)
    folder = os.path.dirname(target)  # noqa: PTH120
    files = {
        "published_library": target,
        "published_headers": tuple(
            os.path.join(folder, f"{part.job.c_name}.h")  # noqa: PTH118
            for part in parts
        ),
    }
    application = Application(call.env, (), Path(target).name, scope="library", arena=_arena(call))
    env = call.settled(parts[0].job.build.overrides)
    return _gated(call, nodes.add_application(env, parts, application, f"{stem_of(target)}{WORK}"), files)


def firmware(call: Call) -> list[Any]:
    """Link an image, run it in the emulator and judge it; it is not there if a budget is exceeded.

    Sources are one network or several, and sources of users: C, C++ and assembler files, objects, archives. Without
    the latter our main runs the networks.
    """
    target = call.target(f"{call.env['TINYML_BUILD']}/{_board(call)}/firmware.elf")
    own = tuple(source for source in call.sources if not is_network(source))
    if not own and len(_networks(call)) == 1:
        return _gated(call, _report(call, call.one_source(), target), _images(target))
    parts = _parts(call, target)
    env = call.settled(parts[0].job.build.overrides)
    application = _application(call, own, Path(target).stem)
    judged = nodes.add_application(env, parts, application, f"{stem_of(target)}{WORK}")
    return _gated(call, judged, _images(target))


def _application(call: Call, own: tuple[Any, ...], name: str) -> Application:
    """Return what construction variables say of the image `name` with the sources `own`."""
    given = {
        name: str(call.env.get(f"TINYML_{name.upper()}", "")) for name in ("invoke", "begin", "end", "wait")
    }
    return Application(
        call.env,
        own,
        name,
        linker_script=call.nodes.get("TINYML_LINKER_SCRIPT"),
        has_startup=bool(call.env.get("TINYML_OWN_STARTUP")),
        arena=_arena(call),
        **given,
    )


def _arena(call: Call) -> str:
    """Return TINYML_ARENA. Raises InputError."""
    found = str(call.env.get("TINYML_ARENA", ARENAS[0]))
    if found not in ARENAS:
        raise InputError(f"'{found}' is not {' or '.join(ARENAS)}", where=call.builder, key="TINYML_ARENA")
    return found


def _networks(call: Call) -> list[Any]:
    """Return the sources that are networks; all files of one builder count as one."""
    return list({id(made_of(one) or one): one for one in call.sources if is_network(one)}.values())


def _parts(call: Call, target: str) -> list[nodes.SourceNodes]:
    """Return the C code of all networks among the sources. Raises InputError if there is none."""
    networks = _networks(call)
    if not networks:
        raise InputError("needs a network beside its sources, such as 'net.tflite'", where=call.builder)
    parts = [_made(call, source, target, several=True) for source in networks]
    _require_one_arena(call, parts)
    return parts


def _require_one_arena(call: Call, parts: Sequence[nodes.SourceNodes]) -> None:
    """Raise InputError for C code that was generated for another kind or place of arena than the firmware's."""
    region = call.arguments.get("activations", "")
    for part in parts:
        if part.job.arena != _arena(call):
            raise InputError(
                f"the C code of {part.job.build.network.model.name} has an arena that is '{part.job.arena}', "
                f"the firmware's is '{_arena(call)}'",
                where=call.builder,
                key="TINYML_ARENA",
                hint="set it in the environment, for TinymlCSource as well",
            )
        if part.job.build.activations != region:
            raise InputError(
                f"the C code of {part.job.build.network.model.name} has activations in "
                f"{part.job.build.activations or _NO_REGION}, the firmware in {region or _NO_REGION}",
                where=call.builder,
                key="TINYML_ACTIVATIONS",
                hint="set it in the environment, for TinymlCSource as well",
            )


def report(call: Call) -> list[Any]:
    """Report on an image or a library, whatever the verdict is.

    Sources are those of another builder, or the finished image of any other, and the networks in it.
    """
    judged = _judged(call)
    if not call.targets:
        return [judged.report]
    made = copied(call.env, call.target(""), judged.report)
    made.attributes.tinyml = judged
    return [made]


def gate(call: Call) -> list[Any]:
    """Publish the image of a report if no budget is exceeded; else the build fails with exit code 2."""
    return _gated(
        call, _judged(call), _images(call.target(f"{call.env['TINYML_BUILD']}/{_board(call)}/firmware.elf"))
    )


def _board(call: Call) -> str:
    if "target" not in call.arguments:
        raise InputError(
            "needs a board", where=call.builder, key="TINYML_BOARD", hint='TINYML_BOARD="stm32l4"'
        )
    return call.arguments["target"]


def _images(target: str) -> dict[str, str]:
    stem = stem_of(target)
    return {"elf": target, "bin": f"{stem}.bin", "hex": f"{stem}.hex", "published_map": f"{stem}.map"}


def _sources(
    call: Call, source: QuantizedModel, folder: str, place: str, name: str = ""
) -> nodes.SourceNodes:
    """Return the C code of `source` in the folder `place`; `name` is that of the network in C."""
    network, model = source.network, source.nodes
    build = job.build(call.env, network, {**call.arguments, "target": _board(call)})
    env = call.settled(build.overrides)
    if name and name != c_identifier(network.model.name):
        network = replace(network, model=Facts(network.model, name=name))
        model = models.graph_of(
            env,
            name,
            model.tflite,
            model.samples,
            model.accuracy,
            f"{folder}/graph",
            folding=model.folding,
        )
        build = replace(build, network=network)
    files = (folder, place, f"{folder}/{build.name}")
    return nodes.add_sources(env, job.make_job(env, build, model, *files, _arena(call)), alone=False)


def _code(made: nodes.SourceNodes) -> list[Any]:
    files = [made.files[field] for field in _CODE]
    for node in files:
        node.attributes.tinyml = made
    return files


def _made(call: Call, source: Any, target: str, *, several: bool = False) -> nodes.SourceNodes:
    """Return the C code of `source`, generated on the way to `target` unless it is one.

    One of `several` networks has a folder of its own. Budgets of this call hold for what it makes of the code.
    """
    found = made_of(source)
    if isinstance(found, nodes.SourceNodes):
        build = found.job.build
        here = command_line.limits(call.arguments)
        limits, of_files = {**build.limits, **here}, job.described_limits(call.env, here)
        build = replace(build, limits=limits, described=of_files or build.described)
        return replace(found, job=replace(found.job, build=build))
    quantized = quantized_of(call, source)
    work = f"{stem_of(target)}{WORK}"
    folder = f"{work}/{quantized.network.model.name}" if several else work
    return _sources(call, quantized, folder, f"{folder}/src")


def _report(call: Call, source: Any, target: str) -> nodes.ReportNodes:
    """Return the report on the network `source` in an image with our main, which is made on the way to `target`."""
    made = _made(call, source, target)
    return nodes.add_report(call.settled(made.job.build.overrides), made, f"{stem_of(target)}{WORK}")


def _judged(call: Call) -> nodes.ReportNodes:
    finished = [source for source in call.sources if not is_network(source)]
    if finished:
        return _of_finished(call, finished)
    source = call.one_source()
    found = made_of(source)
    if isinstance(found, nodes.ReportNodes):
        return found
    return _report(call, source, call.target(f"{call.env['TINYML_BUILD']}/{_board(call)}/firmware.elf"))


def _of_finished(call: Call, finished: list[Any]) -> nodes.ReportNodes:
    """Return the report on an image that was linked elsewhere, and has the other sources as networks."""
    if len(finished) > 1:
        raise InputError(
            f"needs one image and the networks in it, found {len(finished)} images", where=call.builder
        )
    image = finished[0]
    target = call.target(f"{call.env['TINYML_BUILD']}/{_board(call)}/{Path(str(image)).stem}.json")
    parts = _parts(call, target)
    application = replace(_application(call, (image,), Path(str(image)).stem), image=image)
    env = call.settled(parts[0].job.build.overrides)
    return nodes.add_application(env, parts, application, f"{stem_of(target)}{WORK}")


def _gated(call: Call, judged: nodes.ReportNodes, files: dict[str, Any]) -> list[Any]:
    made = nodes.add_gate(call.settled(judged.job.build.overrides), judged, files)
    for node in made:
        node.attributes.tinyml = judged
    if COMPARE in queries():
        from ..nodes import comparing  # not in every build

        place = os.path.dirname(paths.from_top(call.env, judged.report))  # noqa: PTH120 - as text
        comparing.add_comparison(call.settled(judged.job.build.overrides), judged, made, place, place)
    session.begin([] if queries() else made, judged.report.abspath)
    return made
