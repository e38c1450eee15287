"""Progress of long work on stderr with the time left: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

from scons_tinyml.records.terminals import is_pretty
from scons_tinyml.records.wrapping import PLAIN_COLUMNS, columns, print_wrapped, wrapped

if TYPE_CHECKING:
    from rich.console import Console

LINE_INTERVAL_S = 5.0
CI_INTERVAL_S = 60.0
"""Interval where the variable CI is set: somebody reads the log later, and a job without output may be ended."""
_SHOWN_SECONDS = 120
_BAR_CELLS = range(5, 40)
"""Widths of a bar, from narrow terminals to others."""
_COUNTS_CELLS = 25
"""Most columns of the numbers beside a bar, with the blanks between."""


class Advance(Protocol):
    """Callback for each finished step, with a short note about it."""

    def __call__(self, note: str = "") -> None:
        """Count one more finished step."""


@contextmanager
def progress(title: str, total: int) -> Iterator[Advance]:
    """Show how many of `total` steps are done; print nothing when `total` is 0, and no line for a single step."""
    if total and is_pretty(sys.stderr, os.environ):
        with _bar(title, total) as advance:
            yield advance
    else:
        yield _lines(title, total)


def _lines(title: str, total: int) -> Advance:
    done = 0
    begin_s = last_s = time.monotonic()
    interval_s = CI_INTERVAL_S if os.environ.get("CI") else LINE_INTERVAL_S

    def advance(note: str = "") -> None:
        nonlocal done, last_s
        done += 1
        now_s = time.monotonic()
        if total > 1 and (now_s - last_s >= interval_s or done == total):
            left = _left((now_s - begin_s) / done * (total - done)) if done < total else ""
            print_wrapped(f"  {title} {done}/{total} {note}".rstrip() + left, sys.stderr)
            last_s = now_s

    return advance


def _left(time_s: float) -> str:
    """Return ', 25 s left': seconds up to two minutes, then minutes."""
    return f", {time_s:.0f} s left" if time_s < _SHOWN_SECONDS else f", {time_s / 60:.0f} min left"


@cache
def _console() -> Console:
    """Return the terminal of all bars, so that one within another has lines of its own.

    It is a duplicate of stderr: what native libraries write to stderr is collected while a bar is there.
    """
    from rich.console import Console

    return Console(file=os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding=sys.stderr.encoding))


@contextmanager
def _bar(title: str, total: int) -> Iterator[Advance]:
    from rich.console import RenderableType
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.text import Text

    width = min(columns(sys.stderr), PLAIN_COLUMNS)
    parts = (
        TextColumn("  {task.description}", markup=False),
        BarColumn(max(_BAR_CELLS.start, min(_BAR_CELLS.stop, width - len(title) - _COUNTS_CELLS))),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )

    class Noted(Progress):
        """Bar with a line below it, which has room for the longest names."""

        note = ""

        def get_renderables(self) -> Iterator[RenderableType]:
            yield from super().get_renderables()
            yield Text(wrapped(self.note, width, "    "))

    with Noted(*parts, console=_console(), transient=True) as bar:
        task = bar.add_task(title, total=total)

        def advance(note: str = "") -> None:
            bar.note = note
            bar.update(task, advance=1)

        yield advance
