"""List, show and export what scons explore has found.

An exploration is the folder build/explore/MODEL: explore.json has fronts and trials, explore.html is its page.

examples:
  tinyml explore list
  tinyml explore show catdetector
  tinyml explore export catdetector depth=2,width=0.5 small-cats
"""

from __future__ import annotations

from argparse import ArgumentParser

from scons_tinyml.cli.parsing import add_commands, modules
from scons_tinyml.registry import Plugins

COMMANDS = Plugins("scons_tinyml.cli.explore_commands", provides="add_arguments")


def add_arguments(parser: ArgumentParser) -> None:
    """Subcommands, one file in explore_commands/ each."""
    add_commands(parser, modules(COMMANDS))
