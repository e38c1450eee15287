"""docs/tutorial.md, followed step by step: its budgets are exceeded first, and kept after the change that it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.console import commands_of
from support.documentation import files_of
from support.effort import examples
from support.project import ROOT

PAGE = ROOT / "docs" / "tutorial.md"
WIDE, NARROW = "CHANNELS = 8", "CHANNELS = 6"
pytestmark = pytest.mark.slow


def test_the_page_has_its_files_and_its_change() -> None:
    files = files_of(PAGE)
    assert set(files) == {"models/cat/model.toml", "models/cat/network.py"}
    assert files["models/cat/network.py"].count(WIDE) == 1
    assert f"```python\n{NARROW}\n```" in PAGE.read_text()


def test_the_tutorial(tmp_path: Path) -> None:
    if examples(1) == 1:
        pytest.skip("trains twice and builds for minutes: --effort=2 runs it")
    make, *others = commands_of(PAGE)
    assert make.missing(make.run(tmp_path)) is None
    folder = tmp_path / "cats"
    for name, text in files_of(PAGE).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for number, command in enumerate(others):
        if number == 1:
            network = folder / "models/cat/network.py"
            network.write_text(network.read_text().replace(WIDE, NARROW))
        printed = command.run(folder)
        assert command.missing(printed) is None, f"$ {' '.join(command.words)}\n{printed}"
