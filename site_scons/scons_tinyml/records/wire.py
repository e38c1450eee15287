"""Records as JSON text for another process, and back: only declared types are made of a text.

    {"t":"Layer","f":{"index":0,"inputs":[0,null],...}}     a dataclass, or a record of pydantic, with its name
    {"b":"AAEC"}                                            bytes
    {"m":[["stride_h",1]]}                                  a mapping, whose keys may be numbers

The name tells apart the types that one field may have. Values are checked against the annotations of the fields.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError

from scons_tinyml.records.quantities import AS_WRITTEN
from scons_tinyml.records.typed import WrongValue

Typed = TypeVar("Typed")

_PLAIN = (bool, int, float, str, NoneType)


def to_wire(value: Any) -> bytes:
    """Return the text of a dataclass. Raises TypeError for a value that it cannot hold."""
    from orjson import dumps

    return dumps(_plain(value))


def from_wire(kind: type[Typed], text: bytes) -> Typed:
    """Return the dataclass `kind` of `text`. Raises WrongValue for a text that `to_wire` does not make of one."""
    from orjson import loads

    try:
        values = loads(text)
    except ValueError as error:
        raise WrongValue(f"is not JSON: {error}", "") from None
    return cast(Typed, _typed(kind, values, ()))


def _plain(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, bytes):
        return {"b": b64encode(value).decode("ascii")}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {"m": [[_plain(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, BaseModel):
        return {"t": type(value).__name__, "f": value.model_dump(mode="json", context=AS_WRITTEN)}
    if is_dataclass(value):
        named = {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
        return {"t": type(value).__name__, "f": named}
    raise TypeError(f"{type(value).__name__} has no form as text")


def _typed(hint: Any, value: Any, place: tuple[str, ...]) -> Any:
    """Return `value` as an object of `hint`; `place` are the keys that lead to it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _first(inner, value, place)
    if origin is Literal and value in inner:
        return value
    if origin is tuple and type(value) is list:
        of_any_length = inner[1:] == (...,)
        hints = inner[:1] * len(value) if of_any_length else inner
        if len(hints) == len(value):
            return tuple(_typed(of, one, (*place, str(n))) for n, (of, one) in enumerate(zip(hints, value)))  # noqa: B905
    if origin is Mapping:
        pairs = _part(value, "m", list, place)
        return dict(
            _typed(tuple.__class_getitem__(inner), pair, (*place, str(n))) for n, pair in enumerate(pairs)
        )
    if hint is bytes:
        return _bytes(_part(value, "b", str, place), place)
    if hint in _PLAIN and type(value) is hint:
        return value
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel)):
        return _record(hint, value, place)
    raise _wrong(f"found {_shown(value)}, expected {getattr(hint, '__name__', hint)}", place)


def _first(hints: tuple[Any, ...], value: Any, place: tuple[str, ...]) -> Any:
    """Return `value` as the first of `hints` that it can be; a record is named, so its own problem is told."""
    for hint in hints:
        if isinstance(value, dict) and value.get("t") == getattr(hint, "__name__", None):
            return _typed(hint, value, place)
    for hint in hints:
        try:
            return _typed(hint, value, place)
        except WrongValue:
            continue
    raise _wrong(f"found {_shown(value)}, expected another type", place)


def _record(kind: Any, value: Any, place: tuple[str, ...]) -> Any:
    values = _part(value, "f", dict, place)
    if value.get("t") != kind.__name__:
        raise _wrong(f"found {_shown(value.get('t'))}, expected {kind.__name__}", place)
    if issubclass(kind, BaseModel):
        try:
            return kind.model_validate(values)
        except ValidationError as error:
            raise _wrong(error.errors(include_url=False)[0]["msg"], place) from None
    hints = _hints(kind)
    if values.keys() != hints.keys():
        missing = sorted(values.keys() ^ hints.keys())
        raise _wrong(f"found other fields than {kind.__name__} has: {', '.join(map(str, missing))}", place)
    try:
        return kind(**{name: _typed(hints[name], one, (*place, name)) for name, one in values.items()})
    except (TypeError, AssertionError) as error:
        raise _wrong(str(error), place) from None


def _part(value: Any, key: str, kind: type, place: tuple[str, ...]) -> Any:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, kind):
        raise _wrong(f"found {_shown(value)}, expected an object with '{key}'", place)
    return found


def _bytes(text: str, place: tuple[str, ...]) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise _wrong(f"found {_shown(text)}, expected base64", place) from None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {part.name: hints[part.name] for part in fields(kind)}


def _shown(value: Any) -> str:
    from scons_tinyml.records.names import shorten

    return shorten(repr(value), 40)


def _wrong(problem: str, place: tuple[str, ...]) -> WrongValue:
    return WrongValue(problem, ".".join(place))
