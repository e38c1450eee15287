"""Histogram of the float weights of each layer, above that of their integer codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from scons_tinyml.records.quality import Histogram, LayerQuality, WeightQuality
from scons_tinyml.reports.cells import Cell, Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.bins import bins
from scons_tinyml.reports.page.svg import cut, drawing, tag
from scons_tinyml.reports.view import View

ORDER = 63
MOST_ROWS = 24
_ROW = 128
_TALL = 36
_LINE = 62
COLUMNS = (
    *(Column("", "count", spec="d"), Column("layer"), Column("weights", "count"), Column("scales", "count")),
    *(
        Column("least", "number", spec=".4g", missing="float not known"),
        Column("greatest", "number", spec=".4g"),
    ),
    *(Column("codes used", "share"), Column("signal to noise, dB", "number", spec=".1f")),
    Column("largest over the median channel", "number", spec=".1f"),
)


def draw(view: View) -> Picture | None:
    """Return the weights of all layers that have some, None where they were not looked at."""
    quality = view.beside.quality
    found = [layer for layer in quality.layers if layer.weights] if quality else []
    if quality is None or not found:
        return None
    count = sum(layer.weights.elements for layer in found if layer.weights)
    worst = min(
        (one for one in found if one.weights and one.weights.snr_db is not None),
        key=lambda one: one.weights.snr_db or 0.0 if one.weights else 0.0,
        default=None,
    )
    lead = f"{count:,} weights in {len(found)} layers."
    if worst is not None and worst.weights is not None:
        lead += f" Rounding costs {worst.name} most: {worst.weights.snr_db:.1f} dB of signal to noise."
    is_known = worst is not None
    return Picture(
        "Weights",
        lead,
        svg=_histograms(found[:MOST_ROWS], lead),
        keys=(*((Key("c1", "float weights"),) if is_known else ()), Key("c2", "their codes, -128 to 127")),
        table=Table(COLUMNS, tuple(filter(None, map(_row, found)))),
        caption="Layers with weights",
        heads=1,
        notes=() if len(found) <= MOST_ROWS else (f"The first {MOST_ROWS} layers, of {len(found)}.",),
    )


def _row(layer: LayerQuality) -> tuple[Cell, ...] | None:
    found = layer.weights
    if found is None:
        return None
    ends = (found.values.low, found.values.high) if found.values else (None, None)
    return (
        *(layer.layer, layer.name, found.elements, found.scales, *ends),
        *(used_share(found.codes), found.snr_db, found.outlier_ratio),
    )


def used_share(codes: Histogram) -> float:
    """Return the part of the bins of `codes` that hold any."""
    return sum(bool(count) for count in codes.counts) / len(codes.counts)


def _histograms(layers: Sequence[LayerQuality], text: str) -> Markup:
    parts = [
        list(_pair(layer.weights, f"{layer.layer} {layer.name}", place * _ROW))
        for place, layer in enumerate(layers)
        if layer.weights is not None
    ]
    title = "Float weights above their codes, by layer"
    return drawing(parts, height=len(layers) * _ROW, title=title, text=text, name="weights")


def _pair(found: WeightQuality, name: str, top: float) -> Iterator[Markup]:
    """Yield one layer: float weights upwards from a line, codes downwards from it."""
    drawn = bins(found.codes, line=_LINE, height=_TALL, style="c2", down=True)
    words = f"{found.elements:,} weights · {figure(used_share(found.codes), 'share')} of codes"
    if found.values is not None:
        drawn += bins(found.values, line=_LINE, height=_TALL, style="c1")
        words = f"{found.values.low:.4g} to {found.values.high:.4g} · {words}"
    rule = tag("line", x1=0, x2="100%", y1=_LINE, y2=_LINE, class_="rule")
    yield tag("text", name, y=top + 15)
    yield cut(*drawn, rule, x=0, y=top, width="100%", height=_ROW - 26)
    yield cut(tag("text", words, y=13, class_="small soft"), x=0, y=top + _ROW - 27, width="100%", height=18)
