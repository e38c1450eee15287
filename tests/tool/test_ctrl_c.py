"""Ctrl-C prints one line and exits with 130, at any moment."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.broken import small
from support.project import ROOT, Project
from support.stops import LINE, TIMEOUT_S, StoppingPlace, start

BUILD = ["-m", "SCons", "target=acme", "model=net.tflite"]
READING = "scons: Reading SConscript files ...\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.of_others(tmp_path / "project")
    shutil.copytree(ROOT / "tests" / "failing" / "base", project.folder, dirs_exist_ok=True)
    (project.folder / "net.tflite").write_bytes(small())
    return project


def interrupted(folder: Path, point: str, words: list[str], project: Path) -> tuple[int, str, str]:
    place = StoppingPlace(folder, point)
    path = place.python_path(str(ROOT / "site_scons"))
    return place.interrupt(start(words, project, {"PYTHONPATH": path}))


@pytest.mark.parametrize(
    "point",
    [
        "scons_tinyml.resources",  # the tool is imported
        "scons_tinyml.records.board",  # a board is read
        "scons_tinyml.stages.quantize.requests",
    ],
)
def test_while_the_sconstruct_is_read(tmp_path: Path, project: Project, point: str) -> None:
    assert interrupted(tmp_path, point, BUILD, project.folder) == (130, READING, LINE)


def test_in_an_sconstruct(tmp_path: Path, project: Project) -> None:
    """Ctrl-C comes between calls of the tool."""
    project.edit("SConstruct", "Help(", "import a_module_of_its_own\nHelp(")
    (project.folder / "a_module_of_its_own.py").touch()
    assert interrupted(tmp_path, "a_module_of_its_own", BUILD, project.folder) == (130, READING, LINE)


def test_before_the_tool_is_loaded(tmp_path: Path) -> None:
    """Ctrl-C comes in a checkout, whose site_init.py SCons runs before the SConstruct."""
    project = Project.clone(tmp_path / "clone")
    project.insert_line("SConstruct", "import a_module_of_its_own")
    (project.folder / "a_module_of_its_own.py").touch()
    place = StoppingPlace(tmp_path, "a_module_of_its_own")
    path = place.python_path(str(project.folder))
    found = place.interrupt(start(BUILD, project.folder, {"PYTHONPATH": path}))
    assert found == (130, READING, LINE)


def test_at_the_end_of_scons(tmp_path: Path, project: Project) -> None:
    code, output, errors = interrupted(tmp_path, "exit", [*BUILD, "-n"], project.folder)
    assert (code, errors) == (130, LINE)
    assert output.endswith("scons: done building targets.\n")


def test_while_scons_builds(tmp_path: Path, project: Project) -> None:
    """No message names the node, nor says that SCons writes its signatures."""
    project.edit(
        "SConstruct", "if ARGUMENTS:\n", 'if ARGUMENTS:\n    Default(env.Command("made", [], make))\n'
    )
    project.insert_line("SConstruct", "def make(env, target, source):\n    import a_module_of_its_own\n")
    (project.folder / "a_module_of_its_own.py").touch()
    for number, jobs in enumerate(("-j1", "-j2")):
        (tmp_path / str(number)).mkdir()
        code, output, errors = interrupted(
            tmp_path / str(number),
            "a_module_of_its_own",
            ["-m", "SCons", "-s", jobs, "target=acme", "model=net.tflite"],
            project.folder,
        )
        assert (code, output, errors) == (130, "", LINE)


def test_while_a_stage_starts(tmp_path: Path, project: Project) -> None:
    """Python of a stage has no handler yet, and would print where it was. With -j2 two would wait."""
    code, output, errors = interrupted(
        tmp_path, "scons_tinyml.stages.guarded", [*BUILD, "-s", "-j1"], project.folder
    )
    assert (code, output, errors) == (130, "", LINE)


def test_while_another_build_has_the_turn(project: Project) -> None:
    (project.folder / ".tinyml").mkdir()
    with (project.folder / ".tinyml" / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = start(BUILD, project.folder, project.environment)
        assert process.stderr is not None
        assert process.stderr.readline() == (
            "tinyml: another build runs in this project; waiting for its end\n"
        )
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=TIMEOUT_S) == (READING, LINE)
    assert process.returncode == 130


@pytest.mark.parametrize(
    "point", ["scons_tinyml.cli.main", "pydantic", "scons_tinyml.cli.commands.boards", "exit"]
)
def test_command(tmp_path: Path, point: str) -> None:
    code, _, errors = interrupted(tmp_path, point, ["-m", "scons_tinyml", "boards"], tmp_path)
    assert (code, errors) == (130, LINE)


@pytest.mark.parametrize("build", ["", "1"])
@pytest.mark.parametrize("point", ["scons_tinyml.stages.graph", "scons_tinyml.stages.graph.reader", "exit"])
def test_stage(tmp_path: Path, point: str, build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage of a build prints nothing: the build prints the line once, for all stages."""
    if build:
        monkeypatch.setenv("TINYML_BUILD_PROCESS", str(os.getpid()))
    (tmp_path / "net.tflite").write_bytes(small())
    words = ["-m", "scons_tinyml.stages", "graph", "--tflite", "net.tflite", "--name", "net"]
    words += ["--graph", "graph.json", "--constants", "graph.bin"]
    assert interrupted(tmp_path, point, words, tmp_path) == (130, "", "" if build else LINE)


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    """Shells ignore signals like this for commands in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code, output, errors = interrupted(
            tmp_path, "scons_tinyml.cli.main", ["-m", "scons_tinyml", "schema", "board"], tmp_path
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert (code, errors, output[:1]) == (0, "", "{")


def test_outside_of_scons_nothing_of_it_is_ours(project: Project) -> None:
    """Importing the tool, as tests and generators of documentation do, changes no handling of Ctrl-C."""
    script = (
        "import signal, site_tools.tinyml\n"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "site_scons")},
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_worker_ends_silently_again_after_a_block_in_which_ctrl_c_raises() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import signal\n"
            "from scons_tinyml.stages import interrupt\n"
            "interrupt.end_silently()\n"
            "with interrupt.raised():\n"
            "    print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n"
            "print(signal.getsignal(signal.SIGINT) is signal.SIG_DFL)",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "site_scons")},
    )
    assert done.stdout == "True\nTrue\n"
