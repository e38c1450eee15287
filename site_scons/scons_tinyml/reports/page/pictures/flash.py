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
from scons_tinyml.stages.codegen.names import c_identifier

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
    "gaps": ("c0", "small symbols and gaps"),
}
_HEIGHT = 440
_ASPECT = 2.2
_GAPS = "small symbols and gaps"
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
    if not report.flash.symbols:
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
    """Return the symbols by use, both the largest first; what is small or no symbol comes last."""
    found: dict[str, list[_Part]] = {}
    for symbol in report.flash.symbols:
        if symbol.flash_bytes >= _LEAST_SHARE * report.flash_bytes:
            used = f"layer {', '.join(map(str, symbol.layers))}" if symbol.layers else ""
            name = symbol.name.removeprefix(f"{c_identifier(report.model)}_")
            found.setdefault(symbol.use, []).append(_Part(name, symbol.flash_bytes, used))
    known = sum(part.size for parts in found.values() for part in parts)
    ordered = dict(sorted(found.items(), key=lambda item: -sum(part.size for part in item[1])))
    if report.flash_bytes > known:
        ordered["gaps"] = [_Part(_GAPS, report.flash_bytes - known, "")]
    return ordered


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
    """Yield the lines that have room; those of narrow places are hidden on narrow screens."""
    lines = [(title, "strong ")] if title else []
    lines += [(part.name, ""), (f"{figure(part.size, 'bytes')}{' · ' if part.words else ''}{part.words}", "")]
    room = int((at.height * _HEIGHT - 4) // 16)
    if at.width < 0.07:
        return
    narrow = "" if at.width > 0.3 else " wide"
    for number, (words, style) in enumerate(lines[:room]):
        yield tag("text", words, x=7, y=17 + 16 * number, class_=f"{style}inside small{narrow}")
