"""Frozen records whose methods are defined once.

`@dataclass(frozen=True)` generates and compiles methods for each class, half a millisecond each. Records that an
SConstruct imports would so take a tenth of the time of a build with nothing to do. All others are dataclasses.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import Any, ClassVar, dataclass_transform


class _Fields:
    """Fields of a record, which are looked for when it is first used: a build uses half of those that it imports."""

    def __get__(self, record: object, kind: type) -> dict[str, Field[Any]]:
        dataclass(init=False, repr=False, eq=False)(kind)
        return vars(kind)["__dataclass_fields__"]  # type: ignore[no-any-return]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """Base of records: subclasses declare fields as dataclasses do, and `fields` and `replace` take them."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__dataclass_fields__ = _Fields()  # type: ignore[assignment]

    def __init__(self, *values: Any, **named: Any) -> None:
        declared = {one.name: one for one in fields(self)}
        given = dict(zip(declared, values, strict=False))
        if len(values) > len(declared) or given.keys() & named.keys():
            raise TypeError(f"{type(self).__name__} has {len(declared)} fields, each is given once")
        given |= named
        if unknown := given.keys() - declared.keys():
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        whole = {name: given[name] if name in given else _default(one) for name, one in declared.items()}
        if missing := [name for name, value in whole.items() if value is MISSING]:
            raise TypeError(f"{type(self).__name__} needs {', '.join(missing)}")
        vars(self).update(whole)

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), *self._compared()))

    def __repr__(self) -> str:
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return f"{type(self).__name__}({', '.join(shown)})"

    def _compared(self) -> tuple[Any, ...]:
        return tuple(getattr(self, one.name) for one in fields(self) if one.compare)


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()
