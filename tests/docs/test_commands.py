"""Commands of README and docs: each prints what its page shows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.console import commands_of
from support.effort import examples
from support.project import ROOT

NOT_RUN = {
    "measuring-on-a-board.md": "needs a board; tests/measure/hardware replays the output of one",
    "tutorial.md": "is a project of its own: test_tutorial.py follows it",
    "cost-database.md": "needs a database with rows of an older version; tests/costs makes some",
}
QUICK = {"ci.md"}
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if commands_of(page)]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "checkout"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(page: Path, checkout: Path) -> None:
    if page.name in NOT_RUN:
        pytest.skip(NOT_RUN[page.name])
    if page.name not in QUICK and examples(1) == 1:
        pytest.skip("builds for minutes: --effort=2 runs it")
    for command in commands_of(page):
        printed = command.run(checkout)
        assert command.missing(printed) is None, f"$ {' '.join(command.words)}\n{printed}"
