"""Rows of the cost database: a key, what was found under it, and how that came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from scons_tinyml.costs.key import CostKey, ProofKey

MEASURED_HERE = "measured here"
Key = TypeVar("Key")
Columns = tuple[tuple[str, ...], tuple[Any, ...]]
"""Names of columns, and a value for each."""


def utc_now() -> str:
    """The time of a measurement: ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class _Kept(Generic[Key]):
    """What a table holds under a key: its columns are the fields of the key, then its own."""

    key_type: ClassVar[type]

    def to_record(self) -> dict[str, Any]:
        """All columns with their values."""
        return dict(zip(*self.to_columns(), strict=True))

    def to_columns(self) -> Columns:
        """Names and values of `to_record`, in less time."""
        names, values = _columns(cast(Any, type(self)), self.key_type)
        return names, values(self)

    @classmethod
    def own_columns(cls) -> tuple[str, ...]:
        """Columns that the key does not have."""
        return _names(cast(Any, cls))

    @classmethod
    def of_key(cls, key: Key, record: Mapping[str, Any]) -> Self:
        """What was kept under `key`, of which `record` has the `own_columns`."""
        make: Any = cls  # a dataclass, which mypy cannot know here
        return cast(Self, make(key=key, **{name: record[name] for name in _names(make)}))


@dataclass(frozen=True)
class CostRow(_Kept[CostKey]):
    """One measurement. ValueError if the cycles are not positive: the clock stood still."""

    key_type = CostKey

    key: CostKey
    cycles: int
    instructions: int | None
    """None where the evidence is hardware, which counts none."""
    measured_at: str
    tool_version: str
    object_digest: str
    """SHA-256 over the objects of the kernel that ran; empty for a row of a time when this was not kept, which no build
    finds. It is no part of the key: where it is not that of the objects at hand, row and key contradict each other."""
    origin: str = MEASURED_HERE
    """Or 'pack <name> <digest prefix>' for a row that was imported."""
    board: str = ""
    """Name of the board file that it was measured for; information only, other boards may share the row."""

    def __post_init__(self) -> None:
        if self.cycles <= 0:
            raise ValueError(f"{self.key.kernel}: {self.cycles} cycles cannot have been measured")

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CostRow:
        """The row that `to_record` made `record` of."""
        from orjson import loads

        attributes = tuple(map(tuple, loads(record["attributes"])))
        names = (name for name in _names(CostKey) if name != "attributes")
        key = CostKey(attributes=attributes, **{name: record[name] for name in names})
        return cls.of_key(key, record)


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
    """What the kernel did that would have stopped the chip, None when it returned."""
    checked_at: str
    tool_version: str
    object_digest: str
    """As that of a `CostRow`."""

    def disagreement(self, allowed_ulps: int = 0) -> str | None:
        """Why the kernel may not be chosen for this layer; None when its output was the oracle's.

        `allowed_ulps` is what the kernel declares for float32; integers are compared byte for byte.
        """
        if self.fault is not None:
            return f"faulted: {self.fault}"
        return disagreement(self.compared_bytes, self.differing_bytes, self.max_ulps, allowed_ulps)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Proof:
        """The proof that `to_record` made `record` of."""
        return cls.of_key(ProofKey(**{name: record[name] for name in _names(ProofKey)}), record)


def disagreement(
    compared_bytes: int, differing_bytes: int, max_ulps: int, allowed_ulps: int = 0
) -> str | None:
    """In which way an output is not the oracle's; None when it is, byte for byte or within `allowed_ulps`."""
    if differing_bytes == 0 or 0 < max_ulps <= allowed_ulps:
        return None
    apart = f", by up to {max_ulps} ulps" if max_ulps else ""
    return f"output differs from the oracle in {differing_bytes:,} of {compared_bytes:,} bytes{apart}"


@cache
def _columns(record_type: Any, key_type: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """Columns of a record and its key, and what takes their values from a record."""
    of_key, own = _names(key_type), _names(record_type)
    texts = {"attributes": "attributes_text"}
    values = attrgetter("key.digest", *(f"key.{texts.get(name, name)}" for name in of_key), *own)
    return ("digest", *of_key, *own), values


@cache
def _names(record_type: Any) -> tuple[str, ...]:
    """Columns that the fields of the dataclass `record_type` are kept in."""
    return tuple(field.name for field in fields(record_type) if field.name != "key")
