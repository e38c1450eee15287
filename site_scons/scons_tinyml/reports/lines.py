"""Parts of a view as lines of text. Names in them are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scons_tinyml.records.remedies import BoardOutcome, OtherBoard, Remedies, Variants
from scons_tinyml.records.report import Finding, resource_title
from scons_tinyml.records.units import format_bytes, format_hertz, format_seconds
from scons_tinyml.records.variant_names import shown_variant
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import Cell, Column, Table, Value, figure
from scons_tinyml.reports.view import BudgetRow, Headline, Note, View

BUDGET = (
    Column(""),
    Column("used", "bytes", missing="none"),
    Column("budget", "bytes", missing="none"),
    Column("percent", "share"),
    Column("verdict", "verdict"),
    Column("set by", common="limits set by"),
)

_DIGITS = 12
"""Digits of a commit in a line; report.json has all."""
_OTHER_BOARDS: Mapping[BoardOutcome, str] = {
    "would not pass": "boards that would not",
    "not known": "boards of which it is not known",
}


def title_line(headline: Headline) -> str:
    """Return a line such as 'cats (int8) on stm32l1: STM32L152RE, cortex-m3 at 32 MHz'."""
    network = f"{headline.model} ({headline.quantization})" if headline.quantization else headline.model
    core = f"{headline.core} at {format_hertz(headline.clock_hz)}"
    return visible(f"{network} on {headline.target}: {headline.part}, {core}")


def project_lines(headline: Headline) -> tuple[str, ...]:
    """Return a line such as 'commit 0123456789ab and changes, built 2026-11-29T22:00:00Z', none if nothing is known."""
    project = headline.project
    if project is None:
        return ()
    changes = {True: " and changes", False: " without changes", None: ""}[project.dirty]
    parts = [f"commit {project.commit[:_DIGITS]}{changes}"] if project.commit else []
    parts += [f"built {project.built}"] if project.built else []
    return (visible(", ".join(parts)),) if parts else ()


def budget_table(budget: Iterable[BudgetRow]) -> Table:
    """Return the table of all resources with their limits."""
    return Table(BUDGET, tuple(map(_budget_cells, budget)))


def note_line(note: Note) -> str:
    """Return a line such as 'flash: code 7.8 KiB, weights 19.5 KiB, other 2.0 KiB'."""
    words = (figure(word.number, word.kind) if isinstance(word, Value) else word for word in note.words)
    return visible(f"{note.subject}: {''.join(words)}")


def footer_line(view: View) -> str:
    """Return a line such as 'report: build/stm32l1/cats/report.json'."""
    return visible(f"report: {view.path}")


def finding_lines(finding: Finding) -> tuple[str, ...]:
    """Return the message of `finding`, source of its limit, heaviest parts and advice: a line each."""
    lines = [finding.message]
    if finding.limit_source:
        lines.append(f"set by {finding.limit_source}")
    if finding.heaviest:
        lines.append(
            "heaviest: " + ", ".join(f"{part.name} {part.percent:.1f} %" for part in finding.heaviest)
        )
    if finding.advice:
        lines.append(f"try: {finding.advice}")
    return tuple(map(visible, lines))


def remedy_lines(remedies: Remedies | None) -> tuple[str, ...]:
    """Return the outcome of other kernels, patches and boards; a finding has kernels that pass as its advice."""
    return tuple(map(visible, _remedies(remedies))) if remedies else ()


def _remedies(remedies: Remedies) -> Iterator[str]:
    kernels = remedies.kernels
    if kernels and kernels.outcome != "passes":
        yield f"kernels: {kernels.text}"
    if remedies.patches:
        yield f"patches: {remedies.patches}"
    if remedies.variants:
        yield from _variants(remedies.variants)
    by_outcome: dict[BoardOutcome, list[OtherBoard]] = {}
    for board in remedies.boards:
        by_outcome.setdefault(board.outcome, []).append(board)
    if passing := by_outcome.get("would pass"):
        yield "boards that would pass, the one with the least memory first:"
        yield from (f"  {board.board}: {board.text}" for board in passing)
    for outcome, title in _OTHER_BOARDS.items():
        if others := by_outcome.get(outcome):
            yield f"{title}: {_by_text(others)}"
    if unmeasured := by_outcome.get("not measured"):
        names = ", ".join(board.board for board in unmeasured)
        yield f"boards not measured: {names} ({unmeasured[0].text})"


def _variants(found: Variants) -> Iterator[str]:
    yield found.text if found.variants else f"variants: {found.text}"
    for one in found.variants:
        figures = (
            f"{resource_title(one.metric)} {one.accuracy:.4f}",
            f"flash {format_bytes(one.flash_bytes)}",
            f"RAM {format_bytes(one.ram_bytes)}",
            f"latency {format_seconds(one.latency_s)}",
        )
        yield f"  {shown_variant(one.variant)}: {', '.join(figures)}; `{one.command}`"


def _budget_cells(row: BudgetRow) -> tuple[Cell, ...]:
    used = None if row.used is None else Value(row.used, row.unit)
    limit = None if row.limit is None else Value(row.limit, row.unit, row.at_least)
    return row.title, used, limit, row.share, row.verdict, row.source


def _by_text(boards: Sequence[OtherBoard]) -> str:
    """Return the boards in their order, those with the same text together."""
    names: dict[str, list[str]] = {}
    for board in boards:
        names.setdefault(board.text, []).append(board.board)
    return ", ".join(f"{', '.join(same)} ({text})" for text, same in names.items())
