"""Show the fronts of an exploration.

MODEL is the model that was explored.

examples:
  tinyml explore show catdetector
  tinyml explore show catdetector --json
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from scons_tinyml.cli.explorations import add_build_option, exploration
from scons_tinyml.cli.output import add_json_option
from scons_tinyml.records.visible import visible_lines
from scons_tinyml.reports.explored import text


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("model", metavar="MODEL", help="model that was explored")
    add_build_option(parser)
    add_json_option(parser)


def run(options: Namespace) -> None:
    """Print the fronts. Raises InputError for a model that was not explored."""
    found = exploration(options.build, options.model)
    values = found.model_dump(mode="json", by_alias=True)
    print(json.dumps(values, indent=2, sort_keys=True) if options.json else visible_lines(text(found)))
