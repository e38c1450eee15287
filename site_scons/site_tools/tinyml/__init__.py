"""SCons tool that turns a neural network into checked firmware for a microcontroller.

    env = Environment(tools=["tinyml"])
    env.TinymlFirmware(target="stm32l1", model="catdetector", flash="48KiB")

Construction variables:
    TINYML_BUILD    folder of all results; default: the environment variable TINYML_BUILD, else 'build'
    TINYML_STATE    folder of all else that is kept between builds; default: the environment variable, else '.tinyml'.
                    Elsewhere, it has SCons's signatures too, so that nothing is written beside the SConstruct
    TINYML_BOARDS   folders of board descriptors; of two boards with one name, the first wins
    TINYML_MODELS   folders of models
    TINYML_KERNELS  folder of the kernel sets
    TINYML_COSTS    cost database, default costs.sqlite3 in TINYML_STATE: cleaning loses no measurement
    TINYML_CC       compiler
    TINYML_QUERIES  queries on the command line, such as 'matrix', in place of a build
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .lifecycle import isolation

isolation.search_project_last()  # before anything of ours is imported

from .lifecycle import failing, session  # noqa: E402

session.follow()  # first, as Ctrl-C may come while the rest is imported
with failing.reported():
    from SCons.Script import GetOption

    from scons_tinyml import resources
    from scons_tinyml.records.errors import TinymlError
    from scons_tinyml.stages import lifeline
    from scons_tinyml.stages.firmware.programs import MEMORY, companion, find_companion
    from scons_tinyml.stages.firmware.toolchain import COMPILER, find_toolchain

    from . import job, paths
    from .commandline import command_line
    from .commandline.queries import MATRIX, queries
    from .dependencies import modules
    from .dependencies.facts import FILE
    from .lifecycle import places
    from .nodes import kernels

if TYPE_CHECKING:
    from .scons import Environment


def generate(env: Environment) -> None:
    """Add the construction variables and the two methods to `env`."""
    with failing.reported():
        session.refuse_options()
        _add(env)


def _add(env: Any) -> None:
    root = paths.root(env)
    shipped = _from_root(resources.folders("kernels", root)[0], root)
    env.SetDefault(
        TINYML_BUILD=paths.unsubstituted(str(resources.results_folder())),
        TINYML_STATE=paths.unsubstituted(str(resources.state_folder())),
        TINYML_BOARDS=resources.folders("boards", root),
        TINYML_MODELS=resources.folders("models", root),
        TINYML_KERNELS=paths.unsubstituted(shipped),
        TINYML_COSTS=paths.COSTS,
        TINYML_CC=COMPILER,
        TINYML_AR=companion(COMPILER, "gcc-ar"),
    )
    env["TINYML_QUERIES"] = queries()
    env["ENV"] = {**os.environ, "PYTHONPATH": _python_path(), lifeline.VARIABLE: str(os.getpid())}
    env.AddMethod(_firmware, "TinymlFirmware")
    env.AddMethod(_overview, "TinymlOverview")


def exists(env: Environment) -> bool:
    """Return whether the compiler is installed, which the tool needs."""
    return bool(env.WhereIs(env.get("TINYML_CC", COMPILER)))


def _firmware(env: Environment, **arguments: str) -> list[Any]:
    """Return the published files of a model on a board, or for `scons matrix` its reports on all boards.

    `arguments` are the options of the command line.
    """
    with failing.reported():
        return _nodes(env, arguments)


def _nodes(env: Any, arguments: Mapping[str, str]) -> list[Any]:
    if MATRIX in queries():
        from . import matrix  # not in every build

        found = matrix.builds(env, arguments)
        return matrix.add_nodes(_of_builds(env, arguments, matrix.overrides(found)), found)
    builds = job.prepare(env, arguments)
    env = _of_builds(env, arguments, builds[0].overrides)
    nodes: list[Any] = []
    for build in builds:
        nodes = job.add_nodes(env, build, alone=len(builds) == 1).published
        session.begin(
            [] if queries() else nodes,
            f"{env['TINYML_BUILD']}/{build.board.name}/{build.model.name}/report.json",
        )
    modules.of_project(str(paths.state(env))).save()
    return nodes


def _of_builds(env: Environment, arguments: Mapping[str, str], overrides: Mapping[str, str]) -> Any:
    """Wait for this build's turn, and return the environment of its nodes. Raises EnvironmentProblem."""
    _use_all_processors(env)
    state = paths.state(env)
    toolchain = find_toolchain(env["TINYML_CC"], state / MEMORY.name)
    _take_turn(paths.root(env), paths.text(env, "TINYML_STATE"), paths.text(env, "TINYML_BUILD"))
    made = paths.settled(
        env,
        TINYML_CC=toolchain.path,
        TINYML_AR=find_companion(toolchain.path, "gcc-ar"),
        TINYML_CC_IDENTITY=toolchain.identity,
        TINYML_TOOLCHAIN=toolchain,
        ENV={**env["ENV"], resources.STATE: str(state)},
    )
    if "costs" in arguments:
        made["TINYML_COSTS"] = arguments["costs"]
    made["TINYML_PREFIX_MAPS"] = kernels.prefix_maps(made, overrides)
    costs = made["TINYML_COSTS"]
    places.require_inside(paths.root(env), costs, f"costs={os.path.realpath(paths.root(env) / costs)}")
    if "cache" in arguments:
        places.use_cache(made, arguments["cache"])
    return made


def _use_all_processors(env: Environment) -> None:
    """Set as many jobs as there are processors, unless the project or -j sets a number."""
    if env.GetOption("num_jobs") == 1:
        env.SetOption("num_jobs", len(os.sched_getaffinity(0)))


def _take_turn(root: Path, state: str, results: str) -> None:
    """Wait for the turn. Raises OSError or TinymlError if a folder cannot be written, except with -n."""
    folder = root / state
    try:
        if state != resources.STATE_DEFAULT:
            places.keep_signatures(folder)
        else:
            places.require_folder(root, str(root), places.ELSEWHERE)
        for name in (state, results):
            places.require_folder(root / name, name)
            places.require_room(root / name, name)
        for name in (FILE, session.LOCK):
            places.require_inside(root, str(folder / name), f"TINYML_STATE={os.path.realpath(folder)}")
        session.wait_for_turn(folder)
        places.require_signatures(root)
    except (OSError, TinymlError):
        if not GetOption("no_exec"):
            raise


def _overview(env: Environment) -> str:
    """Return the text of `scons -h`, and of `scons` without arguments: boards, models and options."""
    with failing.reported():
        overrides = job.override_options(env)
        return command_line.overview(sorted(job.board_files(env)), sorted(job.model_files(env)), overrides)


def _python_path() -> str:
    """Return PYTHONPATH for children: this package first. An empty entry would stand for the working folder."""
    here = str(Path(resources.__file__).parents[1])
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(filter(None, (here, *given)))


def _from_root(path: Path, root: Path) -> str:
    """Return `path` relative to `root` if it is below: signatures do not depend on the checkout's place."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
