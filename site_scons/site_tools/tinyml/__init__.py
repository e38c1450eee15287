"""SCons tool that turns a neural network into checked firmware for a microcontroller.

    env = Environment(tools=["tinyml"])
    env.TinymlFirmware(target="stm32l1", model="catdetector", flash="48KiB")

Construction variables:
    TINYML_BUILD    folder of all results; default: the environment variable TINYML_BUILD, else 'build'
    TINYML_STATE    folder of all else that is kept between builds; default: the environment variable, else '.tinyml'.
                    Elsewhere, it has SCons's signatures too, so that nothing is written beside the SConstruct
    TINYML_BOARDS   folders of board descriptors; of two boards with one name, the first wins
    TINYML_MODELS   folders of models
    TINYML_KERNELS  folders of kernel sets, or one, before the shipped one; of two sets with one name, the first wins
    TINYML_COSTS    cost database, default costs.sqlite3 in TINYML_STATE: cleaning loses no measurement
    TINYML_CC       compiler
    TINYML_QUERIES  queries on the command line, such as 'matrix', in place of a build
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .lifecycle import isolation

isolation.search_project_last()  # before anything of ours is imported

from .lifecycle import failing, session  # noqa: E402

session.follow()  # first, as Ctrl-C may come while the rest is imported
with failing.reported():
    from SCons.Script import ARGUMENTS

    from scons_tinyml import resources
    from scons_tinyml.records.wrapping import use_wide_lines
    from scons_tinyml.stages import lifeline
    from scons_tinyml.stages.firmware.programs import companion
    from scons_tinyml.stages.firmware.toolchain import COMPILER

    from . import builders, job, paths
    from .commandline import command_line
    from .commandline.queries import queries

if TYPE_CHECKING:
    from .scons import Environment


def generate(env: Environment) -> None:
    """Add the construction variables and the two methods to `env`."""
    with failing.reported():
        session.refuse_options()
        _add(env)


def _add(env: Any) -> None:
    root = paths.root(env)
    env.SetDefault(
        TINYML_BUILD=paths.unsubstituted(str(resources.results_folder())),
        TINYML_STATE=paths.unsubstituted(str(resources.state_folder())),
        TINYML_BOARDS=resources.folders("boards", root),
        TINYML_MODELS=resources.folders("models", root),
        TINYML_KERNELS=[paths.unsubstituted(str(path)) for path in resources.folders("kernels", root)],
        TINYML_COSTS=paths.COSTS,
        TINYML_CC=COMPILER,
        TINYML_AR=companion(COMPILER, "gcc-ar"),
    )
    env["TINYML_QUERIES"] = queries()
    if ARGUMENTS.get("wide") == "yes":
        use_wide_lines()
    env["ENV"] = {**os.environ, "PYTHONPATH": _python_path(), lifeline.VARIABLE: str(os.getpid())}
    for name, builder in builders.BUILDERS.items():
        env.AddMethod(builder, name)
    env.AddMethod(_overview, "TinymlOverview")


def exists(env: Environment) -> bool:
    """Return whether the compiler is installed, which the tool needs."""
    return bool(env.WhereIs(env.get("TINYML_CC", COMPILER)))


def _overview(env: Environment) -> str:
    """Return the text of `scons -h`, and of `scons` without arguments: boards, models and options."""
    with failing.reported(), paths.at_top(env):
        overrides = job.override_options(env)
        return command_line.overview(sorted(job.board_files(env)), sorted(job.model_files(env)), overrides)


def _python_path() -> str:
    """Return PYTHONPATH for children: this package first. An empty entry would stand for the working folder."""
    here = str(Path(resources.__file__).parents[1])
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(filter(None, (here, *given)))
