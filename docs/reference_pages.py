"""Pages of the reference that are made of code: commands, keys of files, Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from jsonschema_markdown import generate
from loguru import logger

from scons_tinyml import library
from scons_tinyml.cli.commands.schema import PACK
from scons_tinyml.cli.main import make_parser
from scons_tinyml.cli.parsing import Parser
from scons_tinyml.costs.packs.schema import schema as pack_schema
from scons_tinyml.records.schema import RECORDS, json_schema
from site_tools.tinyml.commandline.command_line import overview

logger.disable("jsonschema_markdown")  # it says which keys may have any name

MODULES = (
    "scons_tinyml.library.pipeline",
    "scons_tinyml.library.network",
    "scons_tinyml.library.workspace",
    "scons_tinyml.library.application",
    "scons_tinyml.emulator.machine",
    "scons_tinyml.emulator.session",
    "scons_tinyml.records.errors",
)
"""Modules whose public names make up the Python interface."""


def write_reference(folder: Path) -> None:
    """Write all pages into `folder`; files whose content is the same are left alone, so that Sphinx skips them."""
    folder.mkdir(exist_ok=True)
    pages = {"scons": scons_page(), "commands": commands_page(), "python": python_page()}
    pages |= {f"keys-{name}": keys_page(name) for name in (*RECORDS, PACK)}
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def scons_page() -> str:
    """Return what `scons -h` prints, without the boards and models of this checkout."""
    return f"# scons\n\n{_code(overview([], [], {}))}"


def commands_page() -> str:
    """Return the help of `tinyml` and of each of its commands."""
    parser = make_parser()
    parts = [f"# tinyml\n\n{_code(parser.format_help())}"]
    parts += [f"## {name}\n\n{_code(found.format_help())}" for name, found in _commands(parser)]
    return "\n".join(parts)


def keys_page(name: str) -> str:
    """Return tables of the keys of the file format `name`, from its JSON Schema."""
    schema = pack_schema() if name == PACK else json_schema(name)
    text = generate(schema, footer=False, hide_empty_columns=True)
    text = re.sub(r"\[(`[^`]*`)\]\(https://regex101\.com/[^)]*\)", r"\1", text)
    text = text.replace("✅", "yes")
    text = re.sub(r"(?m)^#+ Type: .*\n\n?", "", text)
    text = re.sub(r"(?m)^> .*Additional properties are not allowed\.$", "Other keys are refused.", text)
    _, _, below = text.partition("\n")  # a title of its own
    return f"# {name}: keys of the file\n{re.sub(r'(?m)^#', '##', below)}"


def python_page() -> str:
    """Return directives that document the modules of the Python interface from their docstrings."""
    parts = ["# Python", (library.__doc__ or "").partition("\n\n")[0]]
    parts += [f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```" for name in MODULES]
    return "\n\n".join(parts) + "\n"


def _commands(parser: Parser, prefix: str = "") -> Iterator[tuple[str, Parser]]:
    for group in parser._subparsers._group_actions if parser._subparsers else ():
        for name, found in sorted((group.choices or {}).items()):
            yield f"{prefix}{name}", found
            yield from _commands(found, f"{prefix}{name} ")


def _code(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"
