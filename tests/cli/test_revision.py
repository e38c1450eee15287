"""`tinyml revision` in real repositories: what it prints is taken by a build."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scons_tinyml.cli.main import main
from scons_tinyml.records.project_state import project_text
from scons_tinyml.stages import command

HINT = "  a build without commit=, dirty= and built= has a report without them\n"


def git(folder: Path, *words: str) -> str:
    identity = {name: f"{role}@localhost" for role in ("author", "committer") for name in _names(role)}
    dates = {"GIT_AUTHOR_DATE": "1795989600 +0100", "GIT_COMMITTER_DATE": "1795989600 +0100"}
    environment = {**os.environ, **identity, **dates, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


def _names(role: str) -> tuple[str, str]:
    return f"GIT_{role.upper()}_NAME", f"GIT_{role.upper()}_EMAIL"


def call(capsys: pytest.CaptureFixture[str], folder: Path) -> tuple[int, str, str]:
    code = command.call(main, ["revision", "--project", str(folder)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "SConstruct").write_text("env = Environment()\n")
    (folder / ".gitignore").write_text("/build/\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def test_clean_checkout(repository, capsys):
    commit = git(repository, "rev-parse", "HEAD")
    printed = f"commit={commit} dirty=no built=2026-11-29T22:00:00Z"
    assert call(capsys, repository) == (0, f"{printed}\n", "")
    assert project_text(dict(word.split("=") for word in printed.split()), {}) == printed


@pytest.mark.parametrize(
    ("name", "dirty"),
    [("SConstruct", "yes"), ("boards.toml", "yes"), ("build/report.json", "no")],
    ids=["changed", "unknown", "ignored"],
)
def test_changes(repository, capsys, name, dirty):
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text("other = 1\n")
    code, printed, _ = call(capsys, repository)
    assert (code, printed.split()[1]) == (0, f"dirty={dirty}")


def test_folder_without_a_repository(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("LC_ALL", "C")
    code, printed, errors = call(capsys, tmp_path)
    assert (code, printed) == (1, "")
    assert errors.startswith(f"tinyml: error: {tmp_path}: git log fails: fatal: not a git repository")
    assert errors.endswith(HINT)


def test_repository_without_a_commit(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    problem = "git log fails: fatal: your current branch 'main' does not have any commits yet"
    assert call(capsys, tmp_path) == (1, "", f"tinyml: error: {tmp_path}: {problem}\n{HINT}")


def test_machine_without_git(repository, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(repository))
    problem = "tinyml: error: git: cannot be run: No such file or directory\n"
    assert call(capsys, repository) == (1, "", problem)
