"""Tables and sentences in the columns of a terminal: of random content, and of all that is shipped."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.wrapping import beside, cells, columns, words, wrapped
from scons_tinyml.reports.cells import Column, Range, Table, Value, shown
from scons_tinyml.reports.table import rich_table, text_table
from support.effort import examples

WIDTHS = st.integers(20, 240)
NAMES = st.text("abcXYZ_/.0129é卷", min_size=1, max_size=45)
SENTENCES = st.lists(NAMES, min_size=1, max_size=12).map(" ".join)
FIGURES = {
    "bytes": st.integers(0, 2**31),
    "seconds": st.floats(1e-6, 1e4),
    "hertz": st.integers(1, 10**9),
    "cycles": st.integers(0, 10**12),
    "share": st.floats(0, 3),
}


def cells_of(kind: str) -> st.SearchStrategy:
    """Cells of a column."""
    if kind == "text":
        return st.one_of(st.none(), NAMES, SENTENCES, st.lists(NAMES, max_size=4).map(tuple))
    if kind == "verdict":
        return st.sampled_from(["pass", "fail", "not judged"])
    numbers = FIGURES[kind]
    ranges = st.builds(Range, numbers, numbers)
    return st.one_of(st.none(), numbers, st.builds(Value, numbers, st.just(kind), st.booleans()), ranges)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    kinds = draw(st.lists(st.sampled_from(["text", "verdict", *FIGURES]), min_size=1, max_size=12))
    common = st.one_of(st.none(), st.just("all of"))
    named = tuple(
        Column(draw(NAMES), kind, missing=draw(st.sampled_from(["", "-", "none"])), common=draw(common))
        for kind in kinds
    )
    rows = draw(st.lists(st.tuples(*map(cells_of, kinds)), min_size=1, max_size=6))
    return Table(named, tuple(rows))


def unbroken(column: Column, text: str) -> list[str]:
    """Parts of a cell that stay on one line; a value that all rows share stands in a sentence."""
    if column.common is not None:
        text = text.removeprefix("at least ")
    return words(text) if column.kind == "text" else [text]


@settings(max_examples=examples(60), deadline=None)
@given(tables(), WIDTHS, st.sampled_from(["", "  "]))
def test_a_table_shows_all_cells_whole_and_keeps_to_the_width(table, width, indent):
    drawn = text_table(table, width, indent)
    lines = drawn.split("\n")
    parts = [
        part
        for row in table.rows
        for cell, column in zip(row, table.columns, strict=True)
        for part in unbroken(column, shown(cell, column))
        if part != "-"
    ]
    assert "…" not in drawn
    for part in [
        *parts,
        *(column.name for column in table.columns if column.common is None or not column.name),
    ]:
        assert any(part in line for line in lines), part
    longest = max(map(cells, [*parts, *(column.name for column in table.columns)]))
    deepest = len(indent) + 4 * len(table.columns)
    assert max(map(cells, lines)) <= max(width, deepest + longest)


@settings(max_examples=examples(40), deadline=None)
@given(tables(), WIDTHS)
def test_colours_and_bars_change_no_word(table, width):
    drawn, plain = rich_table(table, width).plain, text_table(table, width, "  ")
    assert "…" not in drawn
    assert sorted(re.sub("[━╌─]", "", drawn).split()) == sorted(plain.split())


@settings(max_examples=examples(40), deadline=None)
@given(tables())
def test_a_table_that_fits_has_a_line_for_each_row(table):
    assert len(text_table(table, 10_000).split("\n")) == 1 + len(table.rows)


@settings(max_examples=examples(60), deadline=None)
@given(SENTENCES, WIDTHS, st.sampled_from(["", "  ", "    "]))
def test_a_sentence_keeps_its_words(text, width, indent):
    first, *rest = wrapped(text, width, indent).split("\n")
    assert " ".join([first, *rest]).split() == text.split()
    assert first.startswith(indent)
    assert all(line.startswith(f"{indent}    ") for line in rest)
    for line in (first, *rest):
        assert cells(line) <= width or len(words(line)) == 1


@pytest.mark.parametrize(
    "kept",
    [
        "15.6 KiB",
        "-0.5 ms",
        "47.66 ms,",
        "(32 MHz)",
        "4 %",
        "1,326,086 cycles",
        "scons measure target=BOARD port=/dev/ttyACM0",
        "`scons measure port=`",
        "'tinyml doctor'",
        "tinyml costs list",
        "(scons -h",
        "pip install 'scons-tinyml[onnx]'",
        "git clone URL",
        "build/stm32l1/catdetector/report.json",
    ],
)
def test_what_is_never_broken(kept):
    text = f"before it {kept} after it"
    assert kept in words(text)
    assert all(kept in wrapped(text, width) for width in range(20, 60))


@pytest.mark.parametrize(
    ("text", "parts"), [("in scons", 2), ("12 boards", 2), ("v12 KiB", 2), ("a 5 sunny", 3)]
)
def test_what_is_no_figure_and_no_command(text, parts):
    assert len(words(text)) == parts


def test_no_line_begins_as_a_command_of_a_ci_server():
    shown_text = wrapped("a name " * 5 + "::error::x ##[error]y", 38)
    assert not re.search(r"^\s*::|##\[", shown_text, re.MULTILINE)
    assert wrapped("a\n  b", 80) == r"a\n  b"


def test_a_text_beside_a_term():
    assert beside("  flash  ", "budget of the whole image, such as 48KiB", 36) == (
        "  flash  budget of the whole image,\n         such as 48KiB"
    )
    assert beside("  a_very_long_term  ", "what it is", 30) == "  a_very_long_term\n      what it is"


@pytest.mark.parametrize(
    ("given_columns", "expected"), [("132", 132), ("5", 20), ("", 80), ("x", 80), ("0", 80)]
)
def test_the_width_of_a_log(monkeypatch, tmp_path, given_columns, expected):
    monkeypatch.setenv("COLUMNS", given_columns)
    with (tmp_path / "log").open("w") as log:
        assert columns(log) == expected
