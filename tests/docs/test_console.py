"""The comparison of the documentation's console blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.console import Command, commands_of

PAGE = """\
Text.

```console
$ scons target=a model=b      # a comment
b on a: PASS

  latency  41.64 ms  pass
  ...
report: build/a/b/report.json
$ tinyml revision
commit=g3d66e0a
```
"""


@pytest.fixture
def commands(tmp_path: Path) -> list[Command]:
    (tmp_path / "page.md").write_text(PAGE)
    return commands_of(tmp_path / "page.md")


def test_blocks_become_commands(commands: list[Command]) -> None:
    assert [command.words for command in commands] == [
        ("scons", "target=a", "model=b"),
        ("tinyml", "revision"),
    ]
    assert commands[0].pieces == ("b on a: PASS latency # unit pass", "report: build/a/b/report.json")


@pytest.mark.parametrize(
    ("printed", "missing"),
    [
        ("b on a: PASS\n latency 9.1 us pass\nmore\nreport: build/a/b/report.json\n", None),
        ("b on a: FAIL\n latency 9.1 us pass\nreport: build/a/b/report.json\n", 0),
        ("report: build/a/b/report.json\nb on a: PASS\n latency 9.1 us pass\n", 1),
    ],
)
def test_words_and_their_order_count_and_numbers_do_not(
    commands: list[Command], printed: str, missing: int | None
) -> None:
    found = commands[0].missing(printed)
    assert found == (None if missing is None else commands[0].pieces[missing])


def test_digests_are_free(commands: list[Command]) -> None:
    assert commands[1].missing("commit=g0123abc\n") is None
    assert commands[1].missing("dirty=yes\n") is not None
