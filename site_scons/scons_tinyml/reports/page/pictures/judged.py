"""Confusion matrix of a classification, or errors of a regression, on the test split: float beside quantized."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from scons_tinyml.records.quality import Judged, Version
from scons_tinyml.reports.cells import Cell, Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.bins import bins
from scons_tinyml.reports.page.svg import cut, drawing, share, tag
from scons_tinyml.reports.view import View

ORDER = 64
MOST_CLASSES = 12
"""Most classes of a matrix that is drawn; the table has all."""
_CELL = 44
_HEAD = 46
_NAMES = 0.24
_GAP = 0.02
"""Share of the width between two cells."""
_TALL = 130
_STYLES: dict[Version, str] = {"float": "c1", "quantized": "c2"}
VERSIONS: tuple[Version, ...] = ("float", "quantized")
RECALLS = (
    *(Column("class"), Column("samples", "count")),
    *(
        Column("float", "share", missing="not evaluated"),
        Column("quantized", "share", missing="not evaluated"),
    ),
    Column("mistaken for"),
)


def draw(view: View) -> Picture | None:
    """Return what the versions make of the test split, None without labelled samples."""
    judged = judged_of(view)
    if judged is None:
        return None
    if judged.confusion:
        return _matrix(judged)
    return _errors(judged) if judged.errors else None


def judged_of(view: View) -> Judged | None:
    """Return the figures of the test split that the build has."""
    quality = view.beside.quality
    return (quality.judged if quality else None) or view.beside.judged


def _matrix(judged: Judged) -> Picture:
    known = [version for version in VERSIONS if version in judged.confusion]
    right = {
        version: sum(row[place] for place, row in enumerate(judged.confusion[version])) / judged.samples
        for version in known
    }
    lead = f"{judged.samples:,} test samples; right are " + ", ".join(
        f"{figure(right[version], 'share')} ({version})" for version in known
    )
    is_drawn = len(judged.classes) <= MOST_CLASSES
    return Picture(
        "Confusion matrix",
        f"{lead}.",
        svg=_matrices(judged, known, lead) if is_drawn else None,
        table=Table(RECALLS, tuple(_recalls(judged, place) for place in range(len(judged.classes)))),
        caption="Share of each class that is recognized",
        notes=("Rows: class of the sample. Columns: class that the network says, in the same order.",)
        if is_drawn
        else (),
    )


def _recalls(judged: Judged, place: int) -> tuple[Cell, ...]:
    rows = {version: matrix[place] for version, matrix in judged.confusion.items()}
    whole = sum(next(iter(rows.values())))
    last = rows.get("quantized") or rows["float"]
    wrong = [(count, other) for other, count in enumerate(last) if other != place and count]
    most = judged.classes[max(wrong)[1]] if wrong else None
    recalls = (rows[version][place] / whole if version in rows and whole else None for version in VERSIONS)
    return judged.classes[place], whole, *recalls, most


def _matrices(judged: Judged, known: Sequence[Version], text: str) -> Markup:
    size = len(judged.classes)
    height = _HEAD + size * _CELL
    parts = [
        cut(
            *_grid(judged, version),
            x=0,
            y=place * (height + 12),
            width="100%",
            height=height,
        )
        for place, version in enumerate(known)
    ]
    whole = len(known) * (height + 12)
    return drawing(parts, height=whole, title="Confusion matrix", text=text, name="judged")


def _grid(judged: Judged, version: Version) -> Iterator[Markup]:
    size, matrix = len(judged.classes), judged.confusion[version]
    width = (1 - _NAMES) / size
    yield tag("text", version, y=15, class_="strong")
    for column, name in enumerate(judged.classes):
        at = share(_NAMES + column * width + _GAP / 2)
        yield cut(
            tag("text", name, x=4, y=13, class_="small soft"), x=at, y=24, width=share(width), height=20
        )
    for row, name in enumerate(judged.classes):
        top, whole = _HEAD + row * _CELL, sum(matrix[row]) or 1
        yield cut(tag("text", name, y=26), x=0, y=top, width=share(_NAMES), height=_CELL)
        for column, count in enumerate(matrix[row]):
            yield _cell(judged, row, column, count, count / whole, (_NAMES + column * width, top, width))


def _cell(
    judged: Judged, row: int, column: int, count: int, part: float, at: tuple[float, float, float]
) -> Markup:
    style = "c2" if row == column else "c4"
    words = f"{judged.classes[row]} as {judged.classes[column]}: {count:,}, {figure(part, 'share')} of its samples"
    bar = tag("rect", tag("title", words), y=26, width=share(max(part, 0.01)), height=12, rx=2, class_=style)
    return cut(
        tag("rect", y=26, width="100%", height=12, rx=2, class_="track"),
        bar if count else None,
        tag("text", f"{count:,}", y=18),
        tag("text", figure(part, "share"), x="100%", y=18, class_="end small soft wide"),
        x=share(at[0] + _GAP / 2),
        y=at[1],
        width=share(at[2] - _GAP),
        height=_CELL,
    )


def _errors(judged: Judged) -> Picture:
    known = [version for version in VERSIONS if version in judged.errors]
    ends = judged.errors[known[0]]
    lead = f"Errors on {judged.samples:,} test samples, output less label: from {ends.low:.4g} to {ends.high:.4g}."
    parts = []
    for place, version in enumerate(known):
        top = place * (_TALL + 40)
        parts.append(tag("text", version, y=top + 15, class_="strong"))
        drawn = bins(judged.errors[version], line=_TALL, height=_TALL - 8, style=_STYLES[version])
        parts.append(cut(*drawn, x=0, y=top + 18, width="100%", height=_TALL + 1))
        parts.append(tag("line", x1=0, x2="100%", y1=top + 18 + _TALL, y2=top + 18 + _TALL, class_="rule"))
    height = len(known) * (_TALL + 40)
    return Picture(
        "Errors",
        lead,
        svg=drawing(parts, height=height, title="Distribution of errors", text=lead, name="judged"),
        keys=tuple(Key(_STYLES[version], version) for version in known),
        table=Table(BINS, tuple(_bins_rows(judged, known))),
        caption="Errors by bin",
    )


BINS = (
    *(Column("from", "number", spec=".4g"), Column("to", "number", spec=".4g")),
    *(
        Column("float", "count", missing="not evaluated"),
        Column("quantized", "count", missing="not evaluated"),
    ),
)


def _bins_rows(judged: Judged, known: Sequence[Version]) -> Iterator[tuple[Cell, ...]]:
    ends = judged.errors[known[0]]
    width = (ends.high - ends.low) / len(ends.counts)
    for place in range(len(ends.counts)):
        counts = [judged.errors[one].counts[place] if one in known else None for one in VERSIONS]
        if any(counts):
            yield ends.low + place * width, ends.low + (place + 1) * width, *counts
