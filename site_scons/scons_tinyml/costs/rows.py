"""Rows of the cost database: a key, the result, and its origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from scons_tinyml.costs.key import Attributes, CostKey, ProofKey

MEASURED_HERE = "measured here"
Key = TypeVar("Key")
Columns = tuple[tuple[str, ...], tuple[Any, ...]]
"""Names of columns, and a value for each."""


class _Kept(Generic[Key]):
    """A row of a table: its columns are the fields of the key, then its own fields."""

    key_type: ClassVar[type]

    def to_record(self) -> dict[str, Any]:
        """Return all columns with their values."""
        return dict(zip(*self.to_columns(), strict=True))

    def to_columns(self) -> Columns:
        """Return names and values of the columns; quicker than `to_record`."""
        names, values = _columns(cast(Any, type(self)), self.key_type)
        return names, values(self)

    @classmethod
    def own_columns(cls) -> tuple[str, ...]:
        """Return the columns that are not part of the key."""
        return _names(cast(Any, cls))

    @classmethod
    def of_key(cls, key: Key, record: Mapping[str, Any]) -> Self:
        """Return the row with the key `key` and the `own_columns` in `record`."""
        make: Any = cls  # mypy cannot know that it is a dataclass
        return cast(Self, make(key=key, **{name: record[name] for name in _names(make)}))


@dataclass(frozen=True)
class CostRow(_Kept[CostKey]):
    """One measurement. Construction raises ValueError for cycles that are not positive."""

    key_type = CostKey

    key: CostKey
    cycles: int
    instructions: int | None
    """None where the evidence is hardware, which does not count instructions."""
    measured_at: str
    tool_version: str
    object_digest: str
    """SHA-256 over the objects of the kernel that ran; empty for rows of older versions, which no build finds. It is no
    part of the key. If a build with the same key has other objects, the row is wrong for it."""
    origin: str = MEASURED_HERE
    """MEASURED_HERE, or 'pack <name> <digest prefix>' for an imported row."""
    board: str = ""
    """Name of the board that it was measured for, for information only: other boards may share the row."""
    pack_name: str = ""
    """Name of the pack, or 'seeds <file>', that the row came with; empty for a row that was measured here."""
    pack_digest: str = ""
    """SHA-256 of the rows of that pack; empty for rows that were imported before version 4 of the database."""
    signer: str = ""
    """Public key that has signed the pack; empty for an unsigned one. The three are facts of this database: the
    lines of a pack do not have them."""

    def __post_init__(self) -> None:
        if self.cycles <= 0:
            raise ValueError(f"{self.key.kernel}: {self.cycles} cycles cannot have been measured")

    @property
    def is_own(self) -> bool:
        """True if the row was measured here, with this database."""
        return self.origin == MEASURED_HERE

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CostRow:
        """Return the row of a `record`, which `to_record` returned."""
        attributes = read_attributes(record["attributes"])
        names = (name for name in _names(CostKey) if name != "attributes")
        key = CostKey(attributes=attributes, **{name: record[name] for name in names})
        return cls.of_key(key, record)


def read_attributes(text: str) -> Attributes:
    """Return the attributes of a layer from the column of that name."""
    from orjson import loads

    return tuple((str(name), int(value)) for name, value in loads(text))


@dataclass(frozen=True)
class Proof(_Kept[ProofKey]):
    """A comparison of a kernel's output with the oracle's on one layer."""

    key_type = ProofKey

    key: ProofKey
    compared_bytes: int
    differing_bytes: int
    max_ulps: int
    """Largest distance of float32 values, 0 for integers."""
    fault: str | None
    """Fault of the kernel that would stop the chip, None when it returned."""
    checked_at: str
    tool_version: str
    object_digest: str
    """As in `CostRow`."""

    def disagreement(self, allowed_ulps: int = 0) -> str | None:
        """Return why the kernel may not be chosen for this layer; None when its output was the oracle's.

        `allowed_ulps` is the distance of float32 values that the kernel declares; integers must be equal.
        """
        if self.fault is not None:
            return f"faulted: {self.fault}"
        return disagreement(self.compared_bytes, self.differing_bytes, self.max_ulps, allowed_ulps)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Proof:
        """Return the proof of a `record`, which `to_record` returned."""
        return cls.of_key(ProofKey(**{name: record[name] for name in _names(ProofKey)}), record)


def disagreement(
    compared_bytes: int, differing_bytes: int, max_ulps: int, allowed_ulps: int = 0
) -> str | None:
    """Return how an output differs from the oracle's; None when it is equal or within `allowed_ulps`."""
    if differing_bytes == 0 or 0 < max_ulps <= allowed_ulps:
        return None
    apart = f", by up to {max_ulps} ulps" if max_ulps else ""
    return f"output differs from the oracle in {differing_bytes:,} of {compared_bytes:,} bytes{apart}"


@cache
def _columns(record_type: Any, key_type: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """Return the columns of a record and its key, and a function that takes their values from a record."""
    of_key, own = _names(key_type), _names(record_type)
    texts = {"attributes": "attributes_text"}
    values = attrgetter("key.digest", *(f"key.{texts.get(name, name)}" for name in of_key), *own)
    return ("digest", *of_key, *own), values


@cache
def _names(record_type: Any) -> tuple[str, ...]:
    """Return the columns of the fields of the dataclass `record_type`."""
    return tuple(field.name for field in fields(record_type) if field.name != "key")
