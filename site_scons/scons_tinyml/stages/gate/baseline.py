"""Stage: build the report of an earlier commit of the project, in a checkout of its own that is removed afterwards.

python -m scons_tinyml.stages gate.baseline --baseline report.json --commit 78ad7a2 --project . --costs costs.sqlite3
    --results stm32l1/cats --arguments target=stm32l1 --arguments model=cats

The SConstruct of that commit is run, which is code of the project. What it measures goes into the same database.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.visible import quoted
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.resources import RESULTS, STATE
from scons_tinyml.stages import lifeline
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.gate.report_file import read_judged, report_bytes
from scons_tinyml.stages.gate.requests import BaselineRequest

_PACKAGES = str(Path(__file__).parents[3])
_PREFIX = "tinyml-baseline-"
_OURS = (lifeline.VARIABLE, RESULTS, STATE)
"""Variables of this build that one in another folder must not have."""


def main(request: BaselineRequest[Path]) -> None:
    """Write the report. Raises InputError where the build of the commit ends without one."""
    project, costs = request.project.resolve(), request.costs.resolve()
    prefix = _git(project, "rev-parse", "--show-prefix")
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        checkout = Path(folder, "checkout")
        _git(project, "worktree", "add", "--detach", "--force", str(checkout), request.commit)
        try:
            write_bytes(request.baseline, _built(request, checkout / prefix, costs))
        finally:
            _git(project, "worktree", "remove", "--force", "--force", str(checkout))


def _built(request: BaselineRequest[Path], project: Path, costs: Path) -> bytes:
    """Return the report that a build in the folder `project` writes, passing or not."""
    said = (f"commit={request.commit}", "dirty=no", f"costs={costs}")
    words = [sys.executable, "-m", "SCons", "-Q", *request.arguments, *said]
    print_wrapped(f"  building the baseline, commit {request.commit}", sys.stderr)
    code = subprocess.run(
        words, cwd=project, env=build_environment(os.environ), stdout=sys.stderr, check=False
    ).returncode
    reports = sorted(project.glob(f"**/{request.results}/report.json"))
    if not reports:
        raise InputError(
            f"the build of commit {request.commit} ended with exit code {code} and without a report",
            where="command line",
            key="baseline",
            hint="files that git does not have are not there; baseline=old/report.json needs no build",
        )
    read_judged(reports[0])
    return report_bytes(reports[0])


def build_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a build that a person would start: without what this build has set."""
    first, *given = ours.get("PYTHONPATH", "").split(os.pathsep)
    python_path = given if first == _PACKAGES else [*filter(None, [first]), *given]
    kept = {name: value for name, value in ours.items() if name not in (*_OURS, "PYTHONPATH")}
    return {**kept, **({"PYTHONPATH": os.pathsep.join(python_path)} if python_path else {})}


def _git(project: Path, *words: str) -> str:
    """Return what git prints in `project`. Raises EnvironmentProblem."""
    command: Sequence[str] = ["git", "-C", str(project), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise EnvironmentProblem(f"cannot be run: {error.strerror}", where="git") from None
    if done.returncode:
        raise EnvironmentProblem(f"git {words[0]} fails:{quoted(done.stderr)}", where=project)
    return done.stdout.strip()
