"""Files and folders of a wrong kind or owner: one message with the path, and exit code 1."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.broken import small
from support.project import Project
from support.unprivileged import WITHOUT_PRIVILEGES

ARGUMENTS = ("target=acme", "model=net.tflite")
ELSEWHERE = "  in a checkout that is read-only, set TINYML_BUILD and TINYML_STATE to folders elsewhere\n"
OWN = "  it has to be yours, or readable and writable for you\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.of_others(tmp_path / "project")
    shutil.copytree(Path(__file__).parent / "base", project.folder, dirs_exist_ok=True)
    (project.folder / "net.tflite").write_bytes(small())
    return project


def replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return a function that replaces a path by what `make` makes there."""

    def replace(path: Path) -> None:
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)

    return replace


FIFO = replaced(os.mkfifo)
LOOP = replaced(lambda path: path.symlink_to(path.name))
FOLDER = replaced(Path.mkdir)
FILE = replaced(Path.touch)


def put(text: bytes) -> Callable[[Path], None]:
    return replaced(lambda path: path.write_bytes(text))


@pytest.mark.parametrize(
    ("path", "spoil", "message"),
    [
        ("net.tflite", FIFO, "{project}/net.tflite: is a pipe (FIFO), not a file\n"),
        ("net.tflite", LOOP, "command line: model: no such file: net.tflite\n"),
        ("net.tflite", FOLDER, "{project}/net.tflite: is a folder, not a file\n"),
        ("boards/acme.toml", FIFO, "boards/acme.toml: is a pipe (FIFO), not a file\n"),
        ("boards/acme.toml", FOLDER, "boards/acme.toml: is a folder, not a file\n"),
        ("boards/acme.toml", LOOP, "boards/acme.toml: cannot be read: Too many levels of symbolic links\n"),
        ("boards/acme.toml", put(b"clock = '\xff'"), "boards/acme.toml: cannot be read: 'utf-8' codec can't"),
        ("build", FILE, "build: is not a folder: results cannot be written there\n"),
        ("build", LOOP, "build: is not a folder: results cannot be written there\n"),
        (".tinyml", FILE, ".tinyml: is not a folder: results cannot be written there\n"),
        (".tinyml/build.lock", FOLDER, "{project}/.tinyml/build.lock: is a folder, not a file\n"),
        (".tinyml/build.lock", FIFO, "{project}/.tinyml/build.lock: is a pipe (FIFO), not a file\n"),
        (".sconsign.dblite", FOLDER, "{project}/.sconsign.dblite: is a folder, not a file\n"),
        (".sconsign.dblite", FIFO, "{project}/.sconsign.dblite: is a pipe (FIFO), not a file\n"),
        (".sconsign.dblite", LOOP, "{project}/.sconsign.dblite: is a link that leads nowhere\n"),
        (".sconsign.tmp", FOLDER, "{project}/.sconsign.tmp: is a folder, not a file\n"),
        (
            "build/acme/net/report.json",
            FOLDER,
            "build/acme/net/report.json: is a folder where a file should be\n",
        ),
        ("build/common", FILE, "build/common: is a file where a folder should be\n"),
    ],
)
def test_something_else_is_there(
    project: Project, path: str, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(project.folder / path)
    found = project.scons(*ARGUMENTS)
    shown = found.errors.replace(str(project.folder), "{project}")
    assert shown.startswith(f"tinyml: error: {message}")
    assert (found.code, found.stages, shown.count("\n") <= 2) == (1, [], True), shown


def test_source_of_a_kernel(project: Project) -> None:
    project.take_kernels("reference/softmax_int8")
    path = project.folder / "kernels" / "reference" / "softmax_int8.c"
    assert project.scons("-n", *ARGUMENTS).code == 0  # caches the checked record
    FIFO(path)
    found = project.scons(*ARGUMENTS)
    shown, _ = found.errors.split("\nscons: ***")
    assert (found.code, shown) == (
        1,
        "tinyml: error: kernels/reference/softmax_int8.c: is a pipe (FIFO), not a file",
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (FILE, "is not a folder: results cannot be written there\n"),
        (LOOP, "is not a folder: results cannot be written there\n"),
        (
            replaced(lambda path: shutil.copytree(Path(__file__).parent, path)),
            "has other things in it than a cache\n  name a new folder, or an empty one\n",
        ),
    ],
)
def test_cache_that_is_none(project: Project, spoil: Callable[[Path], None], message: str) -> None:
    spoil(project.folder / "cache")
    found = project.scons(*ARGUMENTS, "cache=cache")
    assert (found.code, found.stages, found.errors) == (1, [], f"tinyml: error: cache: {message}")


