"""Nodes of `scons compare baseline=B`: the comparison of a report with an earlier one, which may have to be built."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Script import ARGUMENTS

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.gate.requests import BaselineRequest, CompareRequest

from ..commandline.queries import COMPARE
from ..dependencies import signatures
from ..paths import file, root
from . import cleaning
from .firmware import ReportNodes
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

_NOT_OF_THE_BASELINE = (
    *("baseline", "tolerances", "history", "costs", "cache", "commit", "dirty", "built", "wide"),
)
"""Options that a build of the baseline does not get, or gets with other values."""


_compared: set[Any] = set()
"""Reports that are compared already; several gates may publish parts of one image."""


def add_comparison(
    env: Environment, judged: ReportNodes, published: Sequence[Node], place: str, results: str
) -> None:
    """Add the comparison of the report `judged` in `place`, once. Raises InputError for no report and no commit.

    `results` is the end of its folder, by which the report of a revision is found.
    """
    cleaning.withdraw_with(judged.report, published)
    if judged.report in _compared:
        return
    _compared.add(judged.report)
    build = judged.job.build
    model = build.network.file if len(judged.headers) == 1 else None
    request = CompareRequest(
        report=judged.report,
        baseline=_baseline(env, build.baseline, place, results),
        comparison=f"{place}/comparison.json",
        summary=f"{place}/comparison.md",
        page=f"{place}/comparison.html",
        model=model,
        tolerances=build.tolerances,
    )
    values = (signatures.canonical(build.network.model.budgets),)
    made = add_stage(env, request, title="compare", values=values, cached=False)["comparison"]
    env.AlwaysBuild(made)  # it prints what has changed
    env.Alias(COMPARE, made)


def _baseline(env: Environment, given: str, place: str, results: str) -> Any:
    """Return the node of the report that `given`, a path or a git revision, stands for."""
    path = root(env) / given
    found = path / "report.json" if path.is_dir() else path
    if found.is_file():
        return file(env, str(found))
    commit = _commit(root(env), given)
    request = BaselineRequest(
        baseline=f"{place}/baseline/{commit}/report.json",
        commit=commit,
        arguments=_arguments(ARGUMENTS),
        results=results,
        project=str(root(env)),
        costs=env["TINYML_COSTS"],
    )
    return add_stage(env, request, title="baseline", cached=False)["baseline"]


def _arguments(typed: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{key}={value}" for key, value in typed.items() if key not in _NOT_OF_THE_BASELINE)


def _commit(project: Path, revision: str) -> str:
    """Return the commit of `revision`. Raises InputError where git knows none."""
    problem = InputError(
        f"'{revision}' is neither a report nor a revision of git",
        where="command line",
        key="baseline",
        hint="baseline=old/report.json, or a commit, branch or tag such as baseline=main",
    )
    if revision.startswith("-"):
        raise problem
    words = ["git", "-C", str(project), "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        raise problem from None
    if done.returncode:
        raise problem
    return done.stdout.strip()
