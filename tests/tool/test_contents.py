"""Signatures of files that are kept between builds, and when a file is read again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from site_tools.tinyml.dependencies import contents
from site_tools.tinyml.dependencies.contents import Contents


class File:
    """Substitute of a node, which counts how often it is read."""

    def __init__(self, path: Path) -> None:
        self.abspath = str(path)
        self.reads = 0

    def rfile(self) -> File:
        return self

    def get_content_hash(self) -> str:
        self.reads += 1
        return hashlib.md5(Path(self.abspath).read_bytes()).hexdigest()


@pytest.fixture(autouse=True)
def old_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that a test has just made count as old."""
    monkeypatch.setattr(contents, "has_settled", lambda *_: True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "weights of a network.npz"
    found.write_bytes(b"one")
    return found


def reads(memory: Path, path: Path) -> tuple[int, str]:
    """Return how often a build reads `path`, and the signature that it has of it."""
    kept, node = Contents(memory), File(path)
    found = {kept.signature(node) for _ in range(3)}
    kept.save()
    [signature] = found
    return node.reads, signature


def test_an_unchanged_file_is_read_once(path: Path, tmp_path: Path) -> None:
    first = reads(tmp_path / "memory", path)
    assert first == (1, hashlib.md5(b"one").hexdigest())
    assert reads(tmp_path / "memory", path) == (0, first[1])


def test_a_file_in_another_state_is_read_again(path: Path, tmp_path: Path) -> None:
    reads(tmp_path / "memory", path)
    path.write_bytes(b"two")
    assert reads(tmp_path / "memory", path) == (1, hashlib.md5(b"two").hexdigest())
    assert reads(tmp_path / "memory", path)[0] == 0


def test_a_file_that_has_just_changed_is_not_kept(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A further change within the same tick of the clock would go unnoticed."""
    monkeypatch.setattr(contents, "has_settled", lambda *_: False)
    reads(tmp_path / "memory", path)
    assert not (tmp_path / "memory").exists()


def test_files_that_are_gone_are_forgotten(path: Path, tmp_path: Path) -> None:
    memory, other = tmp_path / "memory", tmp_path / "other"
    reads(memory, path)
    path.unlink()
    other.write_bytes(b"three")
    reads(memory, other)
    assert path.name not in memory.read_text()
    assert reads(memory, other)[0] == 0


@pytest.mark.parametrize("text", ["", "sha1\n", "md5\nx\n", "md5\n0 1 2 3 x /a\n", "\0", "[]"])
def test_a_damaged_memory_is_none(path: Path, tmp_path: Path, text: str) -> None:
    memory = tmp_path / "memory"
    memory.write_text(text)
    assert reads(memory, path)[0] == 1
    assert reads(memory, path)[0] == 0


def test_a_name_of_two_lines_is_read_each_time(tmp_path: Path) -> None:
    path = tmp_path / "two\nlines"
    path.write_bytes(b"x")
    found: list[Any] = [reads(tmp_path / "memory", path)[0] for _ in range(2)]
    assert found == [1, 1]
