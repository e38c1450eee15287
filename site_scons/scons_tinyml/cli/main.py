"""Parsing the command line of `tinyml` and running a command."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from scons_tinyml.records.errors import EXIT_CODES, InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.resources import version
from scons_tinyml.stages import command

_EPILOG = "\n".join(["exit codes:", *(f"  {code:<8} {meaning}" for code, meaning in EXIT_CODES.items())])


def run() -> None:
    """Entry point: leave the process with the exit code of the command."""
    sys.exit(command.call(main, sys.argv[1:]))


def main(arguments: Sequence[str]) -> None:
    """Run the command in `arguments`. Raises TinymlError."""
    known = commands()
    if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
        hint = did_you_mean(arguments[0], known)
        raise InputError(f"there is no command '{arguments[0]}'; {hint}", where="tinyml")
    options = make_parser().parse_args(arguments)
    options.run(options)


class Parser(ArgumentParser):
    """Tells a wrong command line as all other wrong input; argparse's exit code 2 means 'over a budget' here."""

    def error(self, message: str) -> NoReturn:
        """Raises InputError."""
        raise InputError(message, where=self.prog, hint=f"{self.prog} --help says more")


def commands() -> dict[str, ModuleType]:
    """Modules of all commands by name."""
    files = sorted((Path(__file__).parent / "commands").glob("[!_]*.py"))
    return {path.stem: import_module(f"scons_tinyml.cli.commands.{path.stem}") for path in files}


def make_parser() -> Parser:
    """The parser with all commands."""
    parser = Parser(
        prog="tinyml",
        description="Ask scons-tinyml about boards, models, kernels, reports, timing and this machine; run firmware.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"scons-tinyml {version()}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in commands().items():
        text = module.__doc__ or ""
        added = subparsers.add_parser(
            name,
            help=text.splitlines()[0].rstrip("."),
            description=text,
            epilog=_EPILOG,
            formatter_class=RawDescriptionHelpFormatter,
        )
        module.add_arguments(added)
        added.set_defaults(run=module.run)
    return parser
