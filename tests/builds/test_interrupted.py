"""Builds ended by Ctrl-C and kill -9: the same command goes on, and makes the same bytes."""

import os
import shutil
import signal
import sqlite3
import time

import pytest

from support.networks import SMALL

PATIENCE_S = 300
ORPHANS_S = 10


@pytest.fixture
def unmeasured(project):
    """Return a built clone without measurements and artefacts that depend on them."""
    shutil.rmtree(project.folder / "build" / "stm32l4")
    shutil.rmtree(project.folder / ".tinyml")
    return project


def wait_for(condition, name, patience_s=PATIENCE_S):
    deadline_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline_s, f"no {name} within {patience_s} s"
        time.sleep(0.05)


def wait_for_rows(project, count):
    """Wait until `count` measurements are in the database."""

    def enough():
        try:
            return len(project.rows()) >= count
        except sqlite3.Error:
            return False

    wait_for(enough, f"{count} measurements")


def group_is_gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def kill(process):
    """Send kill -9 to scons and all processes that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE_S)


def goes_on(project, undisturbed, kept):
    """Build again; check that the bytes are the same, and that no row in `kept` was measured again."""
    found = project.scons(*SMALL)
    assert found.code == 0, found.errors
    assert project.published("stm32l4", "small") == undisturbed.published("stm32l4", "small")
    rows = project.rows()
    assert {digest: rows[digest] for digest in kept} == kept
    assert rows.keys() == undisturbed.rows().keys()


def test_kill_in_measurement(unmeasured, on_stm32l4):
    process = unmeasured.start(*SMALL)
    wait_for_rows(unmeasured, 2)
    kill(process)
    kept = unmeasured.rows()
    assert 2 <= len(kept) < len(on_stm32l4.project.rows())
    goes_on(unmeasured, on_stm32l4.project, kept)


def test_killed_build_leaves_nothing_running(unmeasured):
    process = unmeasured.start(*SMALL)
    wait_for_rows(unmeasured, 1)
    process.kill()  # scons alone: its children get no signal
    process.wait()
    wait_for(lambda: group_is_gone(process.pid), "end of all its processes", ORPHANS_S)
    output = process.communicate()[0]
    assert "Traceback" not in output


def test_ctrl_c_in_measurement(unmeasured):
    process = unmeasured.start("-j2", *SMALL)
    wait_for_rows(unmeasured, 2)
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=PATIENCE_S)[0]
    assert process.returncode == 130, output
    assert "tinyml: interrupted; run the same command again to go on\n" in output
    assert "Traceback" not in output and "KeyboardInterrupt" not in output
    wait_for(lambda: group_is_gone(process.pid), "end of all its processes", ORPHANS_S)


def compile_until(project, count):
    """Start a build without compiled objects, and wait for `count` of them."""
    for folder in ("objects/cortex-m4f/cmsis_nn", "objects/cortex-m4f/reference"):
        shutil.rmtree(project.folder / "build" / "common" / folder)
    process = project.start(*SMALL)
    objects = project.folder / "build" / "common" / "objects"
    wait_for(lambda: len(list(objects.rglob("*.o"))) >= count, f"{count} objects")
    return process


@pytest.fixture
def uncached(on_stm32l4, tmp_path):
    return on_stm32l4.project.copy(tmp_path / "project", cache=None)


def test_kill_in_compilation(uncached, on_stm32l4):
    process = compile_until(uncached, 8)
    kill(process)
    found = uncached.scons(*SMALL)
    assert found.code == 0, found.errors
    objects = on_stm32l4.project.folder / "build" / "common" / "objects" / "cortex-m4f"
    assert 0 < len(found.made("compile")) < len([*objects.glob("*/**/*.o")])
    assert uncached.published("stm32l4", "small") == on_stm32l4.project.published("stm32l4", "small")


def test_ctrl_c_in_compilation(uncached):
    process = compile_until(uncached, 2)
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=PATIENCE_S)[0]
    assert process.returncode == 130, output
    assert "Traceback" not in output
