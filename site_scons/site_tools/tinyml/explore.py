"""`scons explore target=A,B model=M`: checks what is asked, and becomes the program that explores.

It is a process of its own, which begins builds of this project: two of SCons at once would wait for each other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from SCons.Script import ARGUMENTS

from scons_tinyml.explore.request import ExploreRequest
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.tuning import parse_time
from scons_tinyml.stages import lifeline
from scons_tinyml.stages.request import arguments as words_of

from . import job, paths
from .commandline.command_line import EXECUTOR_OPTIONS, EXPLORING, LEAST
from .commandline.queries import EXPLORE
from .lifecycle import session
from .nodes import variants

if TYPE_CHECKING:
    from .nodes.build import Build
    from .scons import Environment

PROGRAM = "scons_tinyml.explore"
_OWN = (*EXPLORING, *EXECUTOR_OPTIONS, "target", "model", "name")
"""Options that a build of a point does not get."""
_DEFAULT_TRIALS = 24


def begin(env: Environment, arguments: Mapping[str, str]) -> list[Any]:
    """Check `arguments`, and explore, unless SCons builds nothing. Raises InputError."""
    rest = {key: value for key, value in arguments.items() if key not in EXPLORING}
    targets = arguments.get("target", "").split(",")
    builds = [build for name in targets for build in job.prepare(env, {**rest, "target": name})]
    _check(builds[0])
    request = _request(env, arguments, builds)
    job.save(env)
    env.Alias(EXPLORE, [])
    if not session.builds_nothing():
        _explore(env, request)
    return []


def _check(build: Build) -> None:
    network = build.network
    if network.file is None or network.model.training is None:
        raise InputError(
            "explore trains variants, and this network is given", where="command line", key="model"
        )
    if network.model.variant:
        raise InputError(
            f"explore takes the whole model, and not its variant {network.model.variant}",
            where="command line",
            key="model",
            hint=f"model={network.file.parent.name}",
        )


def _request(env: Any, arguments: Mapping[str, str], builds: list[Build]) -> ExploreRequest[Path]:
    build = builds[0]
    assert build.network.file is not None
    numbers: dict[str, Any] = {key: int(arguments[key]) for key in LEAST if key in arguments}
    seconds = parse_time(arguments["budget"]) if "budget" in arguments else 0.0
    numbers.setdefault("trials", 0 if seconds else _DEFAULT_TRIALS)
    return ExploreRequest(
        model=build.network.file,
        boards=tuple(one.board_file for one in builds),
        build=Path(paths.text(env, "TINYML_BUILD")),
        seconds=seconds,
        limits=" ".join(f"{key}={value}" for key, value in build.limits.items()),
        made_of=variants.made_of(build) if build.variants else "",
        outside=build.network.outside,
        out=arguments.get("out", ""),
        arguments=tuple(f"{key}={value}" for key, value in ARGUMENTS.items() if key not in _OWN),
        **numbers,
        **build.executor,
    )


def _explore(env: Any, request: ExploreRequest[Path]) -> NoReturn:
    """Replace this process by the exploration."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(paths.root(env))
    words = [sys.executable, "-P", "-m", PROGRAM, *words_of(request)]
    own = {name: value for name, value in env["ENV"].items() if name != lifeline.VARIABLE}
    os.execve(sys.executable, words, own)
