"""CONTRIBUTING.md lists the files of a board, an operator and so on; here they are compared with what is there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
_LINE = re.compile(r"^- `(?P<path>[^`]+)`(?P<how>, which names it|, where )?", re.MULTILINE)
_NAME = re.compile(r"<(\w+)>")

HELPERS = {
    "site_scons/scons_tinyml/stages/firmware/templates/clock/<family>.c.j2": {"begin.c"},
    "site_scons/scons_tinyml/emulator/devices/<family>.py": {"bus", "families"},
    "site_scons/scons_tinyml/emulator/timing/<core>.py": {
        *("armv7m", "bands", "evidence", "forms", "interface", "pipe", "rows"),
    },
    "kernels/<set>/<kernel>.toml": {"set"},
    "site_scons/scons_tinyml/stages/metrics/<metric>.py": {"classes"},
}
"""Files that look like one of a list and are what its files are made of, by pattern."""


@dataclass(frozen=True)
class Listed:
    """A line of a list: a path, with names between angle brackets, and how the file belongs to the thing."""

    path: str
    how: str

    def files(self, names: dict[str, str] | None = None) -> list[tuple[dict[str, str], Path]]:
        """Files with the names that stand in their paths; only those that agree with `names`."""
        pattern = re.escape(self.path)
        for name in dict.fromkeys(_NAME.findall(self.path)):
            known = (names or {}).get(name)
            text = rf"(?P<{name}>[^/]+)" if known is None else f"(?P<{name}>{_either_way(known)})"
            pattern = pattern.replace(re.escape(f"<{name}>"), text, 1)
        found = [
            (match.groupdict(), path)
            for path in sorted(ROOT.glob(_NAME.sub("*", self.path)))
            if (match := re.fullmatch(pattern, path.relative_to(ROOT).as_posix()))
        ]
        helpers = {"__init__", *HELPERS.get(self.path, ())}
        return [(given, path) for given, path in found if path.stem not in helpers]

    def names(self, names: dict[str, str]) -> bool:
        """The file says the name of the thing."""
        text = (ROOT / self.path).read_text()
        return all(re.search(rf"\b{_either_way(name)}", text) for name in names.values())


def _either_way(name: str) -> str:
    return re.sub(r"[-_]", "[-_]", re.escape(name).replace("\\-", "-"))


def lists() -> dict[str, list[Listed]]:
    """Lines of each list by its title; the first names the things that there are."""
    sections = TEXT.partition("\n## How to add\n")[2].split("\n### ")[1:]
    return {
        section.partition("\n")[0]: [
            Listed(match["path"], match["how"] or "") for match in _LINE.finditer(section)
        ]
        for section in sections
    }


def things() -> list[tuple[str, dict[str, str]]]:
    return [(title, names) for title, lines in lists().items() for names, _ in lines[0].files()]


LINES = [(title, line) for title, lines in lists().items() for line in lines]


@pytest.mark.parametrize(
    ("title", "names"),
    things(),
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else value,
)
def test_everything_that_is_there_has_the_files_of_its_list(title, names):
    for line in lists()[title]:
        if line.how == ", which names it":
            assert line.names(names), f"{line.path} does not name {names}"
        elif not line.how:
            assert line.files(names), f"there is no {line.path} for {names}"


@pytest.mark.parametrize(("title", "line"), LINES, ids=[f"{title}: {line.path}" for title, line in LINES])
def test_every_line_is_about_files_that_are_there(title, line):
    if line.how != ", which names it" and not (line.how and line == lists()[title][0]):
        assert line.files(), f"{title}: there is no {line.path}"


def owned(title):
    """Lines whose files belong to one thing each: those with the name of the first line and no other that varies."""
    first, *rest = lists()[title]
    return [
        line
        for line in rest
        if set(_NAME.findall(line.path)) == set(_NAME.findall(first.path)) and not line.how
    ]


@pytest.mark.parametrize("title", lists())
def test_no_file_of_a_list_is_without_its_thing(title):
    known = {tuple(sorted(names.items())) for names, _ in lists()[title][0].files()}
    for line in owned(title):
        for names, path in line.files():
            assert tuple(sorted(names.items())) in known, (
                f"{path}: there is no {lists()[title][0].path} for it"
            )


def test_all_that_can_be_added_is_listed():
    assert set(lists()) == {
        *("A board", "A chip family", "A core", "A timing model"),
        *("An operator", "A kernel", "A generator", "A kernel set", "A report format"),
        *("A data set format", "A metric", "A build system", "A picture of the page", "A way out of a limit"),
    }
    assert len(things()) > 200


def test_the_commands_are_there():
    commands = {f".ci/{path.name}" for path in (ROOT / ".ci").iterdir() if os.access(path, os.X_OK)}
    assert set(re.findall(r"`(\.ci/\w+)", TEXT)) == commands
    for path in re.findall(r"`((?:tests|benchmarks|docs)/[\w./]+)`", TEXT):
        assert (ROOT / path).exists(), path
