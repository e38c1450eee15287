"""Quick check of a row by the schema, for imports of 100,000 rows.

Thousands of rows share their texts (memory, flags, compiler). Equal texts are checked once, and kept in memory once.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache, lru_cache
from operator import itemgetter
from sys import intern
from typing import Any

from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.packs.schema import Validity, schema, validity_of

KEY_TEXTS = tuple(field.name for field in fields(CostKey) if field.name != "attributes")
TEXTS = (*KEY_TEXTS, "tool_version", "object_digest", "origin", "board")
"""Properties whose values most rows share."""
_OWN = ("checksum", "cycles", "digest", "instructions", "measured_at")
_COUNT = len(TEXTS) + len(_OWN) + 1  # 1 for the attributes
_texts, _own = itemgetter(*TEXTS), itemgetter(*_OWN)


def row_texts(values: Any) -> tuple[str, ...] | None:
    """Return the `TEXTS` of `values` if these are a row by the schema without floats, otherwise None."""
    try:
        attributes = values["attributes"]
        own = [*_own(values), *attributes.values()]
        in_order = (
            len(values) == _COUNT
            and float not in map(type, own)  # 2.0 is an integer by the schema
            and _own_validity()(own)
            and _are_attributes(*attributes)
        )
        return _kept(*_texts(values)) if in_order else None
    except (AttributeError, KeyError, TypeError, ValueError):  # a value is missing or of another type
        return None


@lru_cache(maxsize=4096)
def _kept(*texts: str) -> tuple[str, ...]:
    """Return `texts`, with equal ones as one object. Raises ValueError for one that does not follow the schema."""
    if not _texts_validity()(list(texts)):
        raise ValueError(texts)
    return tuple(map(intern, texts))


@lru_cache(maxsize=4096)
def _are_attributes(*names: str) -> bool:
    """Return whether the schema allows attributes of these names; layers of one operator share theirs."""
    named: bool = _attributes_validity()(dict.fromkeys(names, 0))
    return named


@cache
def _own_validity() -> Validity:
    """Return a check of the values of `_OWN`, followed by those of the attributes."""
    known = _properties()
    each = known["attributes"]["additionalProperties"]
    return validity_of({"prefixItems": [known[name] for name in _OWN], "items": each})


@cache
def _texts_validity() -> Validity:
    return validity_of({"prefixItems": [_properties()[name] for name in TEXTS]})


@cache
def _attributes_validity() -> Validity:
    return validity_of(_properties()["attributes"])


def _properties() -> dict[str, Any]:
    found: dict[str, Any] = schema()["$defs"]["row"]["properties"]
    return found
