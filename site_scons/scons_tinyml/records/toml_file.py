"""Reading of a TOML file into a pydantic record. Errors name the file, the key, and the value found and expected."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scons_tinyml.records.errors import InputError, RecordError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.system_errors import require_regular
from scons_tinyml.records.texts import Prose


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
    try:
        require_regular(path)
        text = path.read_bytes().decode("utf-8")
    except InputError as error:
        raise RecordError(error.problem, where=path) from None
    except FileNotFoundError:
        raise RecordError("no such file", where=path) from None
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror or error}", where=path) from None
    except UnicodeDecodeError as error:
        raise RecordError(f"cannot be read: {error}", where=path) from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecordError(f"is not valid TOML: {error}", where=path) from None
    try:
        return record.model_validate({**table, **extra})
    except ValidationError as error:
        raise _as_record_error(path, record, error) from None


def _as_record_error(path: Path, record: type[BaseModel], error: ValidationError) -> RecordError:
    problems = error.errors()
    # For a mistake in a table, pydantic also reports an error of the value that contains the table.
    outer = {problem["loc"][:depth] for problem in problems for depth in range(len(problem["loc"]))}
    lines = [_describe(record, dict(problem)) for problem in problems if problem["loc"] not in outer]
    if len(lines) == 1:
        key, problem = lines[0]
        return RecordError(problem, where=path, key=key or None)
    listed = "".join(f"\n  {key}: {problem}" if key else f"\n  {problem}" for key, problem in lines)
    return RecordError(f"{len(lines)} mistakes{listed}", where=path)


def _describe(record: type[BaseModel], problem: dict[str, Any]) -> tuple[str, str]:
    location = problem["loc"]
    key = ".".join(str(part) for part in location)
    kind, found = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        return key, f"unknown key; {did_you_mean(str(location[-1]), _keys_at(record, location[:-1]))}"
    if kind == "missing":
        return key, "missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return key, message
    return key, f"found {found!r}; {message[0].lower()}{message[1:]}"


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
