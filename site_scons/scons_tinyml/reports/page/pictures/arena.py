"""The arena over the layers: its blocks with their places and lifetimes, the lower bound, and the peak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from scons_tinyml.records.report import ArenaBlock, Report
from scons_tinyml.reports.cells import Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.svg import cut, drawing, share, tag
from scons_tinyml.reports.view import View

ORDER = 40
MOST_BLOCKS = 120
COLUMNS = (
    *(Column("block"), Column("kind"), Column("size", "bytes"), Column("offset", "bytes")),
    *(Column("written by layer"), Column("needed until layer"), Column("at the peak")),
)
_HEIGHT = 280
_TOP = 22
_AXIS = 24
_LABELS = 14
"""Most numbers below the picture."""
_STYLES = {"tensor": "c1", "scratch": "c4"}


def draw(view: View) -> Picture | None:
    """Return the arena, None without blocks in it."""
    report = view.report
    arena = report.memory_plan
    if not arena.blocks:
        return None
    alive = [block for block in arena.blocks if _is_at_peak(block, report)]
    best = (
        "the least that any plan needs"
        if arena.arena_bytes <= arena.lower_bound_bytes
        else (f"{figure(arena.arena_bytes - arena.lower_bound_bytes, 'bytes')} above the lower bound")
    )
    listed = ", ".join(f"{block.name} {figure(block.size_bytes, 'bytes')}" for block in alive[:4])
    lead = (
        f"{figure(arena.arena_bytes, 'bytes')}, {best}. {_peak_name(report)} sets the peak: "
        f"{listed}{' and more' if len(alive) > 4 else ''}."
    )
    rows = tuple(
        (
            *(block.name, block.kind, block.size_bytes, block.offset_bytes, _time(block.first, report)),
            *(_time(block.last, report), "yes" if _is_at_peak(block, report) else ""),
        )
        for block in arena.blocks
    )
    few = len(arena.blocks) <= MOST_BLOCKS
    return Picture(
        "Arena",
        lead,
        svg=_plot(report, sorted(arena.blocks, key=lambda one: -one.size_bytes)[:MOST_BLOCKS], lead),
        keys=(
            *(Key("c1", "tensors"), Key("c4", "scratch of a kernel")),
            *(Key("peak", "layer at the peak"), Key("stroke", "dashed: the lower bound")),
        ),
        table=Table(COLUMNS, rows),
        caption="Blocks of the arena",
        notes=() if few else (f"The {MOST_BLOCKS} largest of {len(arena.blocks)} blocks are drawn.",),
    )


def _is_at_peak(block: ArenaBlock, report: Report) -> bool:
    peak = report.memory_plan.peak_layer
    return peak is not None and block.first <= peak <= block.last


def _peak_name(report: Report) -> str:
    peak = report.memory_plan.peak_layer
    if peak is None or not 0 <= peak < len(report.layers):
        return "The input of the network"
    return f"Layer {peak} ({report.layers[peak].operator})"


def _time(time: int, report: Report) -> str:
    return "input" if time < 0 else "output" if time >= len(report.layers) else str(time)


def _plot(report: Report, blocks: Sequence[ArenaBlock], text: str) -> Markup:
    """Return a column for each layer, and one for inputs and outputs; bytes upwards."""
    count, most = len(report.layers) + 2, max(block.offset_bytes + block.size_bytes for block in blocks)
    parts = [_peak(report, count), *(_block(block, report, count, most) for block in blocks)]
    parts += [*_lines(report, most), *_numbers(report, count)]
    return drawing(
        parts, height=_TOP + _HEIGHT + _AXIS, title="Arena over the layers", text=text, name="arena"
    )


def _peak(report: Report, count: int) -> Markup | None:
    peak = report.memory_plan.peak_layer
    if peak is None:
        return None
    return tag(
        "rect", x=share((peak + 1) / count), y=_TOP, width=share(1 / count), height=_HEIGHT, class_="peak"
    )


def _block(block: ArenaBlock, report: Report, count: int, most: int) -> Markup:
    height = block.size_bytes / most * _HEIGHT
    top = _TOP + _HEIGHT - block.offset_bytes / most * _HEIGHT - height
    wide = (block.last - block.first + 1) / count
    size = figure(block.size_bytes, "bytes")
    until = f"layers {_time(block.first, report)} to {_time(block.last, report)}"
    style = f"block {_STYLES[block.kind]}{' top' if _is_at_peak(block, report) else ''}"
    hint = tag("title", f"{block.name}: {size} at {figure(block.offset_bytes, 'bytes')}, {until}")
    inside = [tag("rect", hint, x=1, y=1, width="100%", height=max(height - 2, 1), class_=style)]
    if wide > 0.03 and height >= 17:
        inside.append(tag("text", size, x=6, y=15, class_="inside small"))
    if wide > 0.03 and height >= 34:
        inside.append(tag("text", _short(block), x=6, y=31, class_="inside small"))
    return cut(*inside, x=share((block.first + 1) / count), y=top, width=share(wide), height=height)


def _short(block: ArenaBlock) -> str:
    """Return a name for a place that is narrow: 'out 3' for 'output of layer 3 (CONV_2D)'."""
    if block.kind == "scratch":
        return "scratch"
    return "input" if block.first < 0 else f"of {block.first}"


def _lines(report: Report, most: int) -> Iterator[Markup]:
    bound = report.memory_plan.lower_bound_bytes
    at = _TOP + _HEIGHT * (1 - min(bound / most, 1))
    yield tag("line", x1=0, x2="100%", y1=_TOP + _HEIGHT, y2=_TOP + _HEIGHT, class_="rule")
    yield tag("line", x1=0, x2="100%", y1=at, y2=at, class_="dash")
    yield tag("text", f"lower bound {figure(bound, 'bytes')}", x="100%", y=at - 6, class_="small end")


def _numbers(report: Report, count: int) -> Iterator[Markup]:
    step = -(-count // _LABELS)
    for place in range(0, count, step):
        at = share((place + 0.5) / count)
        words = _time(place - 1, report)
        words = {"input": "in", "output": "out"}.get(words, words)
        yield tag("text", words, x=at, y=_TOP + _HEIGHT + 17, class_="small soft mid")
