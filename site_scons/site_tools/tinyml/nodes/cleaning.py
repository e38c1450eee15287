"""Removal of results: the scope of `scons -c`, no measurements and nothing shared, and images without their report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import SCons.Node
from SCons.Script import GetOption

from ..lifecycle import session
from ..paths import file, folder

if TYPE_CHECKING:
    from ..scons import Node


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


def withdraw_with(report: Node, published: Sequence[Node]) -> None:
    """Have images that an earlier build `published` removed at the end, unless `report` is still theirs."""
    session.at_end(lambda _: _withdraw(report, published))


def _withdraw(report: Node, published: Sequence[Node]) -> None:
    if not session.builds_nothing() and report.get_state() != SCons.Node.up_to_date:
        for node in published:
            Path(node.abspath).unlink(missing_ok=True)
