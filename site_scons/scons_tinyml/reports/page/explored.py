"""The page of an exploration: fronts of the boards, prices of the axes, and all trials."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from itertools import combinations
from pathlib import Path

from markupsafe import Markup

from scons_tinyml.records.axis import Value, shown
from scons_tinyml.records.explored import BoardFront, Explored, Point, TrialOfVariant
from scons_tinyml.records.exploring import RESULT
from scons_tinyml.reports.cells import Cell, Column, Kind, Table, figure
from scons_tinyml.reports.cells import Value as TypedCell
from scons_tinyml.reports.explored import ITSELF, lead, table, winner_line
from scons_tinyml.reports.page import Key, Link, Picture
from scons_tinyml.reports.page.chart import Bar, bars
from scons_tinyml.reports.page.document import rendered
from scons_tinyml.reports.page.parallel import Thread, Upright, parallel
from scons_tinyml.reports.page.scatter import Dot, Figure, scatter
from scons_tinyml.reports.page.svg import tag
from scons_tinyml.resources import version

_FIGURES: tuple[tuple[str, str, Kind], ...] = (
    ("accuracy", "accuracy", "fraction"),
    ("latency", "latency", "seconds"),
    ("flash", "flash", "bytes"),
    ("ram", "RAM", "bytes"),
)
"""Figures of points by the names of their limits, with names for people."""
_PRICES = (
    *(Column("axis"), Column("pairs", "count"), Column("accuracy", "fraction")),
    *(Column("weights", "bytes"), Column("activations", "bytes"), Column("MACs", "count")),
    Column("accuracy of a KiB", "fraction", missing="saves none"),
)
_TRIALS = (
    *(Column("variant"), Column("accuracy", "fraction", missing="none"), Column("MACs", "count")),
    *(
        Column("weights at least", "bytes"),
        Column("activations at least", "bytes"),
        Column("why there is none"),
    ),
)


def page(found: Explored, folder: Path) -> str:
    """Return the page of `found`, which becomes a file in `folder`."""
    values = {
        "model": found.model,
        "boards": [board.board for board in found.boards],
        "winner": found.winner,
        "verdict": winner_line(found),
        "tried": lead(found),
        "pictures": list(_pictures(found, folder)),
        "path": RESULT,
        "version": version(),
    }
    return rendered("explored.html.j2", values)


def _pictures(found: Explored, folder: Path) -> Iterator[tuple[str, Picture]]:
    for board in found.boards:
        if board.points:
            yield f"front-{board.board}", _front(found, board, folder)
    if found.prices:
        yield "prices", _prices(found)
    trained = [one for one in found.trials if one.accuracy is not None]
    if len(trained) > 1:
        yield "parallel", _parallel(found, trained)
    yield "trials", _trials(found)


def _front(found: Explored, board: BoardFront, folder: Path) -> Picture:
    passing = sum(point.verdict == "pass" for point in board.points)
    best = sum(point.on_front for point in board.points)
    said = f"{best} of {len(board.points)} built variants are on the front of {board.board}; {passing} pass."
    pairs = combinations(_FIGURES, 2)
    drawn = [_pair(board, one, other, folder) for one, other in pairs]
    return Picture(
        board.board,
        said,
        svg=Markup("").join(drawn),
        keys=(
            *(Key("c1", "on the front"), Key("ring", "passes, and another one is better in all figures")),
            *(Key("c6", "over a budget"), Key("stroke", "dashed line: a limit")),
        ),
        table=table(board),
        caption=f"Variants that were built for {board.board}; latency is at the slow end of its band",
        is_open=True,
        notes=("Every figure is that of the report of a gated build. A dot leads to its report.",),
        links=tuple(
            Link(_page_of(point, folder), f"Report of {_named(found, point.variant)}")
            for point in board.points
        ),
    )


def _pair(
    board: BoardFront, across: tuple[str, str, Kind], up: tuple[str, str, Kind], folder: Path
) -> Markup:
    """Return the picture of two figures: costs across, and accuracy up."""
    if across[0] == "accuracy":
        across, up = up, across
    dots = [
        Dot(
            _value(point, across[0]),
            _value(point, up[0]),
            _words(point),
            _style(point),
            _page_of(point, folder),
        )
        for point in board.points
    ]
    text = f"{len(dots)} variants on {board.board} by {across[1]} and {up[1]}."
    name = f"pair-{board.board}-{across[0]}-{up[0]}"
    drawn = scatter(dots, _axis(board, across), _axis(board, up), name=name, text=text)
    return Markup("").join((tag("h3", f"{up[1]} by {across[1]}"), drawn))


def _axis(board: BoardFront, what: tuple[str, str, Kind]) -> Figure:
    key, name, kind = what
    limit = board.limits.get(key)
    return Figure(name, partial(_shown, kind), limit.value if limit else None)


def _shown(kind: Kind, value: float) -> str:
    return figure(value, kind)


def _value(point: Point, key: str) -> float:
    found = {
        "accuracy": point.accuracy,
        "latency": point.latency_s.high,
        "flash": point.flash_bytes,
        "ram": point.ram_bytes,
    }
    return float(found[key])


def _words(point: Point) -> str:
    figures = ", ".join(f"{name} {figure(_value(point, key), kind)}" for key, name, kind in _FIGURES)
    return f"{point.variant or ITSELF}: {figures}, {point.verdict}"


def _style(point: Point) -> str:
    if point.verdict == "fail":
        return "c6 dot"
    return "c1 dot" if point.on_front else "ring"


def _page_of(point: Point, folder: Path) -> str:
    """Return the path of the page of a report from `folder`."""
    return os.path.relpath(Path(point.report).with_suffix(".html"), folder)


def _named(found: Explored, variant: str) -> str:
    return f"{found.model}:{variant}" if variant else found.model


def _prices(found: Explored) -> Picture:
    known = [(one, one.accuracy_per_kib) for one in found.prices if one.accuracy_per_kib is not None]
    rows = [
        Bar(one.axis, max(price, 0.0), f"{price:.4f} a KiB", "c2", also=f"pairs of trials: {one.pairs}")
        for one, price in known
    ]
    said = "What one step to the next smaller value costs in accuracy, for each KiB of weights and activations saved."
    cells: list[tuple[Cell, ...]] = [
        (
            *(one.axis, one.pairs, TypedCell(one.accuracy, "fraction", signed=True)),
            *(TypedCell(size, "bytes", signed=True) for size in (one.weight_bytes, one.arena_bytes)),
            *(TypedCell(one.macs, "count", signed=True), one.accuracy_per_kib),
        )
        for one in found.prices
    ]
    return Picture(
        "Price of each axis",
        said,
        svg=bars(rows, name="prices", title="Accuracy that a KiB buys", text=said) if rows else None,
        table=Table(_PRICES, tuple(cells)),
        caption="Mean changes over pairs of trained variants that differ by one step of one axis",
        notes=(
            "Weights and activations are the least that any kernels need; they are no figures of a report.",
        ),
    )


def _parallel(found: Explored, trained: list[TrialOfVariant]) -> Picture:
    best = {point.variant for board in found.boards for point in board.points if point.on_front}
    axes = [*(_upright(axis.name, axis.values, trained) for axis in found.axes), *_uprights(trained)]
    threads = [Thread(_trial_words(one), one.variant in best) for one in trained]
    said = f"{len(trained)} trained variants, of which {len(best)} are on the front of a board."
    return Picture(
        "Values and figures",
        said,
        svg=parallel(axes, threads, name="parallel", text=said),
        keys=(Key("c1", "on the front of a board"), Key("key-thread", "other trained variants")),
    )


def _upright(name: str, values: tuple[Value, ...], trained: list[TrialOfVariant]) -> Upright:
    """Return an axis of variants, on which a value is a number by its place."""
    return Upright(
        name,
        tuple(float(values.index(one.values[name])) for one in trained),
        lambda place: shown(values[round(place)]),
    )


def _uprights(trained: list[TrialOfVariant]) -> Iterator[Upright]:
    yield Upright("MACs", tuple(float(one.macs or 0) for one in trained), partial(_shown, "count"))
    sizes = tuple(float(one.weight_bytes or 0) for one in trained)
    yield Upright("weights", sizes, partial(_shown, "bytes"))
    yield Upright("accuracy", tuple(one.accuracy or 0.0 for one in trained), partial(_shown, "fraction"))


def _trial_words(one: TrialOfVariant) -> str:
    accuracy = "no accuracy" if one.accuracy is None else f"accuracy {figure(one.accuracy, 'fraction')}"
    return f"{one.variant or ITSELF}: {accuracy}"


def _trials(found: Explored) -> Picture:
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.variant or ITSELF, one.accuracy, one.macs, one.weight_bytes, one.arena_bytes),
            one.dropped or one.stopped or one.problem,
        )
        for one in found.trials
    ]
    return Picture(
        "Trials",
        f"{lead(found)}.",
        table=Table(_TRIALS, tuple(rows)),
        caption="All variants that were tried, in their order",
        is_open=True,
    )
