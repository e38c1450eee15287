"""Construction environment of the nodes of a build: compiler found, paths settled, turn taken."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from SCons.Script import GetOption

from scons_tinyml import resources
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.stages.firmware.programs import MEMORY, find_companion
from scons_tinyml.stages.firmware.toolchain import Toolchain, find_toolchain

from . import paths
from .dependencies import contents
from .dependencies.facts import FILE
from .lifecycle import places, session
from .nodes import kernels


def settle(env: Any, arguments: Mapping[str, str], overrides: Mapping[str, str]) -> Any:
    """Wait for this build's turn, and return the environment of its nodes. Raises EnvironmentProblem."""
    _use_all_processors(env)
    state = paths.state(env)
    toolchain = _toolchain(env["TINYML_CC"], state / MEMORY.name)
    _take_turn(paths.root(env), paths.text(env, "TINYML_STATE"), paths.text(env, "TINYML_BUILD"))
    made = paths.settled(
        env,
        TINYML_CC=toolchain.path,
        TINYML_AR=find_companion(toolchain.path, "gcc-ar"),
        TINYML_CC_IDENTITY=toolchain.identity,
        TINYML_TOOLCHAIN=toolchain,
        ENV={**env["ENV"], resources.STATE: str(state)},
    )
    contents.begin(state)
    made.Decider(contents.decide)
    if "costs" in arguments:
        made["TINYML_COSTS"] = arguments["costs"]
    made["TINYML_PREFIX_MAPS"] = kernels.prefix_maps(made, overrides)
    costs = made["TINYML_COSTS"]
    places.require_inside(paths.root(env), costs, f"costs={os.path.realpath(paths.root(env) / costs)}")
    if "cache" in arguments:
        places.use_cache(made, arguments["cache"])
    return made


def _use_all_processors(env: Any) -> None:
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


@cache
def _toolchain(compiler: str, memory: Path) -> Toolchain:
    """Return the compiler, which is looked at once for all builds of an SConstruct."""
    return find_toolchain(compiler, memory)
