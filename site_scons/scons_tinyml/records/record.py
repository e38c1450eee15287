"""Frozen records whose methods are defined once.

`@dataclass(frozen=True)` generates and compiles methods for each class, half a millisecond each. Records that an
SConstruct imports would so take a tenth of the time of a build with nothing to do. All others are dataclasses.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from inspect import get_annotations
from typing import Any, ClassVar, dataclass_transform

_DECLARED = "_declared"
"""Attribute of a class with what `declared` has found."""


class _Fields:
    """Fields of a record for `fields` and `replace`, which are made when one of these is first used."""

    def __get__(self, record: object, kind: type[Record]) -> dict[str, Field[Any]]:
        declared(kind)  # from what the class says, which `dataclass` changes
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
        known = declared(type(self))
        given = dict(zip(known, values, strict=False))
        if len(values) > len(known) or given.keys() & named.keys():
            raise TypeError(f"{type(self).__name__} has {len(known)} fields, each is given once")
        given |= named
        if unknown := given.keys() - known.keys():
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        whole = {name: given[name] if name in given else _default(one) for name, one in known.items()}
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
        shown = (f"{name}={getattr(self, name)!r}" for name, one in declared(type(self)).items() if one.repr)
        return f"{type(self).__name__}({', '.join(shown)})"

    def _compared(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name, one in declared(type(self)).items() if one.compare)


def declared(kind: type[Any]) -> dict[str, Field[Any]]:
    """Return what the class `kind` declares, by name in order: Field objects without name and type.

    `dataclasses.fields` has the same with both, and takes ten times as long.
    """
    if (known := vars(kind).get(_DECLARED)) is not None:
        return known  # type: ignore[no-any-return]
    found: dict[str, Field[Any]] = {}
    for base in reversed(kind.__bases__):
        found |= declared(base) if issubclass(base, Record) else {}
    for name, annotation in get_annotations(kind).items():
        if not str(annotation).removeprefix("typing.").startswith("ClassVar"):
            default = vars(kind).get(name, MISSING)
            found[name] = default if isinstance(default, Field) else field(default=default)
    setattr(kind, _DECLARED, found)
    return found


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()
