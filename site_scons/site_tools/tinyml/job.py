"""Translation of the options of a command line into the nodes of a build."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Script import ARGUMENTS
from SCons.Script.SConscript import call_stack

from scons_tinyml import resources
from scons_tinyml.records import tuning
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.file_names import require_result_name
from scons_tinyml.records.network_source import SAVED_MODEL, check_source
from scons_tinyml.records.paths import locate
from scons_tinyml.records.project_state import project_text
from scons_tinyml.records.record import Record
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.trust import Trust
from scons_tinyml.records.variant_names import split_reference

from . import network_types, paths
from .commandline import command_line
from .commandline.naming import KINDS, check_name, hint_for, network_file
from .commandline.queries import COMPARE, WEB, queries
from .dependencies import modules
from .dependencies.facts import FILE, Checked
from .lifecycle.places import require_inside
from .nodes import data, firmware, given, kernels, models, shared, variants
from .nodes.build import Build, Job
from .paths import file, folder, kernel_folders, root, state, text

if TYPE_CHECKING:
    from .scons import Environment, Node

_CHOOSING = ("quantize", *command_line.KEPT_OPTIONS, "kernels", "optimize", "patches", "activations")
"""Options that results with the name of one model may differ in."""
_PATHS = ("model", "representative", "test", "costs", "cache", "history")
"""Options that name a file or folder; those in capitals do as well."""


def from_sconscript(env: Environment, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return `arguments` with nodes, and paths from the folder of an SConscript, as paths from the SConstruct."""
    made = dict(arguments)
    for key in (name for name in made if name in _PATHS or name.isupper()):
        value = made[key]
        is_text = isinstance(value, str)
        if is_text and (paths.is_top(env) or (key == "model" and _is_named(env, value))):
            continue
        made[key] = paths.given(env, value)
    return made


def prepare(env: Environment, arguments: Mapping[str, str]) -> list[Build]:
    """Check `arguments` and read the files that they name. Raises InputError, before anything is built.

    Return one build, or one for each model of the project if `arguments` name no model and need none.
    """
    checked = _checked(env)
    declared = _declared_sets(env, checked)
    _check_options(arguments, declared)
    names = [arguments["model"]] if "model" in arguments else sorted(model_files(env))
    if not names:
        raise InputError("this project has no models", where="command line", key="model")
    return [_prepare(env, {**arguments, "model": name}, checked, declared) for name in names]


def _prepare(
    env: Environment,
    arguments: Mapping[str, str],
    checked: Checked,
    declared: tuple[kernels.DeclaredSet, ...],
) -> Build:
    build = _build(env, _network(env, arguments, checked), arguments, checked, declared)
    place = f"{text(env, 'TINYML_BUILD')}/{build.board.name}"
    if build.systems:
        from .nodes import exporting  # not in every build

        exporting.check(build)
    owner = replace(build, systems=())
    return replace(build, name=shared.claim(place, _result_names(build, arguments), owner))


def _check_options(arguments: Mapping[str, str], declared: Sequence[kernels.DeclaredSet]) -> None:
    command_line.check_options(arguments, list(kernels.override_options(declared)), queries())
    command_line.check_used((name for name in ARGUMENTS if name in arguments), queries())


def prepare_network(env: Environment, arguments: Mapping[str, str]) -> models.Network:
    """Check `arguments`, which name no board, and read the files that they name. Raises InputError."""
    _check_options(arguments, _declared_sets(env, _checked(env)))
    command_line.check_of_no_board(arguments)
    return network(env, arguments)


def network(env: Environment, arguments: Mapping[str, str]) -> models.Network:
    """Return the network in the file or folder, or with the name, `arguments["model"]`. Raises InputError."""
    return _network(env, arguments, _checked(env))


def build(env: Environment, network: models.Network, arguments: Mapping[str, str]) -> Build:
    """Return the build of `network`, with the options in `arguments`. Raises InputError."""
    checked = _checked(env)
    declared = _declared_sets(env, checked)
    command_line.check_options(
        {"model": network.model.name, **arguments}, list(kernels.override_options(declared)), queries()
    )
    return _build(env, network, arguments, checked, declared)


def save(env: Environment) -> None:
    """Keep what was found out about files, for the next build."""
    _checked(env).save()
    modules.of_project(str(state(env))).save()


