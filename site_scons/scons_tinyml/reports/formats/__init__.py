"""Formats of a report, a file each, found by its name: `text` is text.py.

A format has FILE_NAME, the file that a build writes it to, and `render(view)`, which returns all that is in it. Its
text ends with a newline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.registry import Plugins
from scons_tinyml.reports.view import View

FORMATS = Plugins("scons_tinyml.reports.formats", provides="render")


@dataclass(frozen=True)
class Format:
    """A format and what draws it."""

    name: str
    file_name: str
    render: Callable[[View], str]


def formats() -> tuple[str, ...]:
    """Names of all formats."""
    return FORMATS.names()


def find_format(name: str) -> Format:
    """The format called `name`. Raises InputError with the nearest name when there is none."""
    if name not in FORMATS:
        raise InputError(
            f"there is no format '{name}'; {did_you_mean(name, formats())}",
            where="command line",
            key="--format",
        )
    module = FORMATS.load(name)
    return Format(name, module.FILE_NAME, module.render)
