"""Tables and sentences of a comparison of two reports: as text, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from scons_tinyml.records.comparison import (
    Comparison,
    FigureChange,
    LayerChange,
    Side,
    State,
    SymbolChange,
    Unlike,
)
from scons_tinyml.records.firmware_comparison import FirmwareComparison, NetworkChange, PartChange
from scons_tinyml.records.names import LONGEST_NAME
from scons_tinyml.records.report import resource_title
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import wrapped
from scons_tinyml.reports.cells import Cell, Column, Table, Value, figure, shown
from scons_tinyml.reports.markdown import code, markdown_table, marker, prose
from scons_tinyml.reports.table import text_table
from scons_tinyml.reports.view import Section

FIGURES = (
    Column(""),
    Column("old", "bytes", missing="none"),
    Column("new", "bytes", missing="none"),
    Column("change", "bytes", missing="not comparable"),
    Column("percent", "bytes"),
    Column("tolerance", "bytes", missing="none"),
    Column("verdict", "verdict"),
)
LAYERS = (
    Column("layer", longest=LONGEST_NAME),
    Column("operator"),
    Column(""),
    Column("cycles", "cycles"),
    Column("weights", "bytes"),
    Column("scratch", "bytes"),
    Column("kernel"),
)
SYMBOLS = (
    Column("function"),
    Column(""),
    Column("old", "bytes"),
    Column("new", "bytes"),
    Column("change", "bytes"),
)
PARTS = (
    Column("part"),
    Column(""),
    *(Column("flash", "bytes"), Column("change", "bytes"), Column("RAM", "bytes"), Column("change", "bytes")),
)
NETWORKS = (Column("network"), *(Column("figure"), *FIGURES[1:]))
MOST_ROWS = 20
"""Most rows of layers and of functions in a summary."""
_INDENT = "  "
_STATES: dict[State, str] = {"changed": "", "new": "NEW", "gone": "GONE"}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 70rem; padding: 0 1rem; }}
div {{ overflow-x: auto; }} table {{ border-collapse: collapse; }}
th, td {{ padding: .2rem .8rem; text-align: left; border-bottom: 1px solid; }} .r {{ text-align: right; }}
</style></head><body><main>
<h1>{title}</h1>
{body}
</main></body></html>
"""


Compared = Comparison | FirmwareComparison
"""Comparison of two reports: of one network, or of a firmware."""


def title(comparison: Compared) -> str:
    """Return a line such as 'cats (int8) on stm32l1, compared with old/report.json: PASS'."""
    subject = f"{comparison.model}{_type(comparison)} on {comparison.target}"
    return visible(f"{subject}, compared with {comparison.old.report}: {comparison.verdict.upper()}")


def _type(comparison: Compared) -> str:
    return f" ({comparison.quantization})" if isinstance(comparison, Comparison) else ""


def exceeded_names(comparison: Compared) -> Iterator[str]:
    """Yield the figures that are worse by more than their tolerance; those of a network with its name."""
    for where, found in _exceeded(comparison):
        yield where + resource_title(found.name)


def _exceeded(comparison: Compared) -> Iterator[tuple[str, FigureChange]]:
    networks = comparison.networks if isinstance(comparison, FirmwareComparison) else ()
    yield from (("", found) for found in comparison.figures if found.exceeded)
    for one in networks:
        yield from ((f"{one.name}: ", found) for found in one.figures if found.exceeded)


def notes(comparison: Compared) -> Iterator[str]:
    """Yield lines on the two reports, and on what else differs."""
    for name, side in (("old", comparison.old), ("new", comparison.new)):
        yield visible(f"{name}: {_side(side)}")
    yield from _unlike("", comparison.unlike)
    if isinstance(comparison, FirmwareComparison):
        known = {(one.what, one.old, one.new) for one in comparison.unlike}
        for network in comparison.networks:
            others = [one for one in network.unlike if (one.what, one.old, one.new) not in known]
            yield from _unlike(f"{network.name}: ", others)
            if not network.times_compare:
                yield visible(f"{network.name}: cycles and latency are not compared")
    elif not comparison.times_compare:
        yield "cycles and latency are not compared"
    for where, found in _exceeded(comparison):
        name, source = resource_title(found.name), found.tolerance_source
        yield visible(f"{where}{name} is worse by more than the tolerance of {source}")


def _unlike(where: str, found: Iterable[Unlike]) -> Iterator[str]:
    for one in found:
        yield visible(f"{where}another {one.what}: {one.old or 'none'}, now {one.new or 'none'}")


def sections(comparison: Compared, most: int | None = None) -> Iterator[Section]:
    """Yield the tables of figures, layers and functions, with at most so many rows; unchanged ones are left out."""
    yield Section("figures", Table(FIGURES, tuple(map(_figure, comparison.figures))))
    if isinstance(comparison, FirmwareComparison):
        yield from _of_firmware(comparison, most)
    else:
        layers = comparison.layers
        yield Section(
            _counted("layers", len(layers), most),
            Table(LAYERS, tuple(map(_layer, layers[:most])), "no layer has changed"),
        )
    symbols = comparison.symbols
    yield Section(
        _counted("functions", len(symbols), most),
        Table(SYMBOLS, tuple(map(_symbol, symbols[:most])), "no function has changed"),
    )


