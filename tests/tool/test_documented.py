"""Options and queries of a build: all are in the overview and in the README."""

import re
from pathlib import Path

import pytest

from site_tools.tinyml.commandline.command_line import OPTIONS, overview
from site_tools.tinyml.commandline.queries import WORDS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", OPTIONS)
def test_option(option):
    assert re.search(rf"^\| `.*\b{option}=", README, re.MULTILINE)
    assert re.search(rf"^  {option} ", overview([], [], {}), re.MULTILINE)


@pytest.mark.parametrize("word", WORDS)
def test_word(word):
    assert re.search(rf"\bscons [^\n]*\b{word}\b", README)
    assert f"  scons {word} " in overview([], [], {})
