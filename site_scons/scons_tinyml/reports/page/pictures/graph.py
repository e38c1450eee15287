"""The graph of the network: each layer with its kernel and cycles, and where its inputs come from."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from scons_tinyml.records.report import LayerReport, Report
from scons_tinyml.reports.cells import figure
from scons_tinyml.reports.page import Picture
from scons_tinyml.reports.page.colours import NOTHING, kernel_set, keys_of, of_kernel_sets
from scons_tinyml.reports.page.lanes import Edge, lanes
from scons_tinyml.reports.page.svg import share, tag
from scons_tinyml.reports.view import View

ORDER = 90
MOST_LAYERS = 100
_OVERLAY = (
    "tinyml report PATH --format model_explorer prints the cycles for Model Explorer, which shows them on the nodes "
    "of the .tflite file."
)
_ROW = 60
_LANE = 14
_MARGIN = 10


def draw(view: View) -> Picture | None:
    """Return the graph, None where the report does not have its edges."""
    report = view.report
    shown = report.layers[:MOST_LAYERS]
    if not any(layer.inputs for layer in shown):
        return None
    edges = lanes([(one.inputs if one else ()) for one in (None, *shown)])
    wide = _MARGIN * 2 + _LANE * (1 + max((edge.lane for edge in edges), default=0))
    skips = sum(edge.end - edge.begin > 1 for edge in edges)
    lead = f"{len(report.layers)} layers, {skips} connection{' that skips' if skips == 1 else 's that skip'} layers."
    height = _ROW * (len(shown) + 1)
    gutter = tag(
        "svg",
        [_line(edge) for edge in edges],
        [
            tag("circle", cx=_MARGIN, cy=_ROW * (row + 0.5), r=5, class_="node")
            for row in range(len(shown) + 1)
        ],
        width=wide,
        height=height,
        aria_hidden="true",
    )
    styles = of_kernel_sets(report)
    items = [tag("li", _words(report), class_="layer")]
    items += [_item(layer, report, styles.get(kernel_set(layer), NOTHING)) for layer in shown]
    hidden = (
        f"The first {MOST_LAYERS} layers of {len(report.layers)}." if len(report.layers) > MOST_LAYERS else ""
    )
    return Picture(
        "Graph",
        lead,
        svg=tag("div", gutter, tag("ol", items, start=-1), class_="graph"),
        keys=keys_of(styles),
        notes=tuple(filter(None, (hidden, _OVERLAY))),
    )


def _words(report: Report) -> list[Markup]:
    shapes = "; ".join(f"{one.name} {one.type} {_shape(one.shape)}" for one in report.inputs)
    return [tag("p", tag("strong", "input")), tag("p", shapes or "of the network", class_="soft")]


def _item(layer: LayerReport, report: Report, style: str) -> Markup:
    part = layer.cycles / report.cycles
    took = f"{figure(layer.cycles, 'cycles')} · {figure(part, 'share')}" if layer.cycles else "no cycles"
    bar = tag(
        "svg",
        tag("rect", width="100%", height=4, class_="track"),
        tag("rect", width=share(min(part, 1)), height=4, class_=style),
        width="100%",
        height=4,
        aria_hidden="true",
    )
    reads = ", ".join("the input" if index < 0 else f"layer {index}" for index in layer.inputs)
    kernel = f"{layer.kernel or 'no kernel needed'} → {layer.type} {_shape(layer.shape)}"
    return tag(
        "li",
        tag(
            "p",
            tag("strong", f"{layer.index} {layer.operator}"),
            *(tag("span", layer.name, class_="soft name"), tag("span", took, class_="took")),
        ),
        tag("p", kernel, tag("span", f", reads {reads}" if reads else "", class_="hidden"), class_="soft"),
        bar,
        class_="layer",
    )


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "scalar"


def _line(edge: Edge) -> Markup:
    """Return the way of an edge: straight down, or out to its lane and back."""
    top, bottom = _ROW * (edge.begin + 0.5), _ROW * (edge.end + 0.5)
    if edge.lane == 0:
        return tag("path", d=f"M{_MARGIN} {top}V{bottom}", class_="edge")
    out = _MARGIN + _LANE * edge.lane
    bend = _ROW / 3
    way = f"M{_MARGIN} {top}C{out} {top} {out} {top + bend / 2} {out} {top + bend}V{bottom - bend}"
    return tag("path", d=f"{way}C{out} {bottom - bend / 2} {out} {bottom} {_MARGIN} {bottom}", class_="edge")
