"""Types of fields that are written with a unit, as pydantic checks and describes them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, SerializationInfo, WithJsonSchema

from scons_tinyml.records.units import (
    AMPERES,
    BYTES,
    HERTZ,
    JOULES,
    SECONDS,
    VOLTS,
    WATTS,
    parse_bytes,
    parse_hertz,
    parse_quantity,
    parse_seconds,
)


def _schema(units: Mapping[str, float], example: str) -> WithJsonSchema:
    pattern = r"^\s*[0-9]+(\.[0-9]+)?\s*(" + "|".join(units) + r")\s*$"
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


def bytes_schema() -> WithJsonSchema:
    """Return the JSON Schema of a size with its unit."""
    return _schema(BYTES, "64 KiB")


def seconds_schema() -> WithJsonSchema:
    """Return the JSON Schema of a time with its unit."""
    return _schema(SECONDS, "40 ms")


def joules_schema() -> WithJsonSchema:
    """Return the JSON Schema of an energy with its unit."""
    return _schema(JOULES, "1.2 mJ")


def watts_schema() -> WithJsonSchema:
    """Return the JSON Schema of a power with its unit."""
    return _schema(WATTS, "50 uW")


AS_WRITTEN = {"quantities": "as written"}
"""Context of `model_dump` that gives quantities with their units: the result is valid input."""


def _in(unit: str) -> PlainSerializer:
    def written(value: float, info: SerializationInfo) -> Any:
        return f"{Decimal(repr(value)):f} {unit}" if info.context == AS_WRITTEN else value

    return PlainSerializer(written)


Bytes = Annotated[int, BeforeValidator(parse_bytes), _in("B"), bytes_schema()]
Hertz = Annotated[int, BeforeValidator(parse_hertz), _in("Hz"), _schema(HERTZ, "80 MHz")]
Seconds = Annotated[float, BeforeValidator(parse_seconds), _in("s"), seconds_schema()]
Amperes = Annotated[
    float, BeforeValidator(lambda text: parse_quantity(text, AMPERES)), _in("A"), _schema(AMPERES, "8 mA")
]
Volts = Annotated[
    float, BeforeValidator(lambda text: parse_quantity(text, VOLTS)), _in("V"), _schema(VOLTS, "3.3 V")
]
