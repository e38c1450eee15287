"""The command `tinyml`: one file in commands/ per subcommand, found by its name."""

from __future__ import annotations

import sys
from typing import NoReturn

from scons_tinyml.stages import command


def run() -> NoReturn:
    """Entry point: leave the process with the exit code of the command."""
    command.run(_load, sys.argv[1:])


def _load() -> command.Main:
    """Importing all commands takes a while."""
    from scons_tinyml.cli.main import main

    return main
