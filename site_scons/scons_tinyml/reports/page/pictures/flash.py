"""Flash by symbol as a treemap: weights, kernels, the network's own code, and the rest."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.records.report import FlashSymbol, Report
from scons_tinyml.reports.cells import Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.blocks import Block, Group, of_whole, treemap, visible_blocks
from scons_tinyml.reports.view import View

ORDER = 50
COLUMNS = (
    *(Column("symbol"), Column("flash", "bytes"), Column("percent", "share"), Column("use")),
    *(Column("kernel set", missing="none"), Column("layers", missing="none")),
)
USES = {
    "weights": ("c1", "weights and tables"),
    "kernel": ("c2", "kernels"),
    "network": ("c3", "calls and parameters"),
    "other": ("c4", "start-up, C library, own code"),
    "gaps": ("c0", "gaps"),
}


def draw(view: View) -> Picture | None:
    """Return the flash of the image, None where its symbols are not known."""
    report = view.network
    if not report.flash.symbols or not report.flash_bytes:
        return None
    groups, whole = list(_groups(report)), report.flash_bytes
    lead = f"{figure(whole, 'bytes')}: {', '.join(f'{one.title} {of_whole(one.size, whole)}' for one in groups)}."
    return Picture(
        "Flash",
        lead,
        svg=treemap(groups, whole, title="Flash by symbol", text=lead, name="flash"),
        keys=tuple(
            Key(style, words) for style, words in USES.values() if words in {one.title for one in groups}
        ),
        table=Table(COLUMNS, tuple(_row(symbol, report) for symbol in report.flash.symbols)),
        caption="Symbols in flash, the largest first, with the layers that use them",
    )


def _row(symbol: FlashSymbol, report: Report) -> tuple[str | float | tuple[int, ...] | None, ...]:
    part = symbol.flash_bytes / report.flash_bytes
    return symbol.name, symbol.flash_bytes, part, symbol.use, symbol.kernel_set, symbol.layers


def _groups(report: Report) -> Iterator[Group]:
    """Yield the symbols by use, both the largest first. Small ones of a use are one block, gaps come last."""
    network = f"{report.inputs[0].accessor.rpartition('_input')[0]}_" if report.inputs else ""
    found: dict[str, list[Block]] = {}
    for symbol in report.flash.symbols:
        used = f"layer {', '.join(map(str, symbol.layers))}" if symbol.layers else ""
        block = Block(symbol.name.removeprefix(network), symbol.flash_bytes, used)
        found.setdefault(symbol.use, []).append(block)
    for use in sorted(found, key=lambda use: -sum(block.size for block in found[use])):
        style, words = USES[use]
        yield Group(words, style, visible_blocks(found[use], report.flash_bytes))
    rest = report.flash_bytes - sum(symbol.flash_bytes for symbol in report.flash.symbols)
    if rest > 0:
        style, words = USES["gaps"]
        yield Group(words, style, (Block(words, rest),))
