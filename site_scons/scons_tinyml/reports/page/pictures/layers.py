"""Cycles by layer, coloured by kernel set, with the fastest other kernel and the cycles of a multiply-accumulate."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.records.report import LayerReport, Rejected, Report
from scons_tinyml.reports.cells import Cell, Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.chart import Bar, bars
from scons_tinyml.reports.page.colours import NOTHING, kernel_set, keys_of, of_kernel_sets
from scons_tinyml.reports.view import View

ORDER = 30
MOST_BARS = 48
COLUMNS = (
    *(
        Column("", "count", spec="d"),
        Column("layer"),
        Column("operator"),
        Column("kernel", missing="none needed"),
    ),
    *(Column("cycles", "cycles"), Column("time", "seconds"), Column("percent", "share")),
    *(Column("MACs", "count"), Column("cycles per MAC", "number", spec=".2f")),
    Column("weights", "bytes"),
    *(Column("fastest other kernel"), Column("its cycles", "cycles"), Column("kernels refused", "count")),
)


def draw(view: View) -> Picture | None:
    """Return the layers of `view`."""
    report = view.report
    styles = of_kernel_sets(report)
    timed = [layer for layer in report.layers if layer.cycles]
    if not timed:
        return None
    shown = sorted(sorted(timed, key=lambda one: -one.cycles)[:MOST_BARS], key=lambda one: one.index)
    first = max(timed, key=lambda one: one.cycles)
    macs = sum(layer.macs for layer in report.layers)
    lead = (
        f"Layer {first.index} ({first.operator}) takes {figure(first.cycles / report.cycles, 'share')} of "
        f"{figure(report.cycles, 'cycles')} cycles{_rate(report.cycles, macs)}.{_bound(report)}"
    )
    drawn = bars(
        [_bar(layer, report, styles) for layer in shown],
        name="layers",
        title="Cycles by layer",
        text=f"{len(shown)} layers in the order of execution. {lead}",
    )
    hidden = f"The {MOST_BARS} layers that take most, of {len(timed)}." if len(timed) > MOST_BARS else ""
    return Picture(
        "Layers",
        lead,
        svg=drawn,
        keys=(
            *keys_of(styles),
            Key("stroke", "upright line: the fastest other kernel that was measured"),
            *((Key("part", "line in a bar: its multiplications alone"),) if report.multiply_bound else ()),
        ),
        table=Table(COLUMNS, tuple(_row(layer, view) for layer in report.layers)),
        caption="Layers in the order of execution",
        notes=tuple(filter(None, (hidden,))),
    )


def _rate(cycles: int, macs: int) -> str:
    return f" at {cycles / macs:.2f} cycles a MAC" if macs else ""


def _bound(report: Report) -> str:
    bound = report.multiply_bound
    if bound is None:
        return ""
    return (
        f" The core multiplies and adds with {bound.instructions}: {bound.cycles_per_mac:.2f} cycles a MAC without "
        "loads and loops."
    )


def _bar(layer: LayerReport, report: Report, styles: Mapping[str, str]) -> Bar:
    bound, whole = report.multiply_bound, report.cycles
    other = next_best(layer)
    marks = (
        ()
        if other is None or other.cycles is None
        else ((other.cycles, f"{other.kernel}: {other.cycles:,} cycles"),)
    )
    return Bar(
        name=f"{layer.index} {layer.name}",
        also=layer.kernel or layer.operator,
        value=layer.cycles,
        shown=f"{figure(layer.cycles, 'cycles')} · {figure(layer.cycles / whole, 'share')}",
        style=styles.get(kernel_set(layer), NOTHING),
        more=f"{layer.cycles / layer.macs:.2f} a MAC" if layer.macs else "",
        marks=marks,
        part=None if bound is None else layer.macs * bound.cycles_per_mac,
    )


def next_best(layer: LayerReport) -> Rejected | None:
    """Return the rejected kernel of the fewest cycles, None if none was measured."""
    return min((one for one in layer.rejected if one.cycles), key=lambda one: one.cycles or 0, default=None)


def _row(layer: LayerReport, view: View) -> tuple[Cell, ...]:
    report, other = view.report, next_best(layer)
    cycles, macs = layer.cycles or None, layer.macs or None
    return (
        *(layer.index, layer.name, layer.operator, layer.kernel, cycles),
        *((cycles / report.clock_hz, cycles / report.cycles) if cycles else (None, None)),
        *(macs, cycles / macs if cycles and macs else None),
        layer.weight_bytes or None,
        *((other.kernel, other.cycles) if other else (None, None)),
        sum(one.cycles is None for one in layer.rejected),
    )
