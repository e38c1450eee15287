"""Examples in the documentation, as files and tables."""

from __future__ import annotations

import re
from pathlib import Path

DATA = Path(__file__).parents[2] / "docs" / "data.md"
_FILE = re.compile(r"^`(models/[^`]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^```toml\n(\[dataset\]\n.*?)^```", re.MULTILINE | re.DOTALL)


def files_of(page: Path) -> dict[str, str]:
    """Return the files that `page` shows, each below a line with its name."""
    return dict(_FILE.findall(page.read_text()))


def blocks_of(page: Path, language: str) -> list[str]:
    """Return the blocks of code in `language` that `page` shows."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def tables_of(page: Path) -> list[str]:
    """Return the tables [dataset] that `page` shows alone."""
    return _TABLE.findall(page.read_text())
