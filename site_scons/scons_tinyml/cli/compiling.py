"""Checks of the compiler, which makes a small image for every core of the boards, with the C library of builds."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from scons_tinyml.cli.check import Check
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.resources import find_all
from scons_tinyml.stages.firmware.programs import companion
from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    LINK_LIBRARIES,
    PACKAGES,
    core_flags,
    find_toolchain,
)

_REMEDY = f"on Debian and Ubuntu: apt-get install {PACKAGES}, or let ./bootstrap do it"
_COMPANIONS = ("objcopy", "gcc-ar")
_PROGRAM = """\
#include <math.h>
#include <string.h>
float values[4], copies[4];
int main(void)
{
    memcpy(copies, values, sizeof copies);
    return (int)expf(copies[0]);
}
"""


def check_compiler(name: str, project: Path) -> Iterator[Check]:
    """Check the compiler `name`, the programs beside it, and an image for each core of the boards of `project`."""
    if shutil.which(name) is None:
        yield Check("compiler", "missing", f"{name} is not on PATH", _REMEDY)
        return
    try:
        toolchain = find_toolchain(name)
    except (TinymlError, OSError) as error:
        yield Check("compiler", "broken", str(error), _REMEDY)
        return
    yield Check("compiler", "ok", toolchain.version)
    for tool in _COMPANIONS:
        yield _companion(companion(toolchain.path, tool))
    for core, flags in _cores(project).items():
        problem = _problem(toolchain.path, flags)
        if problem is None:
            yield Check(core, "ok", "compiles and links with newlib")
        else:
            yield Check(core, "broken", problem, _REMEDY)


def _companion(path: str) -> Check:
    name = Path(path).name
    problem = _failure([path, "--version"])
    return Check(name, "ok", path) if problem is None else Check(name, "broken", problem, _REMEDY)


def _cores(project: Path) -> Mapping[str, tuple[str, ...]]:
    """Return the compiler flags of all cores that boards have; boards with an invalid file are skipped."""
    found = {}
    for path in find_all("boards", project).values():
        try:
            board = read_board(path)
        except TinymlError:
            continue
        found[board.core_name] = core_flags(board)
    return dict(sorted(found.items()))


def _problem(compiler: str, flags: tuple[str, ...]) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        source, image = Path(folder, "main.c"), Path(folder, "image.elf")
        source.write_text(_PROGRAM)
        words = [compiler, *flags, *LANGUAGE_FLAGS, *LINK_FLAGS, "-Wl,-e,main", "-o", str(image), str(source)]
        return _failure([*words, *LINK_LIBRARIES])


def _failure(words: list[str]) -> str | None:
    """Run the command `words` and return why it fails in one line, None when it does not."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        return f"{words[0]}: {error.strerror}"
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
    return lines[0].strip() if lines else f"{words[0]} ends with exit code {done.returncode}"
