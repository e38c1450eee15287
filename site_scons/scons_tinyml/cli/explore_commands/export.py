"""Make a model of its own of a variant.

The new folder models/NAME has the files of MODEL, and a model.toml that says what the variant says. It builds by
itself: scons target=BOARD model=NAME. VARIANT need not have been explored. Comments of model.toml are lost.

examples:
  tinyml explore export catdetector depth=2,width=0.5 small-cats
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.output import add_project_option
from scons_tinyml.explore.export import check_name, export_variant
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.resources import find_all


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("model", metavar="MODEL", help="model with the variant")
    parser.add_argument("variant", metavar="VARIANT", help="values on its axes, such as width=0.5")
    parser.add_argument("name", metavar="NAME", help="name of the new model")
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Write the folder, and print the path of its model.toml. Raises InputError."""
    project: Path = options.project
    known = find_all("models", project)
    if options.model not in known:
        raise InputError(f"unknown model '{options.model}'; {did_you_mean(options.model, known)}")
    folder = check_name(options.name, project / "models")
    print_wrapped(str(export_variant(known[options.model], options.variant, folder)))
