"""The command line of `tinyml`."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from scons_tinyml.cli.parsing import EPILOG, Formatter, Parser, add_commands, modules
from scons_tinyml.records.wrapping import use_wide_lines
from scons_tinyml.registry import Plugins
from scons_tinyml.resources import version

COMMANDS = Plugins("scons_tinyml.cli.commands", provides="add_arguments")


def main(arguments: Sequence[str]) -> None:
    """Run the command in `arguments`. Raises TinymlError."""
    options = make_parser().parse_args(arguments)
    if "wide" in options:
        use_wide_lines()
    options.run(options)


def commands() -> dict[str, ModuleType]:
    """Return the modules of all commands by name."""
    return modules(COMMANDS)


def make_parser() -> Parser:
    """Return the parser with all commands."""
    parser = Parser(
        prog="tinyml",
        description=(
            "Ask scons-tinyml about boards, models, kernels, costs, reports, timing and this machine; run firmware."
        ),
        epilog=EPILOG,
        formatter_class=Formatter,
    )
    parser.add_argument("--version", action="version", version=f"scons-tinyml {version()}")
    add_commands(parser, commands())
    return parser
