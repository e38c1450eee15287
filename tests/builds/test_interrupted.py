"""Ctrl-C and kill -9 in the middle of a build: the same command goes on where it was, to the same bytes."""

import os
import shutil
import signal
import sqlite3
import time

import pytest

from support.networks import SMALL

PATIENCE_S = 60
ORPHANS_S = 10


@pytest.fixture
def unmeasured(project):
    """A built clone without its measurements and what follows from them."""
    shutil.rmtree(project.folder / "build" / "stm32l4")
    shutil.rmtree(project.folder / ".tinyml")
    return project


def wait_for(condition, what, patience_s=PATIENCE_S):
    deadline_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline_s, f"no {what} within {patience_s} s"
        time.sleep(0.05)


def wait_for_rows(project, count):
    """Until so many measurements are in the database, but not all of them."""

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
    """kill -9 for scons and everything that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE_S)


def goes_on(project, undisturbed, kept):
    """The next build ends with the same bytes, and measured nothing twice that is in `kept`."""
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
    process.kill()  # scons alone: its children are not told
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
    """Start a build in a clone where nothing is compiled, and wait for so many objects."""
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