@pytest.mark.parametrize("content", ["[core]\nbare = false\n", "{}", '{"prefix_len": "two"}', "[]", ""])
def test_cache_with_another_config(project: Project, content: str) -> None:
    (project.folder / "cache").mkdir()
    (project.folder / "cache" / "config").write_text(content)
    found = project.scons(*ARGUMENTS, "cache=cache")
    assert found.code == 1
    assert found.errors == "tinyml: error: cache: is not a cache of SCons: config is something else\n"


def test_cache_that_a_killed_build_has_locked(project: Project) -> None:
    (project.folder / "cache").mkdir()
    (project.folder / "cache" / "config").write_text(json.dumps({"prefix_len": 2}))
    (project.folder / "cache" / "config.lock").touch()
    found = project.scons(*ARGUMENTS, "cache=cache")
    assert found.code == 1
    assert found.errors == (
        "tinyml: error: cache: another build has kept the cache locked for 5 s\n"
        "  if there is no other build, remove cache/config.lock\n"
    )


def test_damaged_signatures_are_made_again(project: Project) -> None:
    (project.folder / ".sconsign.dblite").write_bytes(b"\x80\x05\x95nonsense\xff" * 100)
    found = project.scons("-n", *ARGUMENTS)
    assert (found.code, found.errors) == (
        0,
        "tinyml: .sconsign.dblite was damaged: what it told of is built again\n",
    )


def without_privileges(project: Project, *words: str) -> tuple[int, str]:
    """Run Python with `words` in the project, without privileges; return exit code and stderr."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PRIVILEGES, *words],
        cwd=project.folder,
        env={**os.environ, **project.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return done.returncode, done.stderr.replace(str(project.folder), "{project}")


@pytest.fixture
def protect() -> Iterator[Callable[[Path, int], None]]:
    """Yield a function that changes permissions until the end of the test."""
    before = {}

    def change(path: Path, mode: int) -> None:
        before[path] = path.stat().st_mode
        path.chmod(mode)

    yield change
    for path, mode in before.items():
        path.chmod(mode)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (".", (), f"{{project}}: is a folder that cannot be written\n{ELSEWHERE}"),
        ("build", (), f"build: is a folder that cannot be written\n{OWN}"),
        (".tinyml", (), f".tinyml: is a folder that cannot be written\n{OWN}"),
        ("cache", ("cache=cache",), f"cache: is a folder that cannot be written\n{OWN}"),
    ],
)
def test_folder_that_cannot_be_written(
    project: Project,
    protect: Callable[[Path, int], None],
    name: str,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    (project.folder / name).mkdir(exist_ok=True)
    protect(project.folder / name, 0o555)
    found = without_privileges(project, "-m", "SCons", "-Q", *ARGUMENTS, *arguments)
    assert found == (1, f"tinyml: error: {message}")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("boards/acme.toml", f"boards/acme.toml: Permission denied\n{OWN}"),
        (".sconsign.dblite", f"{{project}}/.sconsign.dblite: Permission denied\n{OWN}"),
        (".tinyml/build.lock", f"{{project}}/.tinyml/build.lock: Permission denied\n{OWN}"),
    ],
)
def test_file_that_cannot_be_read(
    project: Project, protect: Callable[[Path, int], None], name: str, message: str
) -> None:
    path = project.folder / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    protect(path, 0)
    found = without_privileges(project, "-m", "SCons", "-Q", *ARGUMENTS)
    assert found == (1, f"tinyml: error: {message}")


def test_network_that_cannot_be_read(project: Project, protect: Callable[[Path, int], None]) -> None:
    protect(project.folder / "net.tflite", 0)
    code, shown = without_privileges(project, "-m", "SCons", "-Q", *ARGUMENTS)
    assert code == 1
    assert "net.tflite" in shown and "Permission denied" in shown and "Traceback" not in shown