def _network(env: Environment, arguments: Mapping[str, str], checked: Checked) -> models.Network:
    """Return the network that `arguments` name. Raises InputError."""
    named = Path(arguments["model"])
    is_described = named.suffix == ".toml"
    model, model_file, source = (
        _described(env, named, arguments, checked) if is_described else _find_model(env, arguments, checked)
    )
    require_result_name("model", model.name, model_file or source or "command line")
    _check_boards(env, model, model_file)
    model = given.with_samples(model, arguments, root(env), is_given=source is not None)
    found = models.Network(
        model,
        model_file,
        source and _relative(env, source),
        mode="",
        trust_model=arguments.get("trust_model"),
        fold_constant_channels=arguments.get("fold_constant_channels", command_line.YES_NO[0]),
        outside=_outside(env, arguments),
    )
    return network_types.in_types(found, arguments)


def _build(
    env: Environment,
    network: models.Network,
    arguments: Mapping[str, str],
    checked: Checked,
    declared: tuple[kernels.DeclaredSet, ...],
) -> Build:
    """Return the build of `network`, with the options in `arguments`. Raises InputError."""
    overrides = kernels.override_options(declared)
    limits = command_line.limits(arguments)
    _check_build_folder(env)
    declared = tuple(_of_checkout(env, found, arguments, checked) for found in declared)
    board_file = _relative(env, command_line.find_file("target", arguments["target"], board_files(env)))
    require_result_name("board", board_file.stem, board_file)
    activations = arguments.get("activations", "")
    if activations:
        from .activations import written  # not in every build

        board_file = _relative(env, written(env, board_file, activations))
    _check_metrics(limits, network.model, network.file)
    name = arguments.get("name", network.model.name)
    require_result_name("model", name, "command line", "name")
    sets = [kernel_set.name for kernel_set in declared]
    places = [Path(folder(env, place).abspath) for place in kernel_folders(env)]
    return Build(
        name=name,
        board=checked.board(board_file),
        board_file=board_file,
        network=network,
        limits=limits,
        described=described_limits(env, limits),
        sets=tuple(command_line.choose_sets(arguments.get("kernels"), sets)),
        kernel_sets=declared,
        headers=checked.headers(places) if any(found.generates for found in declared) else "",
        seeds=checked.seeds(places),
        overrides={key: arguments[key] for key in overrides if key in arguments},
        optimize=arguments.get("optimize", command_line.OBJECTIVES[0]),
        tune=arguments.get("tune", tuning.NONE),
        activations=activations,
        patches=arguments.get("patches", "yes" if arguments.get("optimize") == "ram" else "no") == "yes",
        trust=str(Trust.parse(arguments.get("trust", ""))),
        layer=arguments.get("layer", ""),
        placements=arguments.get("placements", "all"),
        project=project_text(arguments, os.environ),
        quality="quality" in arguments,
        history=arguments.get("history", ""),
        baseline=arguments.get("baseline", ""),
        tolerances=command_line.tolerances(arguments, network.model.metrics),
        on_board={key: arguments[key] for key in command_line.BOARD_OPTIONS if key in arguments},
        executor={key: arguments[key] for key in command_line.EXECUTOR_OPTIONS if key in arguments},
        variants=variants.of_report(env, network, checked),
        systems=command_line.choose_systems(arguments.get("export")),
    )


def described_limits(env: Environment, limits: Mapping[str, str]) -> str:
    """Return the SConscript that SCons reads, with those of `limits` that it sets; '' if the command line has all."""
    own = [key for key, value in limits.items() if ARGUMENTS.get(key) != value]
    return (
        f"{paths.from_top(env, call_stack[-1].sconscript.srcnode())}:{','.join(own)}"
        if own and call_stack
        else ""
    )


def _result_names(build: Build, arguments: Mapping[str, str]) -> list[str]:
    """Return names of the results of `build`; builds of one SConstruct need different ones.

    A type that is not the network's own is part of the name, so that results of both are there.
    """
    if "name" in arguments:
        return [build.name]
    other = network_types.other_type(build.network, arguments)
    first = f"{build.name}-{other}" if other else build.name
    keys = (key for key in (*_CHOOSING, *command_line.BUDGET_OPTIONS) if key != "quantize" or not other)
    chosen = [arguments[key] for key in keys if key in arguments]
    names = [first, *(["-".join([first, *chosen])] if chosen else [])]
    source = build.network.source
    if source is not None and (folder := source.parent.name):
        names += [f"{folder}-{name}" for name in names]
    return [re.sub(r"[^\w.+-]", "-", name, flags=re.ASCII) if name != build.name else name for name in names]


