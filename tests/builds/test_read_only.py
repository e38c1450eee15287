"""Checkouts that nobody can write: results and state lie elsewhere, and are those of an ordinary build."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.networks import SMALL
from support.project import Outcome, Project, files_below
from support.unprivileged import WITHOUT_PRIVILEGES

BUILT_ELSEWHERE = """\
env = Environment(tools=["tinyml"], TINYML_BUILD="{out}/build", TINYML_STATE="{out}/state")
"""


def read_only(folder: Path, *, undo: bool = False) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IWUSR if undo else mode & ~0o222)


def unprivileged(project: Project, *words: str, **environment: str) -> Outcome:
    """Run scons so that permissions apply to root too."""
    command = [sys.executable, "-c", WITHOUT_PRIVILEGES, "-m", "SCons", "-Q", *words]
    done = subprocess.run(
        command,
        cwd=project.folder,
        env={**os.environ, **project.environment, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def checkout(on_stm32l4, tmp_path: Path) -> Iterator[Project]:
    """Yield a project that cannot be written, without results; `tmp_path / "out"` has the cost database."""
    project = on_stm32l4.project.copy(tmp_path / "checkout")
    shutil.rmtree(project.folder / "build")
    (tmp_path / "out").mkdir()
    (project.folder / ".tinyml").rename(tmp_path / "out" / "state")
    for path in project.folder.glob(".sconsign*"):
        path.unlink()
    read_only(project.folder)
    yield project
    read_only(project.folder, undo=True)


def elsewhere(out: Path) -> dict[str, str]:
    return {"TINYML_BUILD": str(out / "build"), "TINYML_STATE": str(out / "state")}


def test_environment_names_the_folders(checkout: Project, on_stm32l4, tmp_path: Path) -> None:
    before, out = list(files_below(checkout.folder)), tmp_path / "out"
    found = unprivileged(checkout, "-j2", *SMALL, f"cache={on_stm32l4.project.cache}", **elsewhere(out))
    assert (found.code, found.errors) == (0, "  samples run 4/4\n")
    assert list(files_below(checkout.folder)) == before
    assert (out / "state" / ".sconsign.dblite").is_file() and (out / "state" / "build.lock").is_file()
    results = out / "build" / "stm32l4" / "small"
    assert found.output.endswith(f"\nreport: {results}/report.json\n")
    for name in ("small.bin", "small.hex", "small.h", "report.json"):  # others list paths
        assert (results / name).read_bytes() == (
            on_stm32l4.project.results("stm32l4", "small") / name
        ).read_bytes()
    again = unprivileged(checkout, "-j2", *SMALL, f"cache={on_stm32l4.project.cache}", **elsewhere(out))
    first, last = again.output.splitlines()
    assert (again.code, first) == (0, f"scons: `{results}/small.elf' is up to date.")
    assert last.startswith("small (int8) on stm32l4: PASS: ")


def test_sconstruct_names_the_folders(checkout: Project, on_stm32l4, tmp_path: Path) -> None:
    read_only(checkout.folder, undo=True)
    checkout.edit("SConstruct", 'env = Environment(tools=["tinyml"])\n', BUILT_ELSEWHERE.format(out="../out"))
    read_only(checkout.folder)
    before = list(files_below(checkout.folder))
    found = unprivileged(checkout, "-j2", *SMALL, f"cache={on_stm32l4.project.cache}")
    report = tmp_path / "out" / "build" / "stm32l4" / "small" / "report.json"
    assert (found.code, found.output.rpartition("\nreport: ")[2]) == (0, f"{report}\n")
    assert list(files_below(checkout.folder)) == before


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ((), "{project}: is a folder that cannot be written"),
        (("TINYML_BUILD",), "{project}: is a folder that cannot be written"),
        (("TINYML_STATE",), "build: cannot be made: {project} cannot be written"),
    ],
    ids=["neither", "build", "state"],
)
def test_folders_that_are_not_named(
    checkout: Project, tmp_path: Path, named: tuple[str, ...], problem: str
) -> None:
    environment = {name: folder for name, folder in elsewhere(tmp_path / "out").items() if name in named}
    found = unprivileged(checkout, *SMALL, **environment)
    shown = found.errors.replace(str(checkout.folder), "{project}")
    hint = "in a checkout that is read-only, set TINYML_BUILD and TINYML_STATE to folders elsewhere"
    assert (found.code, shown) == (1, f"tinyml: error: {problem}\n  {hint}\n")
