"""How far each number can be trusted, in words, and what it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from scons_tinyml.records.report import Accuracy, Report, resource_title
from scons_tinyml.reports.cells import Cell, Column, Table, figure
from scons_tinyml.reports.lines import note_line
from scons_tinyml.reports.page import Picture
from scons_tinyml.reports.view import View

ORDER = 99


def draw(view: View) -> Picture:
    """Return the evidence of all figures."""
    report = view.report
    exact = "flash and the arena are exact, the stack is what the run used"
    if report.latency_s.evidence == "hardware":
        lead = f"Cycles were measured on a board; {exact}."
    else:
        lead = f"Cycles were counted in an emulator, which the band allows for; {exact}."
    return Picture(
        "Trust",
        lead,
        table=Table((Column("figure"), Column("in words")), tuple(_rows(view))),
        caption="What each figure comes from, and how far it can be trusted",
        is_open=True,
    )


def _rows(view: View) -> Iterator[tuple[Cell, ...]]:
    report = view.report
    words = {
        "flash": "Exact: read from the linked image.",
        "RAM": f"Exact but for the stack, the deepest of {_samples(report)}: another input may take more.",
        "latency": _latency(report),
        "output": f"Compared on {_samples(report)}; each kernel was also compared alone on its layer.",
        **{resource_title(metric.name): _metric(metric) for metric in report.all_metrics},
    }
    for note in view.notes:
        subject, _, figures = note_line(note).partition(": ")
        yield subject, f"{words.pop(subject)} {figures}" if subject in words else figures
    made = report.provenance
    yield "compiler", made.compiler
    yield "timing model", made.timing_model
    for name, source in made.kernel_sources.items():
        yield f"kernels {name}", source


def _samples(report: Report) -> str:
    count = report.bit_exact.samples
    return f"{count} sample{'' if count == 1 else 's'}"


def _latency(report: Report) -> str:
    if report.latency_s.evidence == "hardware":
        return f"Measured on a board, each layer alone: {report.latency_s.measured_by}."
    guessed = [layer for layer in report.layers if layer.code is not None and not layer.code.comparisons]
    if guessed:
        part = figure(sum(layer.cycles for layer in guessed) / report.cycles, "share")
        return f"Counted in an emulator; for {part} of the cycles the band is a guess, no board has run such code."
    return "Counted in an emulator; the band is that of programs of the same kind that a board has run."


def _metric(metric: Accuracy) -> str:
    """Return what chance alone makes of a share: the standard error of a binomial distribution."""
    value = metric.deployed
    if metric.unit != "fraction" or value is None or not 0 <= value <= 1:
        return f"Of {metric.samples:,} test samples."
    error = sqrt(value * (1 - value) / metric.samples)
    return (
        f"Of {metric.samples:,} test samples: about {error:.4f} more or less is chance (one standard error)."
    )
