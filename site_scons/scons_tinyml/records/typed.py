"""Dataclasses from values of JSON, with the types that their annotations give."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

Typed = TypeVar("Typed")


def from_values(kind: type[Typed], values: Any) -> Typed:
    """Return the dataclass `kind`, with all dataclasses in it, from `values`.

    Lists become tuples, and keys become numbers where annotations say so. Raises ValueError with the key.
    """
    made: Typed = _adapter(cast(Any, kind)).validate_python(values)
    return made


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
