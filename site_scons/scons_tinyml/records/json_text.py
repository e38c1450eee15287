"""JSON that anybody may have written: bounded in size, depth and number of values, and only what JSON can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any, NoReturn

from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import JSON_BYTES, JSON_DEPTH, JSON_DIGITS, JSON_VALUES

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % JSON_DIGITS)
#: With fewer than JSON_DIGITS digits before it, a larger exponent could make a number that no double holds.
_LARGE_EXPONENT = re.compile(rb"[eE]\+?(?:2[7-9][0-9]|[3-9][0-9]{2}|[0-9]{4})")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACKETS = b"[]{}"
_STEPS = [{"[": 1, "{": 1, "]": -1, "}": -1}.get(chr(byte), 0) for byte in range(256)]
_OTHERS = bytes(byte for byte in range(256) if byte not in _BRACKETS)


def parse_json(
    data: bytes | str, *, most_values: int = JSON_VALUES, object_hook: Callable[[Any], Any] | None = None
) -> Any:
    """Return the value of the JSON text `data`, in UTF-8. Raises ValueError above a limit of `input_limits`.

    NaN, infinity, lone surrogates and numbers that no double holds are refused too. `object_hook` is that of `json`.
    """
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    if len(data) > JSON_BYTES:
        raise ValueError(f"found {len(data):,} bytes, the limit is {JSON_BYTES:,}")
    _check(_STRING.sub(b"", data), most_values)
    value = json.loads(data.decode("utf-8"), parse_constant=_refuse, object_hook=object_hook)
    if _SURROGATE.search(data):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError(f"found half of a surrogate pair ({error.reason})") from None
    return value


def read_json(
    path: Path, *, most_bytes: int = JSON_BYTES, object_hook: Callable[[Any], Any] | None = None
) -> Any:
    """Return the value of the JSON file `path`. Raises OSError, InputError for no file, ValueError as `parse_json`."""
    return parse_json(read_input(path, most_bytes), object_hook=object_hook)


def _check(bare: bytes, most_values: int) -> None:
    """Raise ValueError for a text that passes a limit. `bare` is the text without its strings."""
    brackets = bare.translate(None, _OTHERS)
    if len(brackets) > JSON_DEPTH:
        depth = max(accumulate(map(_STEPS.__getitem__, brackets)))
        if depth > JSON_DEPTH:
            raise ValueError(f"found lists and objects {depth} deep, the limit is {JSON_DEPTH}")
    values = bare.count(b",") + len(brackets) // 2 + 1
    if values > most_values:
        raise ValueError(f"found about {values:,} values, the limit is {most_values:,}")
    if _LONG_NUMBER.search(bare):
        raise ValueError(f"found a number of {JSON_DIGITS} digits or more")
    if _LARGE_EXPONENT.search(bare):
        raise ValueError("found a number with an exponent of 270 or more")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"found {constant}, which is no JSON")
