"""Changes after which a checked file is checked again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.records import board, kernel
from site_tools.tinyml.dependencies.facts import Checked

ROOT = Path(__file__).parents[2]


class Code:
    """Substitute of Modules, whose digests depend on `state`."""

    def __init__(self, state: str = "first") -> None:
        self._state = state

    def digest(self, *modules: str) -> str:
        return f"{self._state} {modules}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kernels" / "mine"
    folder.mkdir(parents=True)
    (folder / "set.toml").write_text('description = "Ours"\noptimize = "-O2"\n')
    (folder / "nothing.py").write_text("GENERATOR = None\n")
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "stm32l4.toml").write_bytes((ROOT / "boards" / "stm32l4.toml").read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list to which each read of a record adds its path."""
    found: list[Path] = []
    for module, name in ((board, "read_board"), (kernel, "read_kernel_set")):
        read = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda path, *more, read=read: (found.append(path), read(path, *more))[1]
        )
    return found


def check(project: Path, code: Code) -> tuple[object, object]:
    checked = Checked(project / "checked.json", code)  # type: ignore[arg-type]
    found = checked.board(Path("boards/stm32l4.toml")), checked.kernel_set(Path("kernels/mine"))
    checked.save()
    return found


def test_nothing_is_checked_twice(project: Path, reads: list[Path]) -> None:
    first = check(project, Code())
    assert check(project, Code()) == first
    assert reads == [Path("boards/stm32l4.toml"), Path("kernels/mine")]


def test_all_is_checked_by_other_code(project: Path, reads: list[Path]) -> None:
    first = check(project, Code())
    assert check(project, Code("other")) == first
    assert len(reads) == 4


def test_the_same_text_at_another_time_is_not_checked_again(project: Path, reads: list[Path]) -> None:
    first = check(project, Code())
    os.utime(project / "boards" / "stm32l4.toml", (1, 1))
    assert check(project, Code()) == first
    assert len(reads) == 2


def test_another_text_of_the_same_size_and_time_is_checked_again(project: Path) -> None:
    """As `cp -p` and archives leave it."""
    path = project / "kernels" / "mine" / "set.toml"
    check(project, Code())
    time = path.stat()
    path.write_text(path.read_text().replace("-O2", "-O3"))
    os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))
    found: Any = check(project, Code())[1]
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (time.st_size, time.st_mtime_ns)
    assert found.set.optimize == "-O3"


def test_what_was_edited_is_checked_again(project: Path, reads: list[Path]) -> None:
    check(project, Code())
    path = project / "kernels" / "mine" / "set.toml"
    path.write_text(path.read_text().replace("-O2", "-O3"))
    found = check(project, Code())[1]
    assert reads[2:] == [Path("kernels/mine")]
    assert (found.set.optimize, found.sources) == ("-O3", [])  # type: ignore[attr-defined]


@pytest.mark.parametrize("content", ["{", '{"board boards/stm32l4.toml": {}}'])
def test_a_memory_that_is_broken_is_made_again(project: Path, reads: list[Path], content: str) -> None:
    first = check(project, Code())
    (project / "checked.json").write_text(content)
    assert check(project, Code()) == first
    assert len(reads) in (3, 4)


THEIRS = """\
description = "Theirs"
optimize = "-O2"

[external]
distribution = "theirs"
version = "1.0"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
subfolder = "."
licence = "MIT"
override_option = "THEIRS_ROOT"

[external.revisions]
header = "theirs.h"
pinned = "1.0"
since = "1"
before = "4"
releases = "1.0 to 3.2"
"""


def test_a_checkout_is_read_again_when_its_revision_changes(project: Path, reads: list[Path]) -> None:
    (project / "kernels" / "mine" / "set.toml").write_text(THEIRS)
    (project / "theirs.h").write_text("/* $Revision: V.1.0 */")

    def revisions() -> tuple[str, str, bool]:
        checked = Checked(project / "checked.json", Code())  # type: ignore[arg-type]
        pinned = checked.kernel_set(Path("kernels/mine"))
        found = checked.kernel_set(Path("kernels/mine"), project)
        checked.save()
        known = [one.set.external.revisions.pinned for one in (pinned, found)]
        return known[0], known[1], pinned.digest == found.digest

    assert revisions() == ("1.0", "1.0", False)
    assert revisions() == ("1.0", "1.0", False)
    assert len(reads) == 2
    (project / "theirs.h").write_text("/* $Revision: V.2.0 */")
    assert revisions() == ("1.0", "2.0", False)
    assert len(reads) == 3
