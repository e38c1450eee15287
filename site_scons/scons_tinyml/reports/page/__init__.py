"""The page of a report: pictures in one HTML file, each a file of the folder `pictures`, found by its name.

A picture is a module with ORDER, its place on the page, and `draw(view)`, which returns a `Picture`, or None where the
build has nothing to show:

    ORDER = 45

    def draw(view: View) -> Picture | None:
        layers = [layer for layer in view.network.layers if layer.cycles]
        bars = [Bar(layer.name, layer.cycles, figure(layer.cycles, "cycles"), "c1") for layer in layers]
        table = Table((Column("layer"), Column("cycles", "cycles")), tuple((bar.name, bar.value) for bar in bars))
        lead = f"{len(bars)} layers take cycles."
        drawn = chart.bars(bars, name="mine", title="Cycles by layer", text=lead)
        return Picture("Mine", lead, svg=drawn, table=table, caption="Layers by cycles")

Figures come from `view.network`, the record of report.json, and `view.beside`, what other files of the build say.
Every picture has its figures as a table too, so that nobody needs to see it. `svg.tag` escapes all text; sizes are
percentages across and pixels down, so that text keeps its size on a narrow screen. Colours are classes of `style.css`.

A picture with `OF_FIRMWARE = True` is also drawn for a firmware of several networks, which has no `view.network`.

Places that are taken: 10 budgets, 20 findings, 25 parts, 30 layers, 35 functions, 40 arena, 50 flash, 51 flash of a
firmware, 60 versions, 61 noise of quantization, 62 ranges, 63 weights, 64 confusion or errors, 65 samples judged
differently, 70 energy, 75 history, 80 frontier, 85 boards, 90 graph, 99 trust.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from scons_tinyml.registry import Plugins
from scons_tinyml.reports.cells import Table
from scons_tinyml.reports.view import View

PICTURES = Plugins("scons_tinyml.reports.page.pictures", provides="draw")


@dataclass(frozen=True)
class Key:
    """Meaning of a colour: its class in the style sheet, and words."""

    style: str
    text: str


@dataclass(frozen=True)
class Link:
    """A file of the build, by its path from the page, and words for it."""

    path: str
    text: str


@dataclass(frozen=True)
class Picture:
    """A section of the page: a drawing, what it says in words, and its figures as a table."""

    title: str
    lead: str
    """Statement of the picture, in a sentence or two with figures and units."""
    svg: Markup | None = None
    """Drawing, made with `svg.tag`; HTML of our own is possible too."""
    keys: tuple[Key, ...] = ()
    """Legend."""
    table: Table | None = None
    caption: str = ""
    """Caption of the table."""
    heads: int = 0
    """Column that names a row."""
    is_open: bool = False
    """True if the table is shown from the beginning; False behind a line that opens it."""
    notes: tuple[str, ...] = ()
    """Sentences below the drawing: what it does not show, and where its figures come from."""
    links: tuple[Link, ...] = ()
    """Files with more."""


def drawn_pictures(view: View) -> Iterator[tuple[str, Picture]]:
    """Yield the pictures of `view` by the names of their files, in the order of the page."""
    modules = {name: PICTURES.load(name) for name in PICTURES.names()}
    for name, module in sorted(modules.items(), key=lambda item: (item[1].ORDER, item[0])):
        if view.report is None and not getattr(module, "OF_FIRMWARE", False):
            continue
        picture = module.draw(view)
        if picture is not None:
            yield name, picture
