"""Typed cells, and the one place that draws them as text."""

from __future__ import annotations

import io
import re

import pytest

from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import Column, Range, Table, Value, shown, table_of
from scons_tinyml.reports.table import print_table, text_table


@pytest.mark.parametrize(
    ("cell", "column", "expected"),
    [
        ("conv", Column("", "text"), "conv"),
        (1536, Column("", "bytes"), "1.5 KiB"),
        (0.0321, Column("", "seconds"), "32.10 ms"),
        (80_000_000, Column("", "hertz"), "80 MHz"),
        (1_326_086, Column("", "cycles"), "1,326,086"),
        (1_326_086, Column("", "cycles", spec="d"), "1326086"),
        (1234, Column("", "count"), "1,234"),
        (0.871, Column("", "share"), "87.1 %"),
        (1.038, Column("", "relative"), "103.8%"),
        (0.05, Column("", "relative", spec=".0%"), "5%"),
        (0.9, Column("", "fraction"), "0.9000"),
        (1.0149, Column("", "ratio"), "1.015"),
        (0x2000_0000, Column("", "count", spec="#010x"), "0x20000000"),
        ("pass", Column("", "verdict"), "pass"),
        ("fail", Column("", "verdict"), "FAIL"),
        ("not judged", Column("", "verdict"), "not judged"),
        (("weights", "code"), Column(""), "weights, code"),
        ((), Column("", missing="-"), "-"),
        (None, Column("", "bytes", missing="none"), "none"),
        (0, Column("", "bytes", missing="none"), "0 B"),
        (Value(0.95, "fraction", at_least=True), Column("", "bytes"), "at least 0.9500"),
        (Value(0.05, "seconds"), Column("", "bytes"), "50.00 ms"),
        (Range(0.024, 0.027), Column("", "seconds"), "24.00 ms to 27.00 ms"),
        (Range(0.024, 0.027, "and"), Column("", "seconds"), "24.00 ms and 27.00 ms"),
    ],
)
def test_figures_as_people_read_them(cell, column, expected):
    assert shown(cell, column) == expected


def test_words_are_left_and_figures_right_unless_a_column_says_otherwise():
    columns = (Column("name"), Column("flash", "bytes"), Column("RAM", "bytes", align="left"), Column("note"))
    table = Table(columns, (("a", 10, 20_480, "x"), ("abcdef", 123_456, None)))
    assert text_table(table, 80, "> ") == (
        "> name        flash  RAM       note\n> a            10 B  20.0 KiB  x\n> abcdef  120.6 KiB"
    )


def test_a_table_without_rows():
    columns = (Column("a"), Column("b"))
    assert text_table(table_of(columns, []), 80) == "none"
    assert text_table(Table(columns, ()), 80) == "a  b"


@pytest.mark.parametrize(("width", "expected"), [(11, "abcdefghijk"), (10, "ab...ijk")])
def test_a_long_name_keeps_both_of_its_ends(width, expected):
    assert text_table(Table((Column("n", longest=8),), (("abcdefghijk",),)), width) == f"n\n{expected}"


HOSTILE = "a\x1b[31mb\r\nc\td\u202ee\u2028f\x9bg\ud800\x7f"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv/é 卷积", "conv/é 卷积"),
        ("a\u00a0b", "a\u00a0b"),
        (HOSTILE, r"a\x1b[31mb\r\nc\td\u202ee\u2028f\x9bg\ud800\x7f"),
        ("::error::x", r"\x3a:error::x"),
        ("  ::set-output name=a::b", r"  \x3a:set-output name=a::b"),
        ("std::vector", "std::vector"),
        ("see ##[error]x ##vso[task.complete] ##teamcity[a] ## b", None),
    ],
)
def test_nothing_in_a_name_is_a_command(text, expected):
    shown_text = visible(text)
    assert shown_text == expected or expected is None
    assert not re.search(r"##\w*\[|^\s*::|[\x00-\x1f\x7f-\x9f]", shown_text)
    shown_text.encode()


def test_a_cell_with_control_characters_is_one_line_of_plain_text(monkeypatch):
    table = Table((Column("name"), Column(HOSTILE)), ((HOSTILE, (HOSTILE, HOSTILE)), ("::error::x", 1)))
    assert len(text_table(table, 200).split("\n")) == 3
    assert text_table(table, 200).replace("\n", "").isprintable()
    for name in ("NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "300")
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    print_table(table, stream)
    drawn = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())  # rich's own colours
    assert drawn.replace("\n", "").isprintable()
    assert r"\x1b[31m" in drawn
