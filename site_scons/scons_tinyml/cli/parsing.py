"""Parser of commands and subcommands, which are modules in a folder."""

from __future__ import annotations

import re
import sys
from argparse import SUPPRESS, Action, ArgumentParser, HelpFormatter, _SubParsersAction
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import ModuleType
from typing import Any, NoReturn

from scons_tinyml.records.errors import EXIT_CODES, InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.wrapping import beside, broken, columns, wrapped
from scons_tinyml.registry import Plugins

_TERM = re.compile(r"( *\S(?:.*?\S)?  +)(\S.*)")
"""A line with a term and what is said about it, two spaces or more between them."""
_PROGRAMS = ("tinyml ", "scons ", "git ")
EPILOG = "\n".join(["exit codes:", *(f"  {code:<8} {meaning}" for code, meaning in EXIT_CODES.items())])


class Formatter(HelpFormatter):
    """Formatter of help as wide as the terminal: paragraphs are filled, and indented lines stay lines."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns(sys.stdout))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(_filled(text.splitlines(), width, indent))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return broken(" ".join(text.split()), width)


def _filled(lines: Sequence[str], width: int, indent: str) -> Iterator[str]:
    """Yield paragraphs of `lines` in `width` columns, and indented lines one by one: commands as they are."""
    for is_paragraph, group in groupby(lines, lambda line: bool(line) and not line.startswith(" ")):
        if is_paragraph:
            yield from (f"{indent}{line}" for line in broken(" ".join(group), width - len(indent)))
            continue
        for line in group:
            if found := _TERM.match(line):
                yield beside(found[1], found[2], width)
            else:
                is_command = line.lstrip().startswith(_PROGRAMS)
                yield line if is_command else wrapped(line, width, indent)


class Parser(ArgumentParser):
    """Parser that raises InputError where argparse would exit with 2, which means 'over a budget' here."""

    def error(self, message: str) -> NoReturn:
        """Raise InputError with `message`."""
        raise InputError(message, where=self.prog, hint=f"{self.prog} --help says more")

    def _check_value(self, action: Action, value: Any) -> None:
        """Raise InputError, which suggests a name, for an unknown command."""
        if isinstance(action, _SubParsersAction) and value not in action.choices:
            hint = did_you_mean(value, action.choices)
            raise InputError(f"there is no command '{value}'; {hint}", where=self.prog)
        super()._check_value(action, value)


def modules(commands: Plugins) -> dict[str, ModuleType]:
    """Return the modules of all `commands` by name. The file of a Python keyword, such as `import`, ends in '_'."""
    return {name.rstrip("_"): commands.load(name) for name in commands.names()}


def add_commands(parser: ArgumentParser, commands: Mapping[str, ModuleType]) -> None:
    """Add a subcommand to `parser` for each module of `commands`: its docstring is the help, `run` the action."""
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, help=f"{parser.prog} COMMAND --help says more"
    )
    for name, module in commands.items():
        text = module.__doc__ or ""
        added = subparsers.add_parser(
            name,
            help=text.splitlines()[0].rstrip("."),
            description=text,
            epilog=EPILOG,
            formatter_class=Formatter,
        )
        added.set_defaults(run=getattr(module, "run", None))
        module.add_arguments(added)
        added.add_argument("--wide", action="store_true", default=SUPPRESS, help="break no line and no table")
