"""Jobs of a CI server: beside each other on one machine, killed, and with the state of an older version."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from support.networks import SMALL
from support.project import Project

ON_STM32L1 = ("target=stm32l1", "model=small.tflite")
PATIENCE_S = 400


def kernels_compiled(output: str) -> list[str]:
    return re.findall(r"^compile +(build/common/objects/\S+)$", output, re.MULTILINE)


def test_two_jobs_fill_one_empty_cache_and_one_database(
    new_clone: Callable[..., Project], on_stm32l4, tmp_path: Path
) -> None:
    """A third one then compiles no kernel and measures nothing."""
    shared = {"cache": tmp_path / "cache", "costs": tmp_path / "costs.sqlite3"}
    first, second, third = (new_clone(tmp_path / name, **shared) for name in ("first", "second", "third"))
    jobs = [first.start("-j2", *SMALL), second.start("-j2", *ON_STM32L1)]
    outputs = [job.communicate(timeout=PATIENCE_S)[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], "\n".join(outputs)
    assert first.published("stm32l4", "small") == on_stm32l4.project.published("stm32l4", "small")
    assert {kernel for kernel, _ in first.rows().values()} == {
        kernel for kernel, _ in on_stm32l4.project.rows().values()
    }
    rows = first.rows()
    for options in (SMALL, ON_STM32L1):
        found = third.scons("-j2", *options)
        assert (found.code, kernels_compiled(found.output)) == (0, []), found.output + found.errors
        assert "measured " not in found.errors
    assert third.rows() == rows
    assert third.published("stm32l1", "small") == second.published("stm32l1", "small")


def test_cache_of_a_killed_job_serves_the_next_one(
    new_clone: Callable[..., Project], on_stm32l4, tmp_path: Path
) -> None:
    shared = {"cache": tmp_path / "cache", "costs": tmp_path / "costs.sqlite3"}
    killed, next_one = (new_clone(tmp_path / name, **shared) for name in ("killed", "next"))
    job = killed.start("-j1", *SMALL)
    assert job.stdout is not None
    seen = []
    for line in job.stdout:  # in order of time, so the earlier ones are in the cache
        seen += kernels_compiled(line)
        if len(seen) == 4:
            os.killpg(job.pid, signal.SIGKILL)
            break
    job.communicate(timeout=PATIENCE_S)
    found = next_one.scons("-j2", *SMALL)
    assert found.code == 0, found.errors
    assert not {*seen[:2]} & {*kernels_compiled(found.output)}
    assert next_one.published("stm32l4", "small") == on_stm32l4.project.published("stm32l4", "small")


def make_version_3(database: Path) -> None:
    """Take out what version 4 added."""
    with closing(sqlite3.connect(database)) as connection:
        for column in ("pack_name", "pack_digest", "signer"):
            connection.execute(f"alter table costs drop column {column}")
        connection.execute("delete from schema_versions where version > 3")
        connection.commit()


def test_restored_state_of_an_older_version(project: Project) -> None:
    """Its rows are used: nothing is measured again, and every byte is the same."""
    state, before, rows = project.folder / ".tinyml", project.published("stm32l4", "small"), project.rows()
    make_version_3(state / "costs.sqlite3")
    for name in ("checked.json", "modules.json", "programs.json", "driver.json"):
        (state / name).write_text('{"of": "an older version"}')
    (state / "build.lock").touch()
    (project.results("stm32l4", "small") / "measurements.json").unlink()
    found = project.scons(*SMALL)
    assert (found.code, found.stages) == (0, ["measure"]), found.output + found.errors
    assert "measured " not in found.errors
    assert (state / "costs.sqlite3.backup-v3").is_file()
    assert (project.rows(), project.published("stm32l4", "small")) == (rows, before)


def test_results_without_signatures_are_built_again_and_not_measured(project: Project) -> None:
    """A cache that lacks a path, and has another machine's times."""
    before = project.published("stm32l4", "small")
    (project.folder / ".sconsign.dblite").unlink()
    for path in project.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (1_000_000_000, 1_000_000_000))
    found = project.scons("-j2", *SMALL)
    assert (found.code, "measured " in found.errors) == (0, False), found.errors
    assert project.published("stm32l4", "small") == before


def test_log_of_a_ci_server_with_a_terminal(project: Project) -> None:
    """No colours, no bars, and one line with the verdict."""
    shutil.rmtree(project.folder / ".tinyml")
    shutil.rmtree(project.folder / "build" / "stm32l4")
    reader, terminal = pty.openpty()
    environment = {**os.environ, **project.environment, "CI": "true", "TERM": "xterm-256color"}
    words = [sys.executable, "-m", "SCons", "-Q", *SMALL, f"cache={project.cache}"]
    with subprocess.Popen(
        words, cwd=project.folder, env=environment, stdout=terminal, stderr=terminal
    ) as job:
        os.close(terminal)
        shown = b""
        while part := _read(reader):
            shown += part
    os.close(reader)
    text = shown.decode().replace("\r\n", "\n")
    assert job.returncode == 0, text
    assert all(character.isprintable() or character == "\n" for character in text)
    assert [line for line in text.splitlines() if re.search(r"\b(PASS|FAIL)\b", line)] == [
        "small (int8) on stm32l4: STM32L475VG, cortex-m4f at 80 MHz: PASS"
    ]
    progress = [line for line in text.splitlines() if line.startswith("  measured ")]
    assert any(line.startswith("  measured 8/8 ") for line in progress)
    assert len(progress) == len({line.split()[1] for line in progress})


def _read(reader: int) -> bytes:
    """Return what comes next, nothing at the end, which Linux reports as an error."""
    try:
        return os.read(reader, 1 << 16)
    except OSError:
        return b""
