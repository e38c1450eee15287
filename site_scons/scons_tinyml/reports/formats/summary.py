"""Summary in Markdown for a pull request or the page of a job, with a marker by which a bot finds its comment again."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.records.report import Finding
from scons_tinyml.reports.cells import Table, figure
from scons_tinyml.reports.lines import budget_table, finding_lines, project_lines, remedy_lines
from scons_tinyml.reports.markdown import code, markdown_table, marker, prose
from scons_tinyml.reports.view import Headline, View

FILE_NAME = "summary.md"
MOST_FINDINGS = 8
MOST_ROWS = 12
"""Most rows of a table of layers or parts, those with the largest figures in its last columns."""
_LONGEST = 1_000
"""Most characters of a line: a comment has 65,536 at most."""


def render(view: View, width: int) -> str:  # noqa: ARG001 - lines of Markdown are paragraphs
    """Return headline, budgets, findings, and the heaviest rows of each section folded away."""
    return "\n\n".join(_parts(view)) + "\n"


def _parts(view: View) -> Iterator[str]:
    headline = view.headline
    yield marker(headline.target, headline.model)
    yield f"### {_subject(headline)}: {headline.verdict.upper()}"
    yield "  \n".join(_facts(headline))
    yield markdown_table(budget_table(row for row in view.budget if row.verdict or row.used is not None))
    if view.findings:
        yield "\n".join(_finding(finding) for finding in view.findings[:MOST_FINDINGS])
    if (more := len(view.findings) - MOST_FINDINGS) > 0:
        yield f"and {more} more in {code(str(view.path))}"
    if remedies := remedy_lines(view.remedies):
        yield "\n".join(f"- {prose(line.strip())[:_LONGEST]}" for line in remedies[:MOST_FINDINGS])
    for section in view.sections:
        table = _heaviest(section.table)
        which = f"{len(table.rows)} of {len(section.table.rows)} " if table is not section.table else ""
        yield f"<details><summary>{which}{prose(section.title)}</summary>"
        yield markdown_table(table)
        yield "</details>"
    yield f"{code(str(view.path))}, scons-tinyml {prose(view.version)}"


def _subject(headline: Headline) -> str:
    quantization = f" ({headline.quantization})" if headline.quantization else ""
    return f"{code(headline.model)}{quantization} on {code(headline.target)}"


def _facts(headline: Headline) -> Iterator[str]:
    latency = headline.latency
    if latency:
        value, high = figure(latency.value, "seconds"), figure(latency.high, "seconds")
        yield f"**{value}** an inference, {latency.evidence}, at most {high}"
    yield prose(f"{headline.part}, {headline.core} at {figure(headline.clock_hz, 'hertz')}")
    yield from map(prose, project_lines(headline))


def _finding(finding: Finding) -> str:
    lines = "<br>".join(prose(line)[:_LONGEST] for line in finding_lines(finding))
    return f"- **{finding.severity}**: {lines}"


def _heaviest(table: Table) -> Table:
    """Return `table`, or its heaviest rows in their order if it has too many."""
    if len(table.rows) <= MOST_ROWS:
        return table
    order = sorted(range(len(table.rows)), key=lambda index: -_weight(table, index))[:MOST_ROWS]
    return Table(table.columns, tuple(table.rows[index] for index in sorted(order)), table.empty)


def _weight(table: Table, index: int) -> float:
    last = table.rows[index][-1] if table.rows[index] else None
    return float(last) if isinstance(last, int | float) else 0
