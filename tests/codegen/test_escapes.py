"""Texts of other people in C: each stays in its comment or its literal, byte for byte."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.escapes import c_code, c_comment, c_header, c_string, printed
from support.c_text import code_of

HOSTILE = (
    "*/ int pwned; /*",
    "a */",
    "*",
    "/",
    "\\",
    "??/",
    "*??/\n/ int pwned;",
    "*\\\n/ int pwned;",
    "// \\",
    'a" "b\\',
    "%s%n",
    "\0after",
    "\r\n#error pwned",
    "\u202eint pwned\u2028x",
    "\udcff\udc80 no UTF-8",
    "é€😀",
    "?\x01?/",
)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(),
    st.text("*/\\?\n\r\0\"' x"),
    st.binary().map(lambda data: data.decode(errors="surrogateescape")),
)


@given(TEXTS, TEXTS)
def test_no_text_ends_its_comment(first: str, second: str) -> None:
    text = f"a /* {c_comment(first)}{c_comment(second)} */ b // {c_comment(second)}\nc /*{c_comment(first)}*/ d\n"
    assert code_of(text).split() == ["a", "b", "c", "d"]


@given(TEXTS)
def test_what_can_be_printed_stays_in_a_comment(text: str) -> None:
    shown = c_comment(text)
    assert shown.isprintable()
    assert c_comment(shown) == shown
    if re.fullmatch(r"[\w :;.,()/'-]*", text):
        assert shown == "".join(char if char.isprintable() else "?" for char in text)


def test_a_compiler_agrees_about_comments(tmp_path: Path) -> None:
    """Of both standards: trigraphs are replaced in one, and in the other not."""
    lines = [
        f"/* {c_comment(text)} */ /*{c_comment(text)}*/ // {c_comment(text)}\nint a{number};"
        for number, text in enumerate(HOSTILE)
    ]
    (tmp_path / "a.c").write_text("\n".join(lines))
    for standard in ("c99", "gnu11", "c++17"):
        language = "c++" if "+" in standard else "c"
        command = ["gcc", f"-std={standard}", "-x", language, "-E", "-P", tmp_path / "a.c"]
        made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert re.findall(r"[\w#]+|[^\s\w;]", made) == [
            word for number in range(len(HOSTILE)) for word in ("int", f"a{number}")
        ]


def test_a_literal_is_its_text_byte_for_byte(tmp_path: Path) -> None:
    """In C and in a printf, with digits behind an escape, and with every byte."""
    texts = [*HOSTILE, *(f"{chr(code)}0{chr(code)}" for code in range(256)), *TEXTS_OF_DIGITS]
    rows = "\n".join(f"    put({c_string(text)}, sizeof {c_string(text)} - 1);" for text in texts)
    (tmp_path / "a.c").write_text(
        '#include <stdio.h>\nstatic void put(const char *text, unsigned long size)\n{\n    printf("%lu:", size);\n'
        f"    fwrite(text, 1, size, stdout);\n}}\nint main(void)\n{{\n{rows}\n    return 0;\n}}\n"
    )
    wanted = b"".join(
        b"%d:%b" % (len(data), data) for data in (text.encode(errors="surrogateescape") for text in texts)
    )
    for standard in ("c99", "gnu11"):
        command = ["gcc", f"-std={standard}", "-Wall", "-Werror", "-o", tmp_path / "a", tmp_path / "a.c"]
        subprocess.run(command, check=True)
        assert subprocess.run([tmp_path / "a"], capture_output=True, check=True).stdout == wanted


TEXTS_OF_DIGITS = ("\x017", "\n8", "\x00\x00000", "é9", "??=??(??/??)")


@given(TEXTS)
def test_a_literal_stays_one(text: str) -> None:
    assert code_of(f"a {c_string(text)} b") == 'a "" b'
    assert c_string(text).isascii()


@pytest.mark.parametrize("name", ["tinyml/add.h", "resnet_8.h", "a-b/c.h"])
def test_headers(name: str) -> None:
    assert c_header(name) == name


@pytest.mark.parametrize("name", ["../x.h", "/etc/x.h", 'a.h"\nint pwned;', "a.h\n", "a", "", "a//b.h", ".h"])
def test_what_is_no_header(name: str) -> None:
    with pytest.raises(InternalError, match="is no name of a header"):
        c_header(name)


@pytest.mark.parametrize("value", [0, -3, 2**40, "", "word_1", "0x1F", c_code("a + b")])
def test_numbers_words_and_escaped_texts_are_printed(value: object) -> None:
    assert printed(value) == str(value)


@pytest.mark.parametrize("value", ["two words", "a-b", "a\n", "é", ";", '"', 1.5, True, None, ["a"], b"a"])
def test_nothing_else_is_printed(value: object) -> None:
    with pytest.raises(InternalError, match="a template prints"):
        printed(value)
