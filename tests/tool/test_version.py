"""Version of a checkout, and of a wheel built from it: both name the commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scons_tinyml import resources, revision
from scons_tinyml.resources import version
from scons_tinyml.revision import commit, revision_of

ROOT = Path(__file__).parents[2]
RELEASE = "0.1.0"


def git(folder, *arguments):
    names = {f"GIT_{role}_{key}": "somebody" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    command = ["git", "-C", folder, "-c", "init.defaultBranch=main", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | names)
    return done.stdout.strip()


def forget():
    commit.cache_clear()
    revision._is_changed.cache_clear()


@pytest.fixture
def checkout(tmp_path):
    """Return a repository with one committed module."""
    if shutil.which("git") is None:
        pytest.skip("this system has no git")
    forget()
    module = tmp_path / "checkout" / "site_scons" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text("one = 1\n")
    git(tmp_path / "checkout", "init", "--quiet")
    git(tmp_path / "checkout", "add", ".")
    git(tmp_path / "checkout", "commit", "--quiet", "--message=first")
    yield tmp_path / "checkout"
    forget()


def head(checkout):
    return git(checkout, "rev-parse", "HEAD")


def test_a_branch(checkout):
    assert commit(checkout) == head(checkout)
    assert revision_of(checkout) == f"g{head(checkout)[:7]}"


@pytest.mark.parametrize(
    "command",
    [
        ("checkout", "--quiet", "--detach"),
        ("pack-refs", "--all"),
        ("checkout", "--quiet", "-b", "topics/new"),
    ],
    ids=["no branch", "packed", "a name in two parts"],
)
def test_other_ways_to_say_where_it_is(checkout, command):
    git(checkout, *command)
    assert commit(checkout) == head(checkout)


def test_one_of_several_checkouts_of_a_repository(checkout):
    other = checkout.parent / "other"
    git(checkout, "worktree", "add", "--quiet", str(other))
    (other / "site_scons" / "module.py").write_text("one = 2\n")
    git(other, "commit", "--quiet", "--all", "--message=second")
    assert commit(other) == head(other) != head(checkout)
    assert revision_of(other) == f"g{head(other)[:7]}"


@pytest.mark.parametrize("name", ["module.py", "new.py"])
def test_modules_that_were_changed_since(checkout, name):
    (checkout / "site_scons" / name).write_text("one = 2\n")
    assert revision_of(checkout) == f"g{head(checkout)[:7]}.dirty"


def test_what_is_no_module_changes_nothing(checkout):
    (checkout / "notes").write_text("mine\n")
    assert revision_of(checkout) == f"g{head(checkout)[:7]}"


@pytest.mark.parametrize("content", [None, "ref: refs/heads/none\n", "neither\n", ""])
def test_a_folder_without_a_commit(tmp_path, content):
    forget()
    if content is not None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "HEAD").write_text(content)
    assert revision_of(tmp_path) == ""


@pytest.mark.parametrize(("found", "said"), [("g78ad7a2.dirty", "0.1.0+g78ad7a2.dirty"), ("", RELEASE)])
def test_the_version_is_release_and_commit(monkeypatch, found, said):
    monkeypatch.setattr(resources, "revision", lambda: found)
    assert version() == said


def test_a_wheel_knows_its_commit(checkout, tmp_path):
    for name in (
        "boards",
        "kernels",
        "models",
        "site_scons",
        "pyproject.toml",
        "hatch_build.py",
        "README.md",
        "LICENSE",
    ):
        (checkout / name).exists() or (checkout / name).symlink_to(ROOT / name)
    (checkout / "site_scons" / "scons_tinyml").symlink_to(ROOT / "site_scons" / "scons_tinyml")
    (checkout / "site_scons" / "site_tools").symlink_to(ROOT / "site_scons" / "site_tools")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "--message=second")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "wheels"]
    subprocess.run(command, cwd=checkout, stdout=subprocess.DEVNULL, check=True)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("scons_tinyml/data/revision").decode() == f"g{head(checkout)[:7]}\n"
        assert "scons_tinyml/py.typed" in archive.namelist()
