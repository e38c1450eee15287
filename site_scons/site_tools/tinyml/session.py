"""How a build ends: our exit codes instead of SCons's single one, and nothing lost when it is killed."""

from __future__ import annotations

import atexit
import os
import sys
import time
from pathlib import Path
from typing import Any

import SCons.Node
import SCons.Script
import SCons.SConsign

from scons_tinyml.records.errors import EXIT_BUDGET, EXIT_FAULT, EXIT_INPUT, EXIT_INTERNAL
from scons_tinyml.reports.summary import one_line

FLUSH_INTERVAL_S = 1.0
_SEVERITY = (EXIT_INTERNAL, EXIT_FAULT, EXIT_INPUT, EXIT_BUDGET)
_watched: list[tuple[list[Any], str]] = []


def begin(nodes: list[Any], report: str) -> None:
    """Watch the build of `nodes`, whose verdict is in the file `report`."""
    if not _watched:
        SCons.Script.Progress(_Flush(), interval=1)
        atexit.register(_finish)
    _watched.append((nodes, report))


class _Flush:
    """Writes the signatures of what was built every now and then.

    SCons itself writes them once, at its end: after `kill -9` it would build everything again, training included.
    """

    def __init__(self) -> None:
        self._last_s = time.monotonic()

    def __call__(self, node: Any) -> None:  # noqa: ARG002 - SCons passes the node that comes next
        if time.monotonic() - self._last_s < FLUSH_INTERVAL_S:
            return
        for entry in SCons.SConsign.sig_files:
            entry.write(sync=0)
        for database in SCons.SConsign.DB_sync_list:
            database.sync()
        self._last_s = time.monotonic()


def exit_code(failures: list[Any]) -> int:
    """The exit code for what failed: the gravest first. What SCons itself could not do counts as bad input."""
    codes = {failure.status if failure.command else EXIT_INPUT for failure in failures}
    for code in _SEVERITY:
        if code in codes:
            return code
    return EXIT_INPUT


def _finish() -> None:
    failures = SCons.Script.GetBuildFailures()
    if failures:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code(failures))
    for nodes, report in _watched:
        if all(node.get_state() == SCons.Node.up_to_date for node in nodes) and Path(report).is_file():
            print(one_line(Path(report)))