_made: dict[str, FirmwareNodes] = {}
"""Builds by the folder of their results: one that is requested again is not made again."""


class FirmwareNodes(Record):
    """Report, and published files, whose stage fails if a budget is exceeded."""

    made: firmware.SourceNodes
    report: Node
    published: list[Node]


def add_nodes(env: Environment, build: Build, of_board: Any = None, *, alone: bool = False) -> FirmwareNodes:
    """Add the nodes of `build`: those shared with other boards in `env`, the rest in `of_board` if given.

    A build that is `alone` compiles nothing before the network is known to fit the board.
    """
    place = f"{env['TINYML_BUILD']}/{build.board.name}/{build.name}"
    if place not in _made:
        files = (place, f"{place}/src", f"{place}/{build.name}")
        job = make_job(env, build, models.add_model(env, build.network), *files)
        nodes = of_board or env
        made = firmware.add_sources(nodes, job, alone=alone)
        judged = firmware.add_report(nodes, made, place)
        published = firmware.add_gate(nodes, judged, firmware.published_files(job))
        if COMPARE in queries():
            from .nodes import comparing  # not in every build

            comparing.add_comparison(nodes, judged, published, place, f"{build.board.name}/{build.name}")
        if WEB in queries():
            from .nodes import web  # not in every build

            web.add_page(nodes, made, judged, published, place)
        _made[place] = FirmwareNodes(made, judged.report, published)
    return _made[place]


def add_exports(env: Environment, build: Build, found: FirmwareNodes) -> list[Node]:
    """Add the exports of `build`, whose other nodes are `found`, and return their manifests."""
    if not build.systems:
        return []
    from .nodes import exporting  # not in every build

    return exporting.add_exports(env, found.made, build.systems, found.report, found.published)


def make_job(
    env: Environment,
    build: Build,
    model: models.ModelNodes,
    folder: str,
    sources: str,
    published: str,
    arena: str = "own",
) -> Job:
    """Return the job of `build`: results in `folder`, C code in `sources`, published files `published`.elf, ..."""
    sets = kernels.add_kernel_sets(env, build.kernel_sets, build.board, build.overrides)
    return Job(build, model, sets, env["TINYML_BUILD"], folder, sources, published, arena)


def override_options(env: Environment) -> dict[str, str]:
    """Return the options that replace external sources of a kernel set, with their help texts."""
    return kernels.override_options(_declared_sets(env, _checked(env)))


def board_files(env: Environment) -> dict[str, Path]:
    """Return the board descriptors by name."""
    return resources.find_in("boards", env["TINYML_BOARDS"])


def model_files(env: Environment) -> dict[str, Path]:
    """Return the model descriptors by name."""
    return resources.find_in("models", env["TINYML_MODELS"])


def _checked(env: Environment) -> Checked:
    return _checked_in(str(state(env)))


@cache
def _checked_in(state: str) -> Checked:
    return Checked(Path(state, FILE), modules.of_project(state))


def _declared_sets(env: Environment, checked: Checked) -> tuple[kernels.DeclaredSet, ...]:
    names = kernel_folders(env)
    folders = [Path(folder(env, name).abspath) for name in names]
    for name, place in zip(names, folders, strict=True):
        if not place.is_dir():
            raise InputError(f"no such folder: {name}", where="SConstruct", key="TINYML_KERNELS")
    places = (_relative(env, place) for place in resources.find_in("kernels", folders).values())
    return tuple(kernels.DeclaredSet.read(place, folders, checked) for place in places)


def _check_build_folder(env: Environment) -> None:
    results = text(env, "TINYML_BUILD")
    saying = f"TINYML_BUILD={os.path.realpath(root(env) / results)!r} in the SConstruct"
    require_inside(root(env), results, saying)


