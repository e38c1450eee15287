"""Reading of a TOML file into a pydantic record. Errors name the file, the key, and the value found and expected."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scons_tinyml.records.errors import InputError, RecordError
from scons_tinyml.records.input_file import read_input_text
from scons_tinyml.records.input_limits import (
    QUANTITY,
    SHOWN_CHARACTERS,
    SHOWN_MISTAKES,
    TOML_BYTES,
    TOML_DEPTH,
    TOML_LINE_CHARACTERS,
)
from scons_tinyml.records.names import shorten
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.texts import Prose

MOST_LINES = 500
"""Most lines of a file in which a key is searched: the work grows with their square."""


class Record(BaseModel):
    """Base of all records that people write: frozen, without unknown keys, with checked defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class FileRecord(Record):
    """A record that is a whole file; `$schema` points editors to its JSON Schema."""

    schema_url: Prose | None = Field(default=None, alias="$schema", exclude=True)


RecordType = TypeVar("RecordType", bound=FileRecord)


def read_record(path: Path, record: type[RecordType], **extra: Any) -> RecordType:
    """Return the `record` in the TOML file `path`; `extra` gives fields that are not in the file.

    Raises RecordError with one line per mistake.
    """
    table = read_table(path)
    try:
        return record.model_validate({**table, **extra})
    except ValidationError as error:
        raise _as_record_error(path, record, error) from None


def read_table(path: Path) -> dict[str, Any]:
    """Return the table of the TOML file `path`. Raises RecordError, also above a limit of `input_limits`."""
    try:
        text = read_input_text(path, TOML_BYTES)
    except InputError as error:
        raise RecordError(error.problem, where=path) from None
    except FileNotFoundError:
        raise RecordError("no such file", where=path) from None
    except (OSError, ValueError) as error:
        raise RecordError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}", where=path
        ) from None
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > TOML_LINE_CHARACTERS:
            found = f"found a line of {len(line):,} characters, the limit is {TOML_LINE_CHARACTERS:,}"
            raise RecordError(found, where=f"{path}:{number}")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise RecordError(
            f"found values more than {TOML_DEPTH} deep, which is the limit", where=path
        ) from None
    except ValueError as error:  # of TOML, and of numbers with thousands of digits
        raise RecordError(f"is not valid TOML: {error}", where=path) from None
    _refuse_extremes(path, table)
    return table


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """Return the number of the line, from 1 on, at which the value of `keys` begins: ('budgets', 'flash').

    The beginning of a file that is TOML without the key, and with one more statement has it, ends just before it.
    Returns None for a file without the key, for one that is no TOML, and for one of more than MOST_LINES.
    """
    lines = text.split("\n")
    before = 0
    for number in range(1, len(lines) + 1 if len(lines) <= MOST_LINES else 0):
        try:
            table = tomllib.loads("\n".join(lines[:number]))
        except (ValueError, RecursionError):
            continue
        if _has(table, keys):
            return before + 1
        before = number
    return None


def _has(table: Any, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(table, dict) or key not in table:
            return False
        table = table[key]
    return True


def _refuse_extremes(path: Path, table: dict[str, Any]) -> None:
    """Raise RecordError for values that are too deep, and for numbers and texts that nothing could take."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(table, ())]
    while waiting:
        value, keys = waiting.pop()
        problem = None
        if len(keys) > TOML_DEPTH:
            problem = f"found values more than {TOML_DEPTH} deep, which is the limit"
        elif isinstance(value, dict):
            waiting += [(inner, (*keys, key)) for key, inner in value.items()]
            problem = "found a key with a NUL character" if any("\0" in key for key in value) else None
        elif isinstance(value, list):
            waiting += [(inner, (*keys, str(index))) for index, inner in enumerate(value)]
        elif isinstance(value, str) and "\0" in value:
            problem = "found text with a NUL character"
        elif isinstance(value, float) and not isfinite(value):
            problem = f"found {value}, expected a finite number"
        elif isinstance(value, int) and not -QUANTITY <= value < QUANTITY:
            problem = f"found a number of {value.bit_length()} bits, the limit is 64"
        if problem is not None:
            raise RecordError(problem, where=path, key=shorten(".".join(keys), SHOWN_CHARACTERS))


def _as_record_error(path: Path, record: type[BaseModel], error: ValidationError) -> RecordError:
    problems = error.errors()
    # For a mistake in a table, pydantic also reports an error of the value that contains the table.
    outer = {problem["loc"][:depth] for problem in problems for depth in range(len(problem["loc"]))}
    inner = [problem for problem in problems if problem["loc"] not in outer]
    lines = [_describe(record, dict(problem)) for problem in inner[:SHOWN_MISTAKES]]
    if len(inner) == 1:
        key, problem = lines[0]
        return RecordError(problem, where=path, key=key or None)
    listed = "".join(f"\n  {key}: {problem}" if key else f"\n  {problem}" for key, problem in lines)
    more = f"\n  and {len(inner) - len(lines):,} more" if len(inner) > len(lines) else ""
    return RecordError(f"{len(inner):,} mistakes{listed}{more}", where=path)


def _describe(record: type[BaseModel], problem: dict[str, Any]) -> tuple[str, str]:
    location = problem["loc"]
    key = shorten(".".join(str(part) for part in location), SHOWN_CHARACTERS)
    kind, found = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        return key, f"unknown key; {did_you_mean(str(location[-1]), _keys_at(record, location[:-1]))}"
    if kind == "missing":
        return key, "missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return key, message
    return key, f"found {shorten(repr(found), SHOWN_CHARACTERS)}; {message[0].lower()}{message[1:]}"


def _keys_at(record: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """Return the field names of the record at `location`, as TOML files spell them."""
    current: Any = record
    for part in location:
        field = getattr(current, "model_fields", {}).get(part) if isinstance(part, str) else None
        if field is not None:
            current = _record_in(field.annotation)
    fields = getattr(current, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _record_in(annotation: Any) -> Any:
    """Return the record class inside of annotations such as `X | None`, `tuple[X, ...]` and `dict[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _record_in(argument)
        if found is not None:
            return found
    return None
