"""Range of each layer's activations above the range that its integers hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from scons_tinyml.records.quality import ActivationQuality, LayerQuality
from scons_tinyml.reports.cells import Cell, Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.svg import cut, drawing, share, tag
from scons_tinyml.reports.view import View

ORDER = 62
MOST_ROWS = 48
_ROW = 46
_NAMES = 0.66
COLUMNS = (
    *(Column("", "count", spec="d"), Column("layer"), Column("type")),
    *(
        Column(name, "number", spec=".4g")
        for name in (
            "least",
            "0.1 %",
            "median",
            "99.9 %",
            "greatest",
            "lowest integer",
            "highest integer",
            "step",
        )
    ),
    *(Column("saturated", "share"), Column("widest channel", "count", spec="d")),
    Column("over the median one", "number", spec=".1f"),
)


def draw(view: View) -> Picture | None:
    """Return the ranges of all layers with integers, None where they were not looked at."""
    quality = view.beside.quality
    found = [one for one in quality.layers if one.activations and one.activations.step] if quality else []
    if quality is None or not found:
        return None
    of_float = quality.compared_absent is None
    clipped = [one for one in found if one.activations and (one.activations.saturated or 0) > 0]
    most = max(
        clipped, key=lambda one: one.activations.saturated or 0 if one.activations else 0, default=None
    )
    lead = f"{len(found)} layers; none has values beyond the range of its integers."
    if most is not None and most.activations is not None:
        part = figure(most.activations.saturated or 0, "share")
        lead = (
            f"{len(clipped)} of {len(found)} layers have saturated values, {most.name} most: {part}."
            if of_float
            else f"{most.name} has the most values at an end of its integers: {part}."
        )
    return Picture(
        "Ranges of activations",
        lead,
        svg=_ranges(found[:MOST_ROWS], lead),
        keys=(
            Key("track", "what the integers of the layer hold"),
            Key("c1", f"99.8 % of the {'float' if of_float else 'quantized'} values"),
            Key("stroke", "line: from the least to the greatest value"),
        ),
        table=Table(COLUMNS, tuple(filter(None, map(_row, quality.layers)))),
        caption="Layers in the order of execution",
        heads=1,
        notes=() if len(found) <= MOST_ROWS else (f"The first {MOST_ROWS} layers, of {len(found)}.",),
    )


def _row(layer: LayerQuality) -> tuple[Cell, ...] | None:
    found = layer.activations
    if found is None:
        return None
    parts = found.percentiles
    return (
        *(layer.layer, layer.name, layer.type, found.least, parts["0.1"], parts["50"], parts["99.9"]),
        *(found.greatest, found.quantized_low, found.quantized_high, found.step, found.saturated),
        *(found.outlier_channel, found.outlier_ratio),
    )


def _ranges(layers: Sequence[LayerQuality], text: str) -> Markup:
    parts = [
        list(_range(layer.activations, f"{layer.layer} {layer.name}", place * _ROW))
        for place, layer in enumerate(layers)
        if layer.activations is not None
    ]
    title = "Ranges of activations"
    return drawing(parts, height=len(layers) * _ROW, title=title, text=text, name="ranges")


def _range(found: ActivationQuality, name: str, top: float) -> Iterator[Markup]:
    """Yield one row, whose scale holds the integers and all values."""
    low, high = found.quantized_low or 0.0, found.quantized_high or 0.0
    left, right = min(low, found.least), max(high, found.greatest)
    width = right - left or 1.0
    at = [(value - left) / width for value in (low, high, found.least, found.greatest)]
    parts = [(found.percentiles[key] - left) / width for key in ("0.1", "99.9")]
    shown = f"{found.least:.4g} to {found.greatest:.4g}, integers {low:.4g} to {high:.4g}"
    yield cut(tag("text", name, y=15), x=0, y=top, width=share(_NAMES), height=20)
    yield tag("text", shown, x="100%", y=top + 15, class_="end small soft wide")
    yield tag("rect", x=share(at[0]), y=top + 22, width=share(at[1] - at[0]), height=16, rx=2, class_="track")
    middle, hint = top + 30, tag("title", f"{name}: {shown}")
    yield tag("line", x1=share(at[2]), x2=share(at[3]), y1=middle, y2=middle, class_="mark")
    yield tag(
        "rect",
        hint,
        x=share(parts[0]),
        y=top + 25,
        width=share(max(parts[1] - parts[0], 0.002)),
        height=10,
        class_="c1",
    )
