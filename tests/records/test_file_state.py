"""States of files: the same as long as nothing is written, whatever time a file is given."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from scons_tinyml.records import file_state
from scons_tinyml.records.file_state import has_settled


def state(path: Path) -> file_state.State:
    return file_state.file_state(path.stat())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "file"
    found.write_bytes(b"one")
    return found


def test_reading_changes_no_state(path: Path) -> None:
    before = state(path)
    path.read_bytes()
    assert state(path) == before


def test_another_file_of_the_same_size_with_the_same_time_has_another_state(
    path: Path, tmp_path: Path
) -> None:
    """As after `cp -p` or `mv`."""
    other = tmp_path / "other"
    other.write_bytes(b"two")
    shutil.copystat(path, other)
    before, time = state(path), path.stat()
    os.replace(other, path)
    assert (path.stat().st_mtime_ns, path.stat().st_size) == (time.st_mtime_ns, time.st_size)
    assert state(path) != before


@pytest.mark.parametrize(
    ("changed_ns", "now_ns", "settled"),
    [
        (10**18 + 1, 10**18 + 50_000_000, False),
        (10**18 + 1, 10**18 + 200_000_000, True),
        (10**18, 10**18 + 200_000_000, False),
        (10**18, 10**18 + 4_000_000_000, True),
    ],
    ids=["fine, just now", "fine", "coarse, just now", "coarse"],
)
def test_a_change_is_settled_when_the_clock_has_ticked(
    changed_ns: int, now_ns: int, settled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_state.time, "time_ns", lambda: now_ns)
    assert has_settled(changed_ns, 5) is settled
