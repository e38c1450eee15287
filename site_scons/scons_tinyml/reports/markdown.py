"""Text and tables in GitHub's dialect of Markdown. Names in them are no markup, no links and no mentions."""

from __future__ import annotations

import re

from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import Column, Table, shown

_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|~$^=-]")
_LINKS = re.compile(r"(?<=@)(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
"""Places where an empty comment keeps a server from making a mention or a link."""
_TICKS = re.compile(r"`+")


def prose(text: str) -> str:
    """Return `text` in one line, in which nothing is markup."""
    escaped = _MARKUP.sub(lambda found: f"\\{found[0]}", visible(text)).replace("&", "&amp;")
    return _LINKS.sub("<!-- -->", escaped)


def code(name: str) -> str:
    """Return `name` as code, also in a cell of a table."""
    text = visible(name).replace("|", "\\|")
    ticks = "`" * (max(map(len, _TICKS.findall(text)), default=0) + 1)
    blank = " " if len(ticks) > 1 or not text.strip() else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def marker(*names: str) -> str:
    """Return a comment that a program finds again: '<!-- scons-tinyml: stm32l1/cats -->'."""
    plain = "/".join(re.sub(r"[^\w.+]+", "-", visible(name)) for name in names)
    return f"<!-- scons-tinyml: {plain} -->"


def markdown_table(table: Table) -> str:
    """Return `table` with a line for each row."""
    head = [prose(column.name) for column in table.columns]
    rule = ["---:" if column.is_right else "---" for column in table.columns]
    rows = [_row(table.columns, row) for row in table.rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *rows])


def _row(columns: tuple[Column, ...], row: object) -> list[str]:
    cells = list(row) if isinstance(row, list | tuple) else []
    texts = [shown(cell, column) for cell, column in zip(cells, columns, strict=False)]
    return [prose(text) for text in texts] + [""] * (len(columns) - len(texts))
