"""List, question, prune and exchange what was measured.

Builds keep what they have measured and proven in a cost database, .tinyml/costs.sqlite3 in the project. These commands
look into it, and change it only where they say so.

examples:
  tinyml costs list --core cortex-m4f
  tinyml costs stale
  tinyml costs prune --help
"""

from __future__ import annotations

from argparse import ArgumentParser

from scons_tinyml.cli.parsing import add_commands, modules
from scons_tinyml.registry import Plugins

COMMANDS = Plugins("scons_tinyml.cli.costs_commands", provides="add_arguments")


def add_arguments(parser: ArgumentParser) -> None:
    """Subcommands, one file in costs_commands/ each."""
    add_commands(parser, modules(COMMANDS))
