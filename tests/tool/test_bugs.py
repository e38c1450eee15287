"""Errors of the tool, the system and an SConstruct while SCons runs: none exits with 2."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.broken import small
from support.project import ROOT, Project

BUILD = ("target=acme", "model=net.tflite")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.of_others(tmp_path / "project")
    shutil.copytree(ROOT / "tests" / "failing" / "base", project.folder, dirs_exist_ok=True)
    (project.folder / "net.tflite").write_bytes(small())
    return project


def changed(project: Project, folder: Path, text: str) -> dict[str, str]:
    """Return environment variables with which Python runs `text` when it starts."""
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(text)
    return {"PYTHONPATH": f"{folder / 'site'}:{project.environment['PYTHONPATH']}"}


def test_a_bug_of_ours_says_so(project: Project, tmp_path: Path) -> None:
    spoiled = "import scons_tinyml.resources as r\nr.find_in = lambda *_: 1 / 0\n"
    found = project.scons(*BUILD, environment=changed(project, tmp_path, spoiled))
    assert (found.code, found.stages) == (3, [])
    assert "ZeroDivisionError: division by zero\n" in found.errors
    assert found.errors.endswith(
        "tinyml: this is a bug of scons-tinyml, not of your project: ZeroDivisionError\n"
        "  please report it with the lines above and with what 'tinyml doctor' prints\n"
    )


SECOND_THREAD = """
import SCons.Taskmaster.Job as job
def refused(thread, started=[], start=job.NewParallel.Worker.start):
    started.append(thread)
    if len(started) > THREADS:
        raise RuntimeError("can't start new thread")
    start(thread)
job.NewParallel.Worker.start = refused
"""
COPIES = """
env.Command("a", "net.tflite", Copy("$TARGET", "$SOURCE"))
env.Command("b", "a", Copy("$TARGET", "$SOURCE"))
"""


def test_a_build_goes_on_with_the_threads_that_the_system_gives(project: Project) -> None:
    """SCons itself exits with 0 then, and has built nothing."""
    sconstruct = project.folder / "SConstruct"
    text = sconstruct.read_text() + SECOND_THREAD + COPIES
    sconstruct.write_text(text.replace("THREADS", "1"))
    found = project.scons("-j4", *BUILD, "b")
    assert found.code == 0, found.errors
    assert (project.folder / "b").read_bytes() == small()
    sconstruct.write_text(text.replace("THREADS", "0"))
    found = project.scons("-j4", *BUILD, "b")
    assert found.code == 1
    assert found.errors.startswith("tinyml: error: the system starts no thread\n")


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        ("import SCons.Node.FS as f\nf.File.built = lambda _: 1 / 0\n", "ZeroDivisionError"),
        ("import SCons.Taskmaster.Job as j\nj.NewParallel._work = lambda _: None\n", "RuntimeError"),
    ],
)
def test_scons_that_ends_in_the_middle_says_so(project: Project, spoiled: str, message: str) -> None:
    """SCons itself waits for ever in the first case, and exits with 0 in the second one."""
    sconstruct = project.folder / "SConstruct"
    sconstruct.write_text(sconstruct.read_text() + spoiled + COPIES)
    found = project.scons("-j2", *BUILD, "b")
    assert found.code == 3, found.errors
    assert f"tinyml: this is a bug of scons-tinyml, not of your project: {message}\n" in found.errors


def test_a_package_that_cannot_be_imported(project: Project, tmp_path: Path) -> None:
    spoiled = "import sys\nsys.modules['pydantic'] = None\n"
    found = project.scons(*BUILD, environment=changed(project, tmp_path, spoiled))
    assert found.code == 1
    assert found.errors.startswith("tinyml: error: a package cannot be imported: ")


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("raise RuntimeError('mine')", 1, "RuntimeError: mine:"),
        ("open('/nonexistent/file')", 1, "tinyml: error: /nonexistent/file: No such file or directory\n"),
        ("Exit(2)", 1, ""),
        ("Exit(7)", 7, ""),
        ("exec('def')", 1, "invalid syntax"),
        ("from SCons.Errors import UserError; raise UserError('mine')", 1, "scons: *** mine\n"),
        ("SConscript('missing')", 1, "scons: *** missing SConscript file"),
        ("Default(env.Command('made', [], 'exit 2'))", 1, "scons: *** [made] Error 2\n"),
    ],
)
def test_an_sconstruct(project: Project, line: str, code: int, message: str) -> None:
    with (project.folder / "SConstruct").open("a") as file:
        file.write(f"{line}\n")
    found = project.scons(*BUILD, "made" if "made" in line else "-n")
    assert (found.code, message in found.errors) == (code, True), found.errors


@pytest.mark.parametrize("option", ["--no-such-option", "no-such-target"])
def test_a_wrong_command_line(project: Project, option: str) -> None:
    found = project.scons(*BUILD, "-n", option)
    assert found.code == 1
    assert "interrupted" not in found.errors
