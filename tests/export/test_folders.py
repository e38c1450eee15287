"""Folders that are replaced as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.stages.folder import remove_folder, replace_folder
from support.project import files_below


def test_a_folder_has_the_new_files_alone(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "make"
    replace_folder(folder, {"old": b"1", "sub/old": b"2"})
    replace_folder(folder, {"sub/new": b"3"})
    assert list(files_below(tmp_path)) == ["made/make/sub/new"]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "make"
    replace_folder(folder, {"old": b"1"})
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        replace_folder(folder, {"new": b"1", "new/below_a_file": b"2"})
    assert list(tmp_path.iterdir()) == []


def test_what_was_interrupted_is_removed(tmp_path: Path) -> None:
    for name in (".make.abc.part", ".make.abc.old", ".cmake.abc.part"):
        (tmp_path / name).mkdir()
    replace_folder(tmp_path / "make", {"new": b"1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cmake.abc.part", "make"]
    remove_folder(tmp_path / "make")
    assert [path.name for path in tmp_path.iterdir()] == [".cmake.abc.part"]


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").write_bytes(b"1")
    (tmp_path / "make").symlink_to("theirs")
    replace_folder(tmp_path / "make", {"new": b"2"})
    assert sorted(files_below(tmp_path)) == ["make/new", "theirs/file"]
