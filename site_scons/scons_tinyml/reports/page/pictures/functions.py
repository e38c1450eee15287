"""Cycles by function: the function itself, without what it calls."""

from __future__ import annotations

from scons_tinyml.reports.cells import Column, Table, figure
from scons_tinyml.reports.page import Key, Link, Picture
from scons_tinyml.reports.page.chart import Bar, bars
from scons_tinyml.reports.page.colours import NOTHING, keys_of, of_kernel_sets
from scons_tinyml.reports.view import View

ORDER = 35
MOST_BARS = 12
_LEAST_SHARE = 0.001
COLUMNS = (
    *(Column("function"), Column("cycles", "cycles"), Column("percent", "share")),
    *(
        Column("instructions", "count"),
        Column("calls", "count"),
        Column("cycles per instruction", spec=".2f", align="right"),
    ),
    Column("kernel set", missing="none"),
)


def draw(view: View) -> Picture | None:
    """Return the functions of the slowest sample, None where they were not counted."""
    report = view.report
    found, whole = report.functions, report.agreement.run_cycles
    if not found:
        return None
    sets = {symbol.name: symbol.kernel_set for symbol in report.flash.symbols if symbol.kernel_set}
    styles = of_kernel_sets(report)
    seen = [one for one in found if one.cycles >= _LEAST_SHARE * whole]
    shown = seen[:MOST_BARS] or found[:1]
    together = figure(sum(one.cycles for one in shown) / whole, "share")
    lead = (
        f"{len(shown)} functions take {together} of the {figure(whole, 'cycles')} cycles of the run, "
        f"{shown[0].name} alone {figure(shown[0].cycles / whole, 'share')}."
    )
    drawn = bars(
        [
            Bar(
                name=one.name,
                value=one.cycles,
                shown=f"{figure(one.cycles, 'cycles')} · {figure(one.cycles / whole, 'share')}",
                style=styles.get(sets.get(one.name, ""), NOTHING),
            )
            for one in shown
        ],
        name="functions",
        title="Cycles by function",
        text=lead,
    )
    rows = tuple(
        (
            *(one.name, one.cycles, one.cycles / whole, one.instructions, one.calls),
            *(one.cycles / one.instructions if one.instructions else None, sets.get(one.name)),
        )
        for one in found
    )
    graph = view.beside.flame_graph
    return Picture(
        "Functions",
        lead,
        svg=drawn,
        keys=(*keys_of(styles), Key(NOTHING, "other code")),
        table=Table(COLUMNS, rows),
        caption="Functions of the slowest sample, each without what it calls",
        notes=() if graph else (_hint(view),),
        links=(Link(graph, "flame graph for speedscope"),) if graph else (),
    )


def _hint(view: View) -> str:
    """Return how a flame graph is made that this page then links to."""
    folder = view.path.parent
    image = f"{folder / view.headline.model}.elf"
    return f"For a flame graph: tinyml run {image} --board {view.headline.target} --profile-out {folder / 'profile'}"
