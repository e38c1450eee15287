"""Short form of a firmware: `env.TinymlFirmware(target="stm32l1", model="catdetector")`, as on the command line.

With `sources=`, or a list in `model=`, it is a call of the builder with these sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SCons.Util import flatten

from .. import environment, job, paths
from ..commandline.queries import EXPLORE, MATRIX, WEB, queries
from ..lifecycle import failing, session
from ..nodes import shared
from .base import Builder, options, variable


class Either:
    """Method of the environment that takes the options of the command line, or is called as `builder`."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self.__name__ = builder.__name__

    def __call__(self, env: Any, *arguments: Any, **named: Any) -> list[Any]:
        """Return the published files of a model on a board, or for `scons matrix` its reports on all boards."""
        if arguments or "source" in named:
            return self._builder(env, *arguments, **named)
        if "sources" in named or isinstance(named.get("model"), list | tuple):
            return self._of_sources(env, **named)
        with failing.reported():
            given = job.from_sconscript(env, options(env) | named)
            with paths.at_top(env):
                return _nodes(env, given)

    def _of_sources(
        self, env: Any, *, target: str = "", model: Any = (), sources: Any = (), name: str = "", **named: Any
    ) -> list[Any]:
        """Return the published files of an image with `sources` and the networks `model`, by name, path or node."""
        with failing.reported():
            known = job.model_files(env)
            networks = [known.get(one, one) if isinstance(one, str) else one for one in flatten(model)]
            name = name or "-".join(paths.stem(env, one) for one in networks)
            results = paths.text(env, "TINYML_BUILD")
            owner = (target, tuple(map(str, networks)), tuple(map(str, flatten(sources))), str(named))
            name = shared.claim(f"{results}/{target}", [name, f"{name}-app"], owner)
        overrides = {variable(option): value for option, value in named.items()} | {
            variable("target"): target
        }
        image = f"#{results}/{target}/{name}/{name}.elf"
        return self._builder(env, image, [*networks, *flatten(sources)], **overrides)


def _nodes(env: Any, arguments: Mapping[str, str]) -> list[Any]:
    if MATRIX in queries():
        from .. import matrix  # not in every build

        found = matrix.builds(env, arguments)
        return matrix.add_nodes(environment.settle(env, arguments, matrix.overrides(found)), found)
    if EXPLORE in queries():
        from .. import explore  # not in every build

        return explore.begin(env, arguments)
    if WEB in queries() and "target" not in arguments:
        from ..nodes import web  # not in every build

        network = job.prepare_network(env, arguments)
        return web.add_page_alone(environment.settle(env, arguments, {}), network)
    builds = job.prepare(env, arguments)
    env = environment.settle(env, arguments, builds[0].overrides)
    nodes: list[Any] = []
    for build in builds:
        made = job.add_nodes(env, build, alone=len(builds) == 1)
        nodes = [*made.published, *job.add_exports(env, build, made)]
        session.begin(
            [] if queries() else nodes,
            f"{env['TINYML_BUILD']}/{build.board.name}/{build.name}/report.json",
        )
    job.save(env)
    return nodes
