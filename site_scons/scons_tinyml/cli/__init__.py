"""The command `tinyml`, with one file in commands/ for each subcommand."""

from __future__ import annotations

import sys
from typing import NoReturn

from scons_tinyml.stages import command


def run() -> NoReturn:
    """Run the command, and end the process with its exit code."""
    command.run(_load, sys.argv[1:])


def _load() -> command.Main:
    """Return `main`, imported late because importing all commands takes time."""
    from scons_tinyml.cli.main import main

    return main
