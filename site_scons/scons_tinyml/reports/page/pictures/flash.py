"""Flash by symbol as a treemap: weights, kernels, the network's own code, and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from scons_tinyml.records.report import FlashSymbol, Report
from scons_tinyml.reports.cells import Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.svg import cut, drawing, share, tag
from scons_tinyml.reports.page.treemap import Place, places
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
_HEIGHT = 440
_ASPECT = 2.2
_WIDTHS = {"wide": 976, "narrow": 328}
"""Pixels of the picture on a wide and a narrow screen."""
_LETTER = 7.3
"""Pixels of a letter."""
_FEWEST_LETTERS = 6
_LEAST_SHARE = 0.0008
"""Part of the picture below which a symbol is too small to be seen; it counts as small."""


@dataclass(frozen=True)
class _Part:
    name: str
    size: int
    words: str


def draw(view: View) -> Picture | None:
    """Return the flash of the image, None where its symbols are not known."""
    report = view.report
    if not report.flash.symbols or not report.flash_bytes:
        return None
    groups = _groups(report)
    sizes = {use: sum(part.size for part in parts) for use, parts in groups.items()}
    listed = (f"{USES[use][1]} {_of(size, report)}" for use, size in sizes.items())
    lead = f"{figure(report.flash_bytes, 'bytes')}: {', '.join(listed)}."
    return Picture(
        "Flash",
        lead,
        svg=_map(groups, sizes, report, lead),
        keys=tuple(Key(style, words) for use, (style, words) in USES.items() if use in groups),
        table=Table(COLUMNS, tuple(_row(symbol, report) for symbol in report.flash.symbols)),
        caption="Symbols in flash, the largest first, with the layers that use them",
    )


def _of(size: int, report: Report) -> str:
    return f"{figure(size, 'bytes')} ({figure(size / report.flash_bytes, 'share')})"


def _row(symbol: FlashSymbol, report: Report) -> tuple[str | float | tuple[int, ...] | None, ...]:
    part = symbol.flash_bytes / report.flash_bytes
    return symbol.name, symbol.flash_bytes, part, symbol.use, symbol.kernel_set, symbol.layers


def _groups(report: Report) -> dict[str, list[_Part]]:
    """Return the symbols by use, both the largest first. Small ones of a use are one part, gaps come last."""
    found: dict[str, list[FlashSymbol]] = {}
    for symbol in report.flash.symbols:
        found.setdefault(symbol.use, []).append(symbol)
    known = sum(symbol.flash_bytes for symbol in report.flash.symbols)
    ordered = sorted(found, key=lambda use: -sum(symbol.flash_bytes for symbol in found[use]))
    parts = {use: _parts(found[use], report) for use in ordered}
    if report.flash_bytes > known:
        parts["gaps"] = [_Part(USES["gaps"][1], report.flash_bytes - known, "")]
    return parts


def _parts(symbols: Sequence[FlashSymbol], report: Report) -> list[_Part]:
    least = _LEAST_SHARE * report.flash_bytes
    network = f"{report.inputs[0].accessor.rpartition('_input')[0]}_" if report.inputs else ""
    parts, small = [], [symbol.flash_bytes for symbol in symbols if symbol.flash_bytes < least]
    for symbol in symbols:
        if symbol.flash_bytes >= least:
            used = f"layer {', '.join(map(str, symbol.layers))}" if symbol.layers else ""
            parts.append(_Part(symbol.name.removeprefix(network), symbol.flash_bytes, used))
    if small:
        parts.append(_Part(f"{len(small)} small symbols", sum(small), ""))
    return sorted(parts, key=lambda part: -part.size)


def _map(
    groups: Mapping[str, Sequence[_Part]], sizes: Mapping[str, int], report: Report, text: str
) -> Markup:
    parts: list[Markup] = []
    ordered = sorted(groups, key=lambda use: -sizes[use])
    for use, place in zip(
        ordered, places([sizes[use] for use in ordered], Place(0, 0, 1, 1), _ASPECT), strict=True
    ):
        inner = places([part.size for part in groups[use]], place, _ASPECT)
        for number, (part, at) in enumerate(zip(groups[use], inner, strict=True)):
            title = f"{USES[use][1]} {figure(sizes[use], 'bytes')}" if number == 0 else None
            parts.append(_box(part, at, use, title, report))
        parts.append(_frame(place))
    return drawing(parts, height=_HEIGHT, title="Flash by symbol", text=text, name="flash")


def _frame(place: Place) -> Markup:
    """Return the line around a group."""
    return tag(
        "rect",
        x=share(place.x),
        y=place.y * _HEIGHT,
        width=share(place.width),
        height=place.height * _HEIGHT,
        class_="frame",
    )


def _box(part: _Part, at: Place, use: str, title: str | None, report: Report) -> Markup:
    words = f"{part.name}: {_of(part.size, report)}{', ' if part.words else ''}{part.words}"
    inside = [
        tag("rect", tag("title", words), width="100%", height="100%", class_=f"block {USES[use][0]}"),
        *_labels(part, at, title),
    ]
    return cut(*inside, x=share(at.x), y=at.y * _HEIGHT, width=share(at.width), height=at.height * _HEIGHT)


def _labels(part: _Part, at: Place, title: str | None) -> Iterator[Markup]:
    """Yield the lines that have room: some for wide screens, others for narrow ones."""
    lines = [(title, "strong ")] if title else []
    lines += [(part.name, ""), (f"{figure(part.size, 'bytes')}{' · ' if part.words else ''}{part.words}", "")]
    room = int((at.height * _HEIGHT - 4) // 16)
    for screen, pixels in _WIDTHS.items():
        letters = int((at.width * pixels - 12) / _LETTER)
        for number, (words, style) in enumerate(lines[:room] if letters >= _FEWEST_LETTERS else ()):
            shown = words if len(words) <= letters else f"{words[: letters - 1]}…"
            yield tag("text", shown, x=7, y=17 + 16 * number, class_=f"{style}inside small {screen}")
