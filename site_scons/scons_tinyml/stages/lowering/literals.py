"""Numbers as C literals that the compiler reads back to the same bits."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence

from scons_tinyml.records.errors import InternalError

C_TYPES: Mapping[str, str] = {
    "int4": "int8_t",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "bool": "uint8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
}
"""C type of an element of each tensor type, of a pair of elements for int4."""

_STRUCT_CODES = {
    "int8_t": "b",
    "uint8_t": "B",
    "int16_t": "h",
    "uint16_t": "H",
    "int32_t": "i",
    "int64_t": "q",
    "float": "f",
}

_FLOAT32_DIGITS = (6, 7, 8, 9)
"""Tried numbers of digits. Nine distinguish all float32; 'g' drops trailing zeros."""

_LINE_WIDTH = 100
_INDENT = "    "
_INT64_MIN = -(2**63)


def c_float(value: float) -> str:
    """Return the shortest decimal literal of type float that is exactly `value` rounded to float32."""
    if math.isnan(value):
        raise InternalError("NaN has no place in generated code; the graph's checks must have let it through")
    single = _to_float32(value)
    if math.isinf(single):
        return "INFINITY" if single > 0 else "-INFINITY"
    texts = (f"{single:.{digits}g}" for digits in _FLOAT32_DIGITS)
    text = next(text for text in texts if _to_float32(float(text)) == single)
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"


def c_number(value: int | float) -> str:
    """Return the literal of a whole number or of a float."""
    if isinstance(value, float):
        return c_float(value)
    return "INT64_MIN" if value == _INT64_MIN else str(int(value))


def unpack(c_type: str, data: bytes) -> tuple[int, ...] | tuple[float, ...]:
    """Return the values of little-endian `data`."""
    code = _STRUCT_CODES[c_type]
    return struct.unpack(f"<{len(data) // struct.calcsize(f'<{code}')}{code}", data)


def item_bytes(c_type: str) -> int:
    """Return the bytes of an element."""
    return struct.calcsize(f"<{_STRUCT_CODES[c_type]}")


def pack(c_type: str, values: Sequence[int] | Sequence[float]) -> bytes:
    """Return `values` as bytes; the inverse of `unpack`."""
    return struct.pack(f"<{len(values)}{_STRUCT_CODES[c_type]}", *values)


def array_lines(c_type: str, data: bytes) -> Iterator[str]:
    """Yield the lines of an initializer, in columns."""
    texts = [c_number(value) for value in unpack(c_type, data)]
    width = max(map(len, texts), default=0)
    columns = max(1, (_LINE_WIDTH - len(_INDENT)) // (width + 2))
    for start in range(0, len(texts), columns):
        yield _INDENT + ", ".join(text.rjust(width) for text in texts[start : start + columns]) + ","


def _to_float32(value: float) -> float:
    try:
        single: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return single