def _of_firmware(comparison: FirmwareComparison, most: int | None) -> Iterator[Section]:
    """Yield the tables of parts, of networks, and of their layers."""
    yield Section("parts", Table(PARTS, tuple(map(_part, comparison.parts)), "no part has changed"))
    rows = [row for network in comparison.networks for row in _network(network)]
    yield Section("networks", Table(NETWORKS, tuple(rows)))
    layers = [(network.name, layer) for network in comparison.networks for layer in network.layers]
    table = Table(
        (Column("network"), *LAYERS),
        tuple((name, *_layer(layer)) for name, layer in layers[:most]),
        "no layer has changed",
    )
    yield Section(_counted("layers", len(layers), most), table)


def as_text(comparison: Compared, width: int) -> str:
    """Return all of `comparison` in lines of at most `width` columns."""
    parts = [
        wrapped(title(comparison), width),
        *(text_table(section.table, width, _INDENT) for section in sections(comparison)),
        "\n".join(wrapped(note, width, _INDENT) for note in notes(comparison)),
    ]
    return "\n\n".join(parts) + "\n"


def as_markdown(comparison: Compared) -> str:
    """Return a summary of `comparison`, with a marker by which a bot finds its comment again."""
    subject = f"{code(comparison.model)}{_type(comparison)} on {code(comparison.target)}"
    figures, *others = sections(comparison, MOST_ROWS)
    parts = [
        marker("comparison", comparison.target, comparison.model),
        f"### {subject}, compared: {comparison.verdict.upper()}",
        markdown_table(figures.table),
        "\n".join(f"- {prose(note)}" for note in notes(comparison)),
    ]
    for section in others:
        if section.table.rows:
            parts.append(f"<details><summary>{prose(section.title)}</summary>")
            parts += [markdown_table(section.table), "</details>"]
    return "\n\n".join(parts) + "\n"


def as_html(comparison: Compared) -> str:
    """Return `comparison` as a page without scripts, which loads nothing."""
    parts = [f"<p>{escape(note)}</p>" for note in notes(comparison)]
    for section in sections(comparison):
        parts += [f"<h2>{escape(section.title)}</h2>", _html_table(section.table)]
    return _PAGE.format(title=escape(title(comparison)), body="\n".join(parts))


def _html_table(table: Table) -> str:
    if not table.rows and table.empty is not None:
        return f"<p>{escape(table.empty)}</p>"
    head = "".join(
        f'<th scope="col"{_side_of(column)}>{escape(column.name)}</th>' for column in table.columns
    )
    rows = (
        "".join(
            f"<td{_side_of(column)}>{escape(visible(shown(cell, column)))}</td>"
            for cell, column in zip(row, table.columns, strict=True)
        )
        for row in table.rows
    )
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div tabindex="0" role="region" aria-label="table"><table><tr>{head}</tr>\n{body}</table></div>'


def _side_of(column: Column) -> str:
    return ' class="r"' if column.is_right else ""


def _counted(what: str, count: int, most: int | None) -> str:
    return f"{what}: {count} changed" + (f", the first {most}" if most and count > most else "")


def _side(side: Side) -> str:
    project = side.project
    commit = (
        f", commit {project.commit}{' and changes' if project.dirty else ''}"
        if project and project.commit
        else ""
    )
    return f"{side.report}, its budgets: {side.verdict}{commit}"


def _figure(one: FigureChange) -> tuple[Cell, ...]:
    change = None if one.change is None else Value(one.change, one.unit, signed=True)
    share = Value(one.change / one.old, "relative", signed=True) if one.change and one.old else None
    verdict = None if one.tolerance is None else "fail" if one.exceeded else "pass"
    return (
        resource_title(one.name),
        *(None if value is None else Value(value, one.unit) for value in (one.old, one.new)),
        *(change, share),
        *(None if one.tolerance is None else _tolerance(one), verdict),
    )


def _network(network: NetworkChange) -> Iterator[tuple[Cell, ...]]:
    """Yield the figures of a network; for one that is in one of the reports alone, a row that says so."""
    if network.state in ("new", "gone"):
        yield (network.name, network.state.upper(), *[None] * (len(NETWORKS) - 2))
    for found in network.figures:
        yield (network.name, *_figure(found))


def _part(one: PartChange) -> tuple[Cell, ...]:
    flash, ram = one.new_flash_bytes - one.old_flash_bytes, one.new_ram_bytes - one.old_ram_bytes
    return (
        *(one.name, _STATES[one.state], one.new_flash_bytes, Value(flash, "bytes", signed=True)),
        *(one.new_ram_bytes, Value(ram, "bytes", signed=True)),
    )


def _tolerance(one: FigureChange) -> str:
    return figure(one.tolerance, one.unit) if one.tolerance else "0"


def _layer(one: LayerChange) -> tuple[Cell, ...]:
    kernels = [kernel or "none" for kernel in (one.old_kernel, one.new_kernel)]
    told = {"new": kernels[1], "gone": kernels[0]}.get(one.state) or " to ".join(dict.fromkeys(kernels))
    cycles = None if one.cycles is None else Value(one.cycles, "cycles", signed=True)
    sizes = (Value(size, "bytes", signed=True) for size in (one.weight_bytes, one.scratch_bytes))
    return one.name, one.operator, _STATES[one.state], cycles, *sizes, told


def _symbol(one: SymbolChange) -> tuple[Cell, ...]:
    return one.name, _STATES[one.state], one.old_bytes, one.new_bytes, Value(one.change, "bytes", signed=True)
