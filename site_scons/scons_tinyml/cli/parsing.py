"""Parser of commands and subcommands, which are modules in a folder."""

from __future__ import annotations

from argparse import Action, ArgumentParser, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NoReturn

from scons_tinyml.records.errors import EXIT_CODES, InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.registry import Plugins

EPILOG = "\n".join(["exit codes:", *(f"  {code:<8} {meaning}" for code, meaning in EXIT_CODES.items())])


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
            formatter_class=RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=getattr(module, "run", None))
        module.add_arguments(added)
