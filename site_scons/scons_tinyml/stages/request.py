"""Requests of stages: one typed record for each. It defines both the command line and the node in a build.

The role of a field is a file to read, a file to write, an option that the result depends on, or a place,
which is passed but does not affect the result. Requests are imported while an SConstruct is read, so their
modules import nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, Field, field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    Generic,
    Literal,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from scons_tinyml.records.record import Record, declared

File = TypeVar("File")
"""A path in a stage; in the SConstruct a node, or text with construction variables."""
Role = Literal["source", "target", "option", "place"]


def source(about: str, *, default: Any = MISSING) -> Any:
    """Declare one or several files to read: sources of the node."""
    return _field("source", about, default)


def target(about: str, *, default: Any = MISSING) -> Any:
    """Declare a file to write: a target of the node. SCons prints the first one."""
    return _field("target", about, default)


def option(about: str, *, default: Any = MISSING, choices: Sequence[str] | None = None) -> Any:
    """Declare text that is part of the signature, such as names by which files are found."""
    return _field("option", about, default, choices)


def place(about: str, *, default: Any = MISSING, choices: Sequence[str] | None = None) -> Any:
    """Declare a value that differs between machines, not the result; not part of the signature."""
    return _field("place", about, default, choices)


def _field(role: Role, about: str, default: Any, choices: Sequence[str] | None = None) -> Any:
    return field(default=default, metadata={"role": role, "about": about, "choices": choices})


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(source, target, option, place)
)
class Request(Record, Generic[File]):
    """Arguments of a stage. Each subclass is the record of one stage.

    Subclasses without a stage hold common fields.
    """

    stage: ClassVar[str] = ""
    """Name on the command line, 'quantize.given': its module below this package has `main`."""

    foreign: ClassVar[str] = ""
    """Field with the file of anybody that native code reads; the stage then runs in a process with limits."""

    def __init_subclass__(cls, *, stage: str = "", foreign: str = "") -> None:
        super().__init_subclass__()
        cls.stage = stage
        cls.foreign = foreign


Kind = TypeVar("Kind", bound=Request[Any])


class Given(Record):
    """A field of a request that has a value: its name, its role, and the value or values."""

    name: str
    role: Role
    values: tuple[Any, ...]

    @property
    def option(self) -> str:
        """The name on the command line."""
        return _option(self.name)


def given(request: Request[Any]) -> Iterator[Given]:
    """Yield the fields of `request` in order, without those with default values."""
    for name, one in declared(type(request)).items():
        value = getattr(request, name)
        if value != one.default:
            yield Given(name, one.metadata["role"], value if isinstance(value, tuple) else (value,))


def arguments(request: Request[Path]) -> list[str]:
    """Return the command line after the name of the stage: `parse` turns it into an equal request.

    A value is part of the word of its option, as one may begin with '-'.
    """
    return [f"{one.option}={value}" for one in given(request) for value in one.values]


def parse(kind: type[Kind], arguments: Sequence[str]) -> Kind:
    """Return the request of the command line `arguments`. Raises SystemExit for an invalid one."""
    from argparse import SUPPRESS, ArgumentParser

    parser = ArgumentParser(
        prog=f"scons_tinyml.stages {kind.stage}",
        description=kind.__doc__,
        allow_abbrev=False,
        argument_default=SUPPRESS,
    )
    hints = get_type_hints(kind)
    for one in fields(kind):
        parser.add_argument(_option(one.name), **_reading(hints[one.name]), **_rules(one))
    found = vars(parser.parse_args(arguments))
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _rules(one: Field[Any]) -> dict[str, Any]:
    """Return argparse's arguments for what a field says of itself. The request itself has its default."""
    required = one.default is MISSING
    return {"help": one.metadata["about"], "choices": one.metadata["choices"], "required": required}


def _reading(hint: Any) -> dict[str, Any]:
    """Return argparse's arguments for a type: File, text, a number, several of one, or an optional one."""
    inner = [one for one in get_args(hint) if one is not NoneType]
    if get_origin(hint) in (Union, UnionType):
        return _reading(inner[0])
    if get_origin(hint) is tuple:
        return {**_reading(inner[0]), "action": "append"}
    return {"type": Path if hint is File else hint}
