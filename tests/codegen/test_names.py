from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.codegen.names import c_identifier, numbered, port_names


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("catdetector", "catdetector"),
        ("resnet-8", "resnet_8"),
        ("vww 96 (int8)", "vww_96_int8"),
        ("8bit", "net_8bit"),
        ("math", "net_math"),
        ("main", "net_main"),
        ("tinyml_read", "net_tinyml_read"),
        ("TinyML", "net_TinyML"),
        ("", "net"),
        ("___", "net"),
        ("über", "ber"),
    ],
)
def test_identifiers(name: str, identifier: str) -> None:
    assert c_identifier(name) == identifier


@given(st.text())
def test_any_name_becomes_an_identifier_that_stays(name: str) -> None:
    identifier = c_identifier(name)
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", identifier)
    assert c_identifier(identifier) == identifier


def test_one_is_not_numbered() -> None:
    assert (numbered("input", 1), numbered("output", 2)) == (("input",), ("output_0", "output_1"))


def test_several_are_called_by_their_names_where_these_tell_them_apart() -> None:
    assert port_names("input", 2, ("audio", "key length:0")) == ("input_audio", "input_key_length_0")
    assert port_names("output", 1, ("classes",)) == ("output",)
    for names in ((), ("a", ""), ("a b", "a:b"), ("a", "A")):
        assert port_names("input", 2, names) == ("input_0", "input_1")
