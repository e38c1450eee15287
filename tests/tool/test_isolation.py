"""Files of a project with the names of modules are not imported: not by builds, `tinyml`, or their children."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scons_tinyml.stages.child import Child
from scons_tinyml.stages.project_code import importing_from
from support.project import ROOT, Project

SHADOWED = (
    "argparse",
    "flatbuffers",
    "numpy",
    "pydantic",
    "json",
    "hashlib",
    "sqlite3",
    "rich",
    "jinja2",
    "multiprocessing",
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project in which every import of its files would leave a file."""
    made = Project.of_others(tmp_path / "project")
    payload = "import pathlib; pathlib.Path(__file__ + '.pwned').touch(); raise SystemExit(9)\n"
    for name in SHADOWED:
        (made.folder / f"{name}.py").write_text(payload)
    (made.folder / "scons_tinyml").mkdir()
    (made.folder / "scons_tinyml" / "__init__.py").write_text(payload)
    (made.folder / "net.tflite").write_bytes(b"no network")
    return made


def intruders(project: Project) -> list[str]:
    return [path.name for path in project.folder.rglob("*.pwned")]


def called(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons"), "PYTHONSAFEPATH": ""}
    return subprocess.run(
        [sys.executable, *words],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_build(project):
    """The command `scons` has no working folder in its path, but SCons adds the folder of the SConstruct."""
    scons = Path(sys.executable).with_name("scons")
    found = called(project, str(scons), "-Q", "target=stm32l4", "model=net.tflite")
    assert intruders(project) == []
    assert found.returncode == 1
    assert (
        "read       build/common/models/net/given.tflite\n" in found.stdout
    )  # behind the emulator, if that is new
    assert "net.tflite: " in found.stderr
    assert "Traceback" not in found.stderr


def test_a_module_beside_the_sconstruct_is_found_all_the_same(project):
    (project.folder / "helper.py").write_text("NAME = 'net.tflite'\n")
    project.edit("SConstruct", "Help(", "import helper\nprint(helper.NAME)\nHelp(")
    found = called(project, str(Path(sys.executable).with_name("scons")), "-Q", "-h")
    assert (found.returncode, found.stdout.partition("\n")[0]) == (0, "net.tflite")
    assert intruders(project) == []


@pytest.mark.parametrize("words", [["boards"], ["models"], ["check", "--help"]])
def test_tinyml_as_bootstrap_installs_it(project, words):
    """Bootstrap writes a script with -P. Without it, a folder scons_tinyml/ would be the one that runs."""
    assert "-P -m scons_tinyml" in (ROOT / "bootstrap").read_text()
    called(project, "-P", "-m", "scons_tinyml", *words)
    assert intruders(project) == []


def test_tinyml_as_a_module(project):
    """Python itself looks for the package in the working folder, and for nothing else of ours."""
    (project.folder / "scons_tinyml" / "__init__.py").unlink()
    (project.folder / "scons_tinyml").rmdir()
    found = called(project, "-m", "scons_tinyml", "boards")
    assert (found.returncode, intruders(project)) == (0, [])


def test_a_child_process(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("PYTHONPATH", f"{os.pathsep}{ROOT / 'tests'}{os.pathsep}")
    child = Child("support.paths_child")
    try:
        path, _ = child.ask("sys.path")
    finally:
        child.end()
    assert "" not in path
    assert str(project.folder) not in path
    assert intruders(project) == []


def test_code_of_a_project_imports_files_beside_it_that_shadow_nothing(tmp_path):
    for name in ("json", "beside_of_a_test"):
        (tmp_path / f"{name}.py").write_text("VALUE = 3\n")
    before = list(sys.path)
    sys.modules.pop("json", None)
    with importing_from(tmp_path):
        import json

        import beside_of_a_test

        assert (beside_of_a_test.VALUE, hasattr(json, "VALUE")) == (3, False)
    assert sys.path == before
    assert "beside_of_a_test" not in sys.modules
