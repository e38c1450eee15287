"""Options and queries of a build: all are in the overview and in the documentation."""

import re
from pathlib import Path

import pytest

from site_tools.tinyml.commandline.command_line import OPTIONS, overview
from site_tools.tinyml.commandline.queries import WORDS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("option", OPTIONS)
def test_option(option):
    assert re.search(rf"^\| `.*\b{option}=", (DOCS / "options.md").read_text(), re.MULTILINE)
    assert re.search(rf"^  {option} ", overview([], [], {}), re.MULTILINE)


@pytest.mark.parametrize("word", WORDS)
def test_word(word):
    assert any(re.search(rf"\bscons [^\n]*\b{word}\b", page.read_text()) for page in DOCS.glob("*.md"))
    assert f"  scons {word} " in overview([], [], {})
