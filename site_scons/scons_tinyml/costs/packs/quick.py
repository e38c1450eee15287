"""Quick check of a row by the schema: an import makes it 100,000 times.

Most texts of a row (memory, flags, compiler) stand in thousands of others: they are checked once for all of these,
and kept in memory once.
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
_COUNT = len(TEXTS) + len(_OWN) + 1  # and the attributes
_texts, _own = itemgetter(*TEXTS), itemgetter(*_OWN)


def row_texts(values: Any) -> tuple[str, ...] | None:
    """The `TEXTS` of `values` where that is a row by the schema and no number has a point, otherwise None."""
    try:
        attributes = values["attributes"]
        own = [*_own(values), *attributes.values()]
        in_order = (
            len(values) == _COUNT
            and float not in map(type, own)  # 2.0 is whole by the schema
            and _own_validity()(own)
            and _are_attributes(*attributes)
        )
        return _kept(*_texts(values)) if in_order else None
    except (AttributeError, KeyError, TypeError, ValueError):  # of another type, or something is missing
        return None


@lru_cache(maxsize=4096)
def _kept(*texts: str) -> tuple[str, ...]:
    """`texts`, with equal ones as one object. Raises ValueError where one does not follow the schema."""
    if not _texts_validity()(list(texts)):
        raise ValueError(texts)
    return tuple(map(intern, texts))


@lru_cache(maxsize=4096)
def _are_attributes(*names: str) -> bool:
    """Layers of one operator have the same attributes."""
    named: bool = _attributes_validity()(dict.fromkeys(names, 0))
    return named


@cache
def _own_validity() -> Validity:
    """Checks of the values of `_OWN`, and of the attributes after them."""
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
