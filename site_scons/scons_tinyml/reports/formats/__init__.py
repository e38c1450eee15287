"""Formats of a report, one file each, found by name: `text` is text.py.

A format has FILE_NAME, the file that a build writes, and `render(view, width)`, which returns the content of that file
with a newline at its end, in lines of at most `width` columns if it has lines. One that also shows what other files
say, such as answers of `scons frontier`, has SHOWS_BESIDE = True.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.record import Record
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.registry import Plugins

if TYPE_CHECKING:
    from scons_tinyml.reports.view import View  # every build imports this module, and views import pydantic

FORMATS = Plugins("scons_tinyml.reports.formats", provides="render")
_FILE_NAME = '\nFILE_NAME = "'


class Format(Record):
    """A format, with the name of its file and the function that draws it."""

    name: str
    file_name: str
    render: Callable[[View, int], str]
    shows_beside: bool
    """Whether it draws `View.beside`."""


def formats() -> tuple[str, ...]:
    """Return the names of all formats."""
    return FORMATS.names()


@cache
def file_names() -> dict[str, str]:
    """Return the name of the file of each format, by format. No format is imported."""
    texts = {name: FORMATS.file(name).read_text(encoding="utf-8") for name in formats()}
    found = {name: text.partition(_FILE_NAME)[2].partition('"\n')[0] for name, text in texts.items()}
    return {name: file for name, file in found.items() if file}


def find_format(name: str) -> Format:
    """Return the format called `name`. Raises InputError, which suggests a name, when there is none."""
    if name not in FORMATS:
        raise InputError(
            f"there is no format '{name}'; {did_you_mean(name, formats())}",
            where="command line",
            key="--format",
        )
    module = FORMATS.load(name)
    return Format(name, module.FILE_NAME, module.render, getattr(module, "SHOWS_BESIDE", False))
