"""Scope of `scons -c`: the results of a model on a board, but no measurements and nothing shared."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from SCons.Script import GetOption

from ..paths import file, folder


def keep_shared(env: Any, nodes: Iterable[Any]) -> None:
    """Keep those of `nodes` that several boards, or several models on one board, share."""
    if not GetOption("clean"):
        return
    root = Path(folder(env, env["TINYML_BUILD"]).abspath)
    for node in nodes:
        path = Path(node.abspath)
        place = path.relative_to(root).parts if path.is_relative_to(root) else ("",)
        if place[0] == "common" or "board" in place[1:2]:
            env.NoClean(node)


def remove_results(env: Any, node: Any, place: str) -> None:
    """Remove `place` with `node`, including answers to queries, unless it has the cost database in it."""
    if not GetOption("clean"):
        return
    results, costs = Path(folder(env, place).abspath), Path(file(env, env["TINYML_COSTS"]).abspath)
    if not costs.is_relative_to(results):
        env.Clean(node, folder(env, place))
