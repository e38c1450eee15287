"""Dataclasses from values of JSON, with the types that their annotations give."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

Typed = TypeVar("Typed")


class WrongValue(ValueError):
    """A value of another type than its annotation; `key` is its dotted place."""

    def __init__(self, problem: str, key: str) -> None:
        self.key = key
        super().__init__(problem)


def from_values(kind: type[Typed], values: Any) -> Typed:
    """Return the dataclass `kind`, with all dataclasses in it, from `values`.

    Lists become tuples, and keys become numbers where annotations say so. Raises WrongValue.
    """
    from pydantic import ValidationError  # takes longer than a build with nothing to do

    try:
        made: Typed = _adapter(cast(Any, kind)).validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise WrongValue(first["msg"], ".".join(map(str, first["loc"]))) from None
    return made


@cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
