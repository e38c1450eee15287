"""Reports of an earlier commit, built in a checkout of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.stages.gate.baseline import main
from scons_tinyml.stages.gate.report_file import read_report
from scons_tinyml.stages.gate.requests import BaselineRequest
from support.reports import REPORT

SCONSTRUCT = """\
import os, shutil
assert ARGUMENTS["costs"] and ARGUMENTS["commit"] and "TINYML_STATE" not in os.environ
os.makedirs("build/stm32l1/cats")
if ARGUMENTS["model"] == "cats":
    shutil.copy("saved.json", "build/stm32l1/cats/report.json")
Exit(2)
"""
"""A build that ends over a budget: its report counts all the same."""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Project in a folder of a repository whose report has changed since the first commit."""
    monkeypatch.setenv("TINYML_STATE", "elsewhere")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "a")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@b")
    project = tmp_path / "repository" / "firmware"
    project.mkdir(parents=True)
    (project / "SConstruct").write_text(SCONSTRUCT)
    git(project.parent, "init", "--quiet")
    for flash in (1_000, 2_000):
        report = REPORT.model_copy(update={"flash_bytes": flash})
        (project / "saved.json").write_text(report.model_dump_json(by_alias=True))
        git(project, "add", "-A")
        git(project, "commit", "--quiet", "-m", "x")
    return project


def git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def request(project: Path, revision: str = "HEAD~1", model: str = "cats") -> BaselineRequest[Path]:
    return BaselineRequest(
        baseline=project / "build" / "baseline.json",
        commit=git(project, "rev-parse", "--verify", revision),
        arguments=(f"model={model}",),
        results="stm32l1/cats",
        project=project,
        costs=project / "costs.sqlite3",
    )


def test_the_report_of_a_commit_is_built_and_nothing_is_left(repository):
    (repository / "SConstruct").write_text("of the work tree")
    asked = request(repository)
    main(asked)
    assert read_report(asked.baseline).flash_bytes == 1_000
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_commit_without_a_report_is_refused(repository):
    with pytest.raises(InputError) as refused:
        main(request(repository, model="dogs"))
    assert "ended with exit code 2 and without a report" in str(refused.value)
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_folder_without_git_is_refused(tmp_path):
    asked = BaselineRequest(
        **{**vars(request_of_nothing(tmp_path)), "commit": "0" * 40},
    )
    with pytest.raises(EnvironmentProblem, match="git rev-parse fails"):
        main(asked)


def request_of_nothing(folder: Path) -> BaselineRequest[Path]:
    os.environ.setdefault("GIT_CEILING_DIRECTORIES", str(folder.parent))
    return BaselineRequest(
        baseline=folder / "b.json",
        commit="",
        arguments=(),
        results="a/b",
        project=folder,
        costs=folder / "costs.sqlite3",
    )
