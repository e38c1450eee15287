"""Translation of the options of a command line into the nodes of a build."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Script import ARGUMENTS

from scons_tinyml import resources
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.file_names import require_result_name
from scons_tinyml.records.network_source import SAVED_MODEL, check_source
from scons_tinyml.records.paths import locate
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.trust import Trust

from .commandline import command_line
from .commandline.naming import KINDS, check_name, network_file
from .commandline.queries import queries
from .dependencies import modules
from .dependencies.facts import FILE, Checked, Facts
from .lifecycle.places import require_folder, require_inside
from .nodes import data, firmware, given, kernels, models
from .nodes.build import Build
from .paths import file, folder, root, text

if TYPE_CHECKING:
    from .scons import Environment

_GIVEN = Facts(
    task="none",
    signature=None,
    input=None,
    dataset=None,
    metrics=Facts(accuracy=Facts(function="accuracy", better=None)),
    random_weights=None,
    quantization={},
    budgets={},
)
"""Record of a network that is given as a file, without a model.toml."""


def prepare(env: Environment, arguments: Mapping[str, str]) -> list[Build]:
    """Check `arguments` and read the files that they name. Raises InputError, before anything is built.

    Return one build, or one for each model of the project if `arguments` name no model and need none.
    """
    checked = _checked(env)
    declared = _declared_sets(env, checked)
    command_line.check_options(arguments, list(kernels.override_options(declared)), queries())
    command_line.check_used((name for name in ARGUMENTS if name in arguments), queries())
    names = [arguments["model"]] if "model" in arguments else sorted(model_files(env))
    if not names:
        raise InputError("this project has no models", where="command line", key="model")
    builds = [_prepare(env, {**arguments, "model": name}, checked, declared) for name in names]
    checked.save()
    return builds


def _prepare(
    env: Environment,
    arguments: Mapping[str, str],
    checked: Checked,
    declared: tuple[kernels.DeclaredSet, ...],
) -> Build:
    overrides = kernels.override_options(declared)
    limits = command_line.limits(arguments)
    _check_build_folder(env)
    _check_overrides(env, declared, arguments)
    board_file = _relative(env, command_line.find_file("target", arguments["target"], board_files(env)))
    model, model_file, source = _find_model(env, arguments, checked)
    model = given.with_samples(model, arguments, root(env), is_given=source is not None)
    require_result_name("board", board_file.stem, board_file)
    require_result_name("model", model.name, model_file or source or "command line")
    _check_metrics(limits, model, model_file)
    _check_boards(env, model, model_file)
    sets = [kernel_set.name for kernel_set in declared]
    return Build(
        board=checked.board(board_file),
        board_file=board_file,
        model=model,
        model_file=model_file,
        source=source and _relative(env, source),
        mode=_mode(arguments.get("quantize"), model, source),
        limits=limits,
        sets=tuple(command_line.choose_sets(arguments.get("kernels"), sets)),
        kernel_sets=declared,
        overrides={key: arguments[key] for key in overrides if key in arguments},
        optimize=arguments.get("optimize", command_line.OBJECTIVES[0]),
        trust=str(Trust.parse(arguments.get("trust", ""))),
        layer=arguments.get("layer", ""),
        placements=arguments.get("placements", "all"),
        trust_model=arguments.get("trust_model"),
        outside=_outside(env, arguments),
        on_board={key: arguments[key] for key in command_line.BOARD_OPTIONS if key in arguments},
    )


def add_nodes(
    env: Environment, build: Build, of_board: Any = None, *, alone: bool = False
) -> firmware.FirmwareNodes:
    """Add the nodes of `build`: those shared with other boards in `env`, the rest in `of_board` if given.

    A build that is `alone` compiles nothing before the network is known to fit the board.
    """
    nodes = models.add_model(
        env, build.model, build.model_file, build.source, build.mode, build.trust_model, build.outside
    )
    sets = kernels.add_kernel_sets(env, build.kernel_sets, build.board, build.overrides)
    return firmware.add_firmware(of_board or env, build, nodes, sets, alone=alone)


def override_options(env: Environment) -> dict[str, str]:
    """Return the options that replace external sources of a kernel set, with their help texts."""
    return kernels.override_options(_declared_sets(env, _checked(env)))


def board_files(env: Environment) -> dict[str, Path]:
    """Return the board descriptors by name."""
    return resources.find_in("boards", env["TINYML_BOARDS"])


def model_files(env: Environment) -> dict[str, Path]:
    """Return the model descriptors by name."""
    return resources.find_in("models", env["TINYML_MODELS"])


def kernel_folders(env: Environment) -> list[Path]:
    """Return the folders of the kernel sets, sorted by name."""
    kernels_folder = Path(folder(env, text(env, "TINYML_KERNELS")).abspath)
    return sorted(path.parent for path in kernels_folder.glob("*/set.toml"))


def _checked(env: Environment) -> Checked:
    return _checked_in(str(root(env)))


@cache
def _checked_in(root: str) -> Checked:
    return Checked(Path(root, FILE), modules.of_project(root))


def _declared_sets(env: Environment, checked: Checked) -> tuple[kernels.DeclaredSet, ...]:
    folders = (_relative(env, folder) for folder in kernel_folders(env))
    return tuple(kernels.DeclaredSet.read(folder, checked) for folder in folders)


def _check_build_folder(env: Environment) -> None:
    results = text(env, "TINYML_BUILD")
    saying = f"TINYML_BUILD={os.path.realpath(root(env) / results)!r} in the SConstruct"
    require_inside(root(env), results, saying)
    require_folder(root(env) / results, results)


def _check_overrides(
    env: Environment, sets: Sequence[kernels.DeclaredSet], arguments: Mapping[str, str]
) -> None:
    """Raise InputError for a checkout that lacks headers or sources that a set in `sets` needs."""
    for kernel_set in sets:
        external = kernel_set.declaration.external
        if external is None or external.override_option not in arguments:
            continue
        checkout = arguments[external.override_option]
        for name in (*kernel_set.declaration.external_headers, *kernel_set.external_sources):
            if not Path(file(env, f"{checkout}/{name}").abspath).is_file():
                raise InputError(
                    f"{checkout} has no {name}, which {kernel_set.name} is compiled from",
                    where="command line",
                    key=external.override_option,
                )


def _find_model(
    env: Environment, arguments: Mapping[str, str], checked: Checked
) -> tuple[Any, Path | None, Path | None]:
    """Return the model, its model.toml and its network file, None for those it lacks. Raises InputError."""
    top, named = root(env), arguments["model"]
    path = top / named
    network = network_file(path)
    if network is not None:
        if not network.exists():
            raise InputError(f"no such file: {named}", where="command line", key="model")
        check_source(network)
        name = network.parent.name if network.name == SAVED_MODEL else network.stem
        return Facts(_GIVEN, name=name), None, network
    known = model_files(env)
    check_name(named, path, known, env["TINYML_MODELS"])
    described = _relative(env, command_line.find_file("model", named, known))
    model = checked.model(described)
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


def _mode(option: str | None, model: Any, source: Path | None) -> str:
    """Return 'given' for a network used as it is, else 'int8' or 'float'. Raises InputError."""
    default = str(model.quantization.get("mode", "int8"))
    if source is not None and source.suffix in models.AS_THEY_ARE:
        if given.has_representative(model):
            return option or default
        if option is not None:
            raise InputError(
                f"{source.name} is used as it is: a {source.suffix} is not quantized again",
                where="command line",
                key="quantize",
                hint=f"representative=FILE names samples, with which a float {source.suffix} becomes int8",
            )
        return "given"
    if source is not None and not given.is_quantized(model):
        if option == "int8":
            raise InputError(
                f"{source.name} cannot be quantized without representative samples",
                where="command line",
                key="quantize",
                hint="representative=FILE names some; or describe it in a model.toml with source and [dataset], "
                "or give an int8 .tflite",
            )
        return "float"
    return option or default


def _relative(env: Environment, path: Path) -> Path:
    project = root(env)
    return path.relative_to(project) if path.is_relative_to(project) else path
