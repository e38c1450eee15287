"""Scope of `scons -c`: the results of a model on a board, but no measurements and nothing shared."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from SCons.Script import GetOption


def keep_shared(env: Any, nodes: Iterable[Any]) -> None:
    """Keep those of `nodes` that several boards, or several models on one board, share."""
    if not GetOption("clean"):
        return
    root = Path(env.Dir("$TINYML_BUILD").abspath)
    for node in nodes:
        place = Path(node.abspath).relative_to(root).parts
        if place[0] == "common" or place[1] == "board":
            env.NoClean(node)


def remove_results(env: Any, node: Any, folder: str) -> None:
    """Remove `folder` with `node`, including answers to queries, unless it has the cost database in it."""
    if not GetOption("clean"):
        return
    results, costs = Path(env.Dir(folder).abspath), Path(env.File("$TINYML_COSTS").abspath)
    if not costs.is_relative_to(results):
        env.Clean(node, env.Dir(folder))
