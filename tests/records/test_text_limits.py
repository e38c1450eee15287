"""Text of files from anybody: whatever it holds, a reader returns a value or a typed error, soon."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records import input_limits
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import InputError, RecordError
from scons_tinyml.records.expression import Expression
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.json_text import parse_json, read_json
from scons_tinyml.records.model import read_model
from scons_tinyml.records.printed import least_fraction, most_bytes, most_fraction, most_seconds
from scons_tinyml.records.units import parse_bytes, parse_hertz, parse_seconds
from support.effort import examples

TABLES = {
    "a = " + "[" * 3000: "found values more than 16 deep",
    "a = " + "[" * 17 + "]" * 17: "found values more than 16 deep",
    ".".join("a" * 20) + " = 1": "found values more than 16 deep",
    "a = " + "9" * 5000: "found a line of 5,004 characters, the limit is 4,096",
    "clock = " + "9" * 4000: "found a number of 13288 bits, the limit is 64",
    "clock = 1e999": "clock: found inf, expected a finite number",
    "clock = nan": "clock: found nan, expected a finite number",
    'part = "a\\u0000b"': "part: found text with a NUL character",
    '"a\\u0000b" = 1': "found a key with a NUL character",
    "part = 'a\0b'": "is not valid TOML",
    'part = "\\ud800"': "is not valid TOML",
    "".join(
        f"a{number} = 1\n" for number in range(30_000)
    ): "found 318,890 bytes, the limit is 262,144 bytes",
    "".join(f"a{number} = 1\n" for number in range(10_000)): "and 9,989 more",
}


@pytest.mark.parametrize(("text", "message"), TABLES.items(), ids=range(len(TABLES)))
def test_extreme_tables(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "b.toml"
    path.write_text(text)
    with pytest.raises(RecordError) as found:
        read_board(path)
    assert message in str(found.value)
    assert str(found.value).startswith(str(path))
    assert len(str(found.value)) < 10_000


def test_other_kinds_of_files(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, kind in ((fifo, "a pipe"), (Path("/dev/zero"), "a device"), (tmp_path, "a folder")):
        with pytest.raises(InputError, match=f"is {kind}"):
            read_input(path, 10)
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as stream:
        stream.truncate(30 * 2**30)
    with pytest.raises(InputError, match="found 32,212,254,720 bytes, the limit is 10 bytes"):
        read_input(sparse, 10)
    with pytest.raises(InputError, match="found more, the limit is 10 bytes"):
        read_input(Path("/proc/self/status"), 10)  # a file whose size the system gives as 0


TEXTS = {
    "[" * 100_000: "lists and objects 100000 deep, the limit is 64",
    '{"a":' * 65 + "1" + "}" * 65: "65 deep",
    "NaN": "found NaN",
    "[1, -Infinity]": "found -Infinity",
    "1e400": "an exponent of 270 or more",
    "1E+0400": "an exponent of 270 or more",
    "9" * 40: "a number of 40 digits or more",
    '["\\ud800"]': "half of a surrogate pair",
    '"' + '\\"' * 100_000: "Unterminated string",
    "[" + "0," * 200 + "0]": "about 202 values, the limit is 200",
    "": "Expecting value",
}


@pytest.mark.parametrize(("text", "message"), TEXTS.items(), ids=range(len(TEXTS)))
def test_extreme_json(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_json(text, most_values=200)


def test_json_that_only_looks_extreme() -> None:
    text = '{"a": "[[{{1e999 NaN \\" ' + "[" * 200 + '", "b": "\\ud83d\\ude00", "c": 1e-400, "d": 1e269}'
    assert parse_json(text) == {
        "a": '[[{{1e999 NaN " ' + "[" * 200,
        "b": "\N{GRINNING FACE}",
        "c": 0,
        "d": 1e269,
    }
    with pytest.raises(UnicodeDecodeError):
        parse_json(b'"\xff"')


def test_json_files_have_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[1]")
    assert read_json(path) == [1]
    with pytest.raises(InputError, match="found 3 bytes, the limit is 2 bytes"):
        read_json(path, most_bytes=2)


EXPRESSIONS = {
    "min()": "min takes two values or more, found 0",
    "max(1)": "max takes two values or more, found 1",
    "1 // 0": "1 is divided by 0",
    "1 % (2 - 2)": "1 is divided by 0",
    "2 ** 99999999": "Pow is not allowed here",
    "1 << 99999999": "LShift is not allowed here",
    "9" * 100: "a value has 333 bits, the limit is 63",
    " * ".join(["999999999"] * 9): "bits, the limit is 63",
    "-" * 900 + "1": "more than 50 deep",
    "(" * 400 + "1" + ")" * 400: "is not an expression",
    "1" + " + 1" * 60: "more than 50 deep",
    "x" * 1_000_000: "has 1,000,000 characters, an expression at most 1,000",
    "a\0b": "is not an expression",
}


@pytest.mark.parametrize(("text", "message"), EXPRESSIONS.items(), ids=range(len(EXPRESSIONS)))
def test_extreme_expressions(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="(?s)" + message.replace("*", r"\*")) as found:
        Expression(text).evaluate({})
    assert len(str(found.value)) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("9" * 400 + "Hz", "has 402 characters, a number with a unit at most 64"),
        ("9" * 30 + "MHz", "is too much: the limit is 9.2e"),
        ("1e400 KiB", "is not a number with a unit"),
    ],
)
def test_extreme_quantities(text: str, message: str) -> None:
    for parse in (parse_hertz, parse_bytes, parse_seconds, most_bytes, most_seconds):
        with pytest.raises(ValueError, match=f"{message}|is not one of"):
            parse(text)


@given(
    st.one_of(
        st.text(), st.integers(), st.floats(), st.from_regex(r"[0-9]+(\.[0-9]+)? ?([kM]?Hz|[KM]iB|[mu]?s)")
    )
)
@settings(max_examples=examples(300))
def test_any_quantity_is_finite_or_refused(given_value: object) -> None:
    for parse in (parse_hertz, parse_bytes, parse_seconds, most_bytes, most_seconds):
        try:
            value = parse(given_value)
        except ValueError:
            continue
        assert 0 <= value <= input_limits.QUANTITY
    for fraction in (most_fraction, least_fraction):
        try:
            fraction(given_value)
        except ValueError:
            continue


@given(st.one_of(st.text("()+-*/%<>=!0123456789abminx, notandorifelse", max_size=60), st.text()))
@settings(max_examples=examples(300))
def test_any_expression_has_a_value_or_is_refused(text: str) -> None:
    try:
        value = Expression(text).evaluate({"a": 3, "b": 0, "x": 2**40})
    except ValueError:
        return
    assert abs(value) < input_limits.EXPRESSION_VALUE


@given(st.one_of(st.binary(), st.text('[]{}",:0123456789eE+-.\\u dDntrue', max_size=80).map(str.encode)))
@settings(max_examples=examples(300))
def test_any_bytes_are_json_or_refused(data: bytes) -> None:
    try:
        parse_json(data)
    except ValueError:
        return


@given(
    st.one_of(
        st.binary(), st.text("[]{}\"'=,.#_abclokname0123456789e-+:\n\\u \t", max_size=80).map(str.encode)
    )
)
@settings(max_examples=examples(100))
def test_any_bytes_are_a_record_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "model.toml"
    path.write_bytes(data)
    for read in (read_board, read_model):
        with pytest.raises(RecordError):
            read(path)
