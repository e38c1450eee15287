"""Flash of a firmware by symbol as a treemap: each network, kernels, and the code of its users."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.reports.cells import Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.blocks import Block, Group, of_whole, treemap, visible_blocks
from scons_tinyml.reports.view import View

ORDER = 51
OF_FIRMWARE = True
COLUMNS = (Column("symbol"), Column("flash", "bytes"), Column("percent", "share"), Column("part"))
_KERNELS, _REST, _GAPS = "kernels", "rest", "small symbols and gaps"
_STYLES = {_KERNELS: "c2", _REST: "c4", _GAPS: "c0"}
_NETWORK = "c1"
_WORDS = {_REST: "own code, C library, start-up"}


def draw(view: View) -> Picture | None:
    """Return the flash of the image, None for a single network, and where its symbols are not known."""
    report = view.firmware
    if report is None or not report.symbols or not report.flash_bytes:
        return None
    groups, whole = list(_groups(report)), report.flash_bytes
    lead = f"{figure(whole, 'bytes')}: {', '.join(f'{one.title} {of_whole(one.size, whole)}' for one in groups)}."
    styles = {one.style: one.title for one in groups} | {_NETWORK: "networks"}
    return Picture(
        "Flash",
        lead,
        svg=treemap(groups, whole, title="Flash by symbol", text=lead, name="flash"),
        keys=tuple(Key(style, words) for style, words in sorted(styles.items())),
        table=Table(
            COLUMNS,
            tuple((one.name, one.flash_bytes, one.flash_bytes / whole, one.part) for one in report.symbols),
        ),
        caption="Symbols in flash, the largest first, with the parts that they belong to",
    )


def _groups(report: FirmwareReport) -> Iterator[Group]:
    """Yield the symbols by part, both the largest first; what the report does not list comes last."""
    found: dict[str, list[Block]] = {}
    for symbol in report.symbols:
        block = Block(symbol.name.removeprefix(f"{symbol.part}_"), symbol.flash_bytes)
        found.setdefault(symbol.part, []).append(block)
    for part in sorted(found, key=lambda part: -sum(block.size for block in found[part])):
        blocks = visible_blocks(found[part], report.flash_bytes)
        yield Group(_WORDS.get(part, part), _STYLES.get(part, _NETWORK), blocks)
    rest = report.flash_bytes - sum(symbol.flash_bytes for symbol in report.symbols)
    if rest > 0:
        yield Group(_GAPS, _STYLES[_GAPS], (Block(_GAPS, rest),))
