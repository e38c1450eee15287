"""How much each number can be trusted, in words, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.lines import note_line
from scons_tinyml.reports.page import Picture
from scons_tinyml.reports.view import View

ORDER = 99


def draw(view: View) -> Picture:
    """Return the evidence of all figures."""
    return Picture(
        "Trust",
        "What each figure comes from, and how far it can be trusted.",
        table=Table((Column("figure"), Column("what it comes from")), tuple(_rows(view))),
        caption="Evidence of all figures",
        is_open=True,
    )


def _rows(view: View) -> Iterator[tuple[Cell, ...]]:
    report = view.report
    for note in view.notes:
        subject, _, words = note_line(note).partition(": ")
        yield subject, words
    made = report.provenance
    yield "compiler", made.compiler
    yield "timing model", made.timing_model
    for name, source in made.kernel_sources.items():
        yield f"kernels {name}", source
