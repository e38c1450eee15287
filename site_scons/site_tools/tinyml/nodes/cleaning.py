"""What `scons -c` removes: the results of a model on a board, and nothing that was measured or serves other builds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from SCons.Script import GetOption


def keep_shared(env: Any, nodes: Iterable[Any]) -> None:
    """Leave those of `nodes` that other builds need as well: of all boards, or of all models on one."""
    if not GetOption("clean"):
        return
    root = Path(env.Dir("$TINYML_BUILD").abspath)
    for node in nodes:
        place = Path(node.abspath).relative_to(root).parts
        if place[0] == "common" or place[1] == "board":
            env.NoClean(node)


def remove_results(env: Any, node: Any, folder: str) -> None:
    """Remove all of `folder` with `node`, answers to questions among it, unless the cost database is in there."""
    if not GetOption("clean"):
        return
    results, costs = Path(env.Dir(folder).abspath), Path(env.File("$TINYML_COSTS").abspath)
    if not costs.is_relative_to(results):
        env.Clean(node, env.Dir(folder))