def _of_checkout(
    env: Environment, kernel_set: kernels.DeclaredSet, arguments: Mapping[str, str], checked: Checked
) -> kernels.DeclaredSet:
    """Return `kernel_set` for the checkout that `arguments` name, if they name one.

    Raises InputError for a checkout that lacks headers or sources that the set needs, or of an unknown revision.
    """
    external = kernel_set.declaration.external
    if external is None or external.override_option not in arguments:
        return kernel_set
    checkout = arguments[external.override_option]
    headers = [external.revisions.header] if external.revisions else kernel_set.declaration.external_headers

    def require(names: Sequence[str]) -> None:
        for name in names:
            if not Path(file(env, f"{checkout}/{name}").abspath).is_file():
                raise InputError(
                    f"{checkout} has no {name}, which {kernel_set.name} is compiled from",
                    where="command line",
                    key=external.override_option,
                )

    require(headers)
    found = kernel_set.of_checkout(Path(folder(env, checkout).abspath), checked)
    require(found.external_sources)
    return found


def _find_model(
    env: Environment, arguments: Mapping[str, str], checked: Checked
) -> tuple[Any, Path | None, Path | None]:
    """Return the model, its model.toml and its network file, None for those it lacks. Raises InputError."""
    top, named = root(env), arguments["model"]
    path = top / named
    found = network_file(path)
    if found is not None:
        if not paths.is_made(env, found):
            if not found.exists():
                raise InputError(f"no such file: {named}", where="command line", key="model")
            check_source(found)
        name = found.parent.name if found.name == SAVED_MODEL else found.stem
        return given.named(name), None, found
    known = model_files(env)
    name, variant = split_reference(named) if not path.exists() else (named, "")
    check_name(name, top / name, known, env["TINYML_MODELS"])
    described = _relative(env, command_line.find_file("model", name, known))
    return _described(env, described, arguments, checked, variant)


def _is_named(env: Environment, text: str) -> bool:
    """Return whether `text` is the name of a model of the project, or of a variant of one."""
    return split_reference(text)[0] in model_files(env)


def _described(
    env: Environment, described: Path, arguments: Mapping[str, str], checked: Checked, variant: str = ""
) -> tuple[Any, Path, Path | None]:
    """Return the model in `described`, a model.toml, and its network file if it has one. Raises InputError."""
    top = root(env)
    model = checked.model(described, variant)
    outside = _outside(env, arguments)
    data.check_paths(model, described, top, outside)
    if model.source is None:
        key = "training.network" if model.training else "random_weights.network"
        script = (model.training or model.random_weights).network
        network = locate(script, Path(top, described).parent, where=described, key=key, project=top)
        if not network.is_file():
            raise InputError(f"no such file: {described.parent / script}", where=described, key=key)
        return model, described, None
    found = locate(
        model.source, Path(top, described).parent, where=described, key="source", project=top, outside=outside
    )
    source = network_file(found.resolve())
    if source is None or not source.exists():
        raise InputError(
            f"'{model.source}' is not an existing {KINDS}, nor a SavedModel",
            where=described,
            key="source",
            hint=hint_for(found),
        )
    check_source(source)
    return model, described, source


def _outside(env: Environment, arguments: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders that paths of a model.toml may lead to, besides the project."""
    return tuple(root(env) / name for name in arguments.get("outside", "").split(",") if name)


def _check_metrics(limits: Mapping[str, str], model: Any, model_file: Path | None) -> None:
    """Raise InputError for a limit on a metric of a model that has no labelled samples, or not this metric."""
    for key in command_line.METRIC_OPTIONS:
        if not given.is_labelled(model) and (key in limits or model.budgets.get(key)):
            raise InputError(
                f"{model.name} has no labelled samples, and so no {key.partition('_')[0]} that could be limited",
                where="command line" if key in limits else model_file,
                key=key if key in limits else f"budgets.{key}",
                hint="test=FILE names some for a network that is given; or describe it in a model.toml with [dataset]",
            )
    for key, name in command_line.limited_metrics(limits).items():
        if name not in model.metrics:
            problem = f"{model.name} has no metric {name!r}; {did_you_mean(name, model.metrics)}"
            raise InputError(problem, where="command line", key=key)


def _check_boards(env: Any, model: Any, model_file: Path | None) -> None:
    """Raise InputError for budgets of `model` on an unknown board."""
    known = board_files(env)
    for name in model.budgets.get("boards", {}):
        if name not in known:
            problem = f"unknown board; {did_you_mean(name, known)}"
            raise InputError(problem, where=model_file, key=f"budgets.boards.{name}")


def _relative(env: Environment, path: Path) -> Path:
    project = root(env)
    return path.relative_to(project) if path.is_relative_to(project) else path
