"""Print commit=, dirty= and built= of a project, which a build passes on to its report.

Builds never ask git or a clock themselves. The time is that of the commit, so that a commit gives the same report.
Files that git does not ignore and does not know make a project dirty too: .gitignore lists what builds write.

examples:
  tinyml revision
  scons target=stm32l1 model=catdetector $(tinyml revision)
"""

from __future__ import annotations

import subprocess
from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.output import add_project_option
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten
from scons_tinyml.records.project_state import project_text, time_of_epoch
from scons_tinyml.records.visible import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Print the options in one line. Raises InputError outside of a git repository, or before its first commit."""
    commit, seconds = _git(options.project, "log", "-1", "--no-show-signature", "--format=%H %ct").split()
    changed = bool(_git(options.project, "status", "--porcelain"))
    found = {"commit": commit, "dirty": "yes" if changed else "no", "built": time_of_epoch(seconds)}
    print(visible(project_text(found, {})))


def _git(folder: Path, *words: str) -> str:
    """Return what git prints in `folder`."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "--no-optional-locks", *words],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise EnvironmentProblem(f"cannot be run: {error.strerror}", where="git") from None
    if done.returncode:
        reason = next(iter(done.stderr.splitlines()), "no reason is given")
        raise InputError(
            f"git {words[0]} fails: {shorten(reason, SHOWN_CHARACTERS)}",
            where=folder,
            hint="a build without commit=, dirty= and built= has a report without them",
        )
    return done.stdout
