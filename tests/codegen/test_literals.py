from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.lowering.literals import array_lines, c_float, c_number, pack, unpack


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0f"),
        (-0.0, "-0.0f"),
        (1.0, "1.0f"),
        (6.0, "6.0f"),
        (0.1, "0.1f"),
        (16777216.0, "16777216.0f"),
        (1e10, "1e+10f"),
        (3.4028234663852886e38, "3.4028235e+38f"),
        (1.401298464324817e-45, "1.4013e-45f"),
        (math.inf, "INFINITY"),
        (-math.inf, "-INFINITY"),
        (1e300, "INFINITY"),
    ],
)
def test_floats(value: float, text: str) -> None:
    assert c_float(value) == text


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_are_read_back_to_the_same_bits(value: float) -> None:
    text = c_float(value)
    assert struct.pack("<f", float(text.removesuffix("f"))) == struct.pack("<f", value)
    assert len(text) <= len("-1.23456789e-38f")


def test_nan_is_refused() -> None:
    with pytest.raises(InternalError, match="NaN"):
        c_float(math.nan)


def test_whole_numbers() -> None:
    assert [c_number(value) for value in (0, -128, 2**31 - 1, -(2**63), True)] == [
        *("0", "-128", "2147483647", "INT64_MIN", "1")
    ]


def test_lines_are_columns() -> None:
    assert list(array_lines("int32_t", pack("int32_t", [1, -2_000_000_000, *range(8)]))) == [
        "              1, -2000000000,           0,           1,           2,           3,           4,",
        "              5,           6,           7,",
    ]


@given(st.lists(st.integers(-128, 127), min_size=1, max_size=100))
def test_lines_hold_all_values_in_order(values: list[int]) -> None:
    lines = list(array_lines("int8_t", pack("int8_t", values)))
    assert [int(text) for line in lines for text in line.split(",") if text] == values
    assert max(map(len, lines)) <= 101


@pytest.mark.parametrize("c_type", ["int8_t", "uint8_t", "int16_t", "int32_t", "int64_t"])
def test_pack_and_unpack(c_type: str) -> None:
    assert unpack(c_type, pack(c_type, [0, 1, 127])) == (0, 1, 127)
