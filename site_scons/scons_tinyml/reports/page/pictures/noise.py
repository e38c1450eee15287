"""Signal-to-noise ratio of each layer, so that the one that loses accuracy is seen."""

from __future__ import annotations

from scons_tinyml.records.quality import LayerQuality
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.chart import Bar, bars
from scons_tinyml.reports.view import View

ORDER = 61
MOST_BARS = 48
COLUMNS = (
    *(Column("", "count", spec="d"), Column("layer"), Column("operator"), Column("type")),
    *(
        Column("alone, dB", "number", spec=".1f", missing="not compared"),
        Column("in all, dB", "number", spec=".1f"),
    ),
    *(Column("saturated", "share"), Column("weights, dB", "number", spec=".1f"), Column("cause")),
)


def draw(view: View) -> Picture | None:
    """Return the noise of each layer, None where float and quantized layers were not compared."""
    quality = view.beside.quality
    if quality is None or quality.compared_absent is not None:
        return None
    compared = [layer for layer in quality.layers if alone_db(layer) is not None]
    if not compared:
        return None
    worst = min(compared, key=lambda one: alone_db(one) or 0.0)
    lead = (
        f"{worst.name} loses most by itself: {alone_db(worst):.1f} dB of signal to noise on {quality.samples} "
        f"{quality.samples_of} samples. 6 dB are a bit."
    )
    shown = sorted(
        sorted(compared, key=lambda one: alone_db(one) or 0.0)[:MOST_BARS], key=lambda one: one.layer
    )
    drawn = bars(
        [_bar(layer) for layer in shown],
        name="noise",
        title="Signal to noise by layer",
        text=f"{len(shown)} layers in the order of execution; shorter bars lose more. {lead}",
    )
    causes = (
        f"{one.name}: {one.cause.text}." for one in shown if one.cause and one.cause.kind != "inherited"
    )
    return Picture(
        "Noise of quantization",
        lead,
        svg=drawn,
        keys=(
            Key("c1", "the layer alone: float layer and quantized one on the same inputs"),
            Key("stroke", "line: with the noise of the layers before it"),
        ),
        table=Table(COLUMNS, tuple(_row(layer) for layer in quality.layers)),
        caption="Layers in the order of execution",
        heads=1,
        notes=tuple(causes)[:3],
    )


def alone_db(layer: LayerQuality) -> float | None:
    """Return the ratio of the layer alone, or with all before it where that is not known."""
    return layer.snr_db if layer.own_snr_db is None else layer.own_snr_db


def _bar(layer: LayerQuality) -> Bar:
    own, whole = alone_db(layer) or 0.0, layer.snr_db or 0.0
    return Bar(
        name=f"{layer.layer} {layer.name}",
        value=max(own, 0.0),
        shown=f"{own:.1f} dB · {whole:.1f} in all",
        style="c1",
        marks=((max(whole, 0.0), f"{layer.name}: {whole:.1f} dB with the layers before it"),),
    )


def _row(layer: LayerQuality) -> tuple[Cell, ...]:
    return (
        *(layer.layer, layer.name, layer.operator, layer.type, layer.own_snr_db, layer.snr_db),
        layer.activations.saturated if layer.activations else None,
        layer.weights.snr_db if layer.weights else None,
        layer.cause.text if layer.cause else None,
    )
