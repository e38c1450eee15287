"""Names, messages and output of firmware: nothing in them controls a terminal or a CI server."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scons_tinyml
from scons_tinyml.records.errors import InputError, InternalError
from scons_tinyml.records.visible import VisibleStream, quoted, visible_lines, visible_message
from support.project import ROOT

HOSTILE = "a\n::error::x\x1b[2J\r##vso[task.complete]\u2028"
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|^\s*::|##\w*\[", re.MULTILINE)
PIECES = st.lists(st.text(st.sampled_from("a:# \t[\x1b\né\u202e_")), max_size=8)
PRINTED = {
    *(
        "visible",
        "visible_lines",
        "text_table",
        "render",
        "dumps",
        "one_line",
        "join",
        "visible_message",
    ),
    *(
        "annotation",
        "annotations_of",
        "annotations_of_all",
        "as_html",
        "as_markdown",
        "as_text",
        "markdown",
        "_text",
        "overview",
        "_describe",
        "wrapped",
        "wrapped_message",
    ),
}
"""Functions whose text is visible, or JSON: each has tests of its own."""


def test_an_error_is_the_lines_that_we_have_written():
    error = InputError(f"no {HOSTILE}; known:\n  {HOSTILE}", where=f"x{HOSTILE}", key=HOSTILE, hint=HOSTILE)
    assert len(str(error).split("\n")) == 3
    assert not RAW.search(str(error))
    assert "This is a bug" in str(InternalError("x")).split("\n")[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 mistakes\n  a: b\n  c", "2 mistakes\n  a: b\n  c"),
        ("a\nb", r"a\nb"),
        ("a\n b\n  c", "a\\n b\n  c"),
        ("a\n  ::error::b", "a\n  \\x3a:error::b"),
    ],
)
def test_a_message(text, expected):
    assert visible_message(text) == expected


def test_output_of_a_program():
    output = "main.c:1: error\n\tint x\x1b[0m\n::error::x\n"
    assert visible_lines(output) == "main.c:1: error\n        int x\\x1b[0m\n\\x3a:error::x"
    assert visible_message(f"it failed:{quoted(output)}").split("\n")[3] == r"  \x3a:error::x"


@given(PIECES)
def test_a_stream_in_pieces_is_the_stream_as_a_whole(pieces):
    stream, whole = VisibleStream(), VisibleStream()
    shown = "".join(stream.feed(bytes([byte])) for byte in "".join(pieces).encode()) + stream.end()
    assert shown == whole.feed("".join(pieces).encode()) + whole.end()
    assert not RAW.search(shown)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (b"a\tb\r\nc\n", "a\tb\r\nc\n"),
        (b"50 %\rdone\r", "50 %\\rdone\\r"),
        (b"\x1b[31mred", "\\x1b[31mred"),
        (b"\xff\xc3\xa9\xe2\x82", "\\xff\u00e9\\xe2\\x82"),
        (b"std::vector # 1 ##\n", "std::vector # 1 ##\n"),
        (b"  ::error::x", "  :\\x3aerror::x"),
        (b"##[error] ##vso[x]", "##\\x5berror] ##vso\\x5bx]"),
        (b"a\r::error::x", "a\\r::error::x"),
    ],
)
def test_output_of_firmware(output, expected):
    stream = VisibleStream()
    assert stream.feed(output) + stream.end() == expected


def _printed_raw() -> list[str]:
    """Return the places where a module prints a text that is put together, without making it visible."""
    folders = (ROOT / "site_scons").rglob("*.py")
    found = []
    for path in folders:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found += [f"{path.name}:{node.lineno}" for argument in node.args if not _is_visible(argument)]
    return found


def _is_visible(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        return name in PRINTED
    if isinstance(node, ast.IfExp):
        return _is_visible(node.body) and _is_visible(node.orelse)
    if isinstance(node, ast.BinOp):
        return _is_visible(node.left) and _is_visible(node.right)
    if isinstance(node, ast.JoinedStr):
        values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return all(_is_visible(value) or _is_number(value) for value in values)
    return False


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len"


def test_all_that_we_print_is_visible():
    assert _printed_raw() == []
    assert scons_tinyml.__file__.startswith(str(ROOT))
