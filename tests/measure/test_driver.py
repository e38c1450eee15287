"""Answers of the compiler driver, which are cached until something changes that they follow from."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scons_tinyml.records import file_state
from scons_tinyml.stages.firmware import driver
from scons_tinyml.stages.firmware.driver import answers
from scons_tinyml.stages.firmware.toolchain import COMPILER

QUERIES = ("-dumpspecs", "-print-prog-name=cc1")
COMPILER_PATH = shutil.which(COMPILER)
pytestmark = pytest.mark.skipif(COMPILER_PATH is None, reason=f"there is no {COMPILER}")


@pytest.fixture
def memory(tmp_path):
    (tmp_path / ".tinyml").mkdir()
    return tmp_path / ".tinyml" / "driver.json"


@pytest.fixture(autouse=True)
def old_changes(monkeypatch):
    """Folders that a test has just made count as old."""
    monkeypatch.setattr(driver, "has_settled", lambda *_: True)


@pytest.fixture
def started(monkeypatch):
    """Queries for which a process was started, in order."""
    found = []
    popen = subprocess.Popen

    def counting(command, **options):
        found.append(command[-1])
        return popen(command, **options)

    monkeypatch.setattr(driver.subprocess, "Popen", counting)
    return found


def test_a_second_call_starts_no_process(memory, started):
    first = answers(COMPILER_PATH, QUERIES, memory=memory)
    assert started == [*QUERIES, "-print-search-dirs"]
    started.clear()
    assert answers(COMPILER_PATH, QUERIES, memory=memory) == first
    assert started == []
    assert Path(first[1].strip()).name == "cc1"


def test_flags_have_answers_of_their_own(memory):
    query = ("-print-file-name=libc.a",)
    found = {
        answers(COMPILER_PATH, query, (f"-mcpu={core}", "-mthumb"), memory=memory)[0]
        for core in ("cortex-m0plus", "cortex-m3")
    }
    assert len(found) == 2


def test_a_program_that_is_found_first_from_now_on(memory, tmp_path, monkeypatch):
    """In place of the one that was found before."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("COMPILER_PATH", str(folder))
    before = answers(COMPILER_PATH, QUERIES, memory=memory)
    program = folder / "cc1"
    program.write_text("")
    program.chmod(0o755)
    assert answers(COMPILER_PATH, QUERIES, memory=memory)[1].strip() == str(program) != before[1].strip()


def test_an_environment_variable(memory, tmp_path, monkeypatch):
    answers(COMPILER_PATH, QUERIES, memory=memory)
    program = tmp_path / "cc1"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("COMPILER_PATH", str(tmp_path))
    assert answers(COMPILER_PATH, QUERIES, memory=memory)[1].strip() == str(program)


def test_specs_in_a_searched_folder_are_read_each_time(memory, tmp_path, monkeypatch, started):
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "specs").write_text("")
    monkeypatch.setenv("COMPILER_PATH", str(folder))
    for _ in range(2):
        answers(COMPILER_PATH, QUERIES, memory=memory)
    assert started.count("-dumpspecs") == 2


def test_a_driver_that_was_overwritten(memory, tmp_path, started):
    copy = tmp_path / COMPILER
    shutil.copy(COMPILER_PATH, copy)
    answers(str(copy), QUERIES, memory=memory)
    status = copy.stat()
    copy.write_bytes(copy.read_bytes())
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    answers(str(copy), QUERIES, memory=memory)
    assert started.count("-dumpspecs") == 2


def test_a_wrapper_is_queried_each_time(memory, tmp_path):
    wrapper = tmp_path / "gcc"
    wrapper.write_text("#!/bin/sh\necho first\n")
    wrapper.chmod(0o755)
    assert answers(str(wrapper), ["-dumpspecs"], memory=memory) == ["first\n"]
    wrapper.write_text("#!/bin/sh\necho second\n")
    assert answers(str(wrapper), ["-dumpspecs"], memory=memory) == ["second\n"]
    assert not memory.exists()


def test_what_has_just_changed_is_not_cached(memory, monkeypatch):
    """A further change within the resolution of the file system's times would go unnoticed."""
    monkeypatch.setattr(driver, "has_settled", file_state.has_settled)
    monkeypatch.setattr(file_state.time, "time_ns", lambda: Path(COMPILER_PATH).stat().st_ctime_ns)
    answers(COMPILER_PATH, QUERIES, memory=memory)
    assert not memory.exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"x": 3}'])
def test_a_damaged_cache_is_no_cache(memory, content):
    memory.write_bytes(content)
    assert answers(COMPILER_PATH, QUERIES, memory=memory) == answers(COMPILER_PATH, QUERIES)
