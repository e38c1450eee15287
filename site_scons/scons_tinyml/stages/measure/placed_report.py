"""Report of a network's placements, as lines of text and as a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from scons_tinyml.records.placement import place
from scons_tinyml.records.placements import MissingRow, PlacementFigures, PlacementNeeds, Placements
from scons_tinyml.records.wrapping import wrapped
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.table import text_table
from scons_tinyml.stages.measure.measuring import Measuring
from scons_tinyml.stages.measure.placed import Missing, Placed
from scons_tinyml.stages.plan.choose import STACK_BYTES

COLUMNS = (
    Column("placement"),
    *(Column("cycles", "cycles", missing="-"), Column("time", "seconds", missing="-")),
    Column("of default", "relative", missing="-"),
    *(Column("RAM", "bytes", missing="-"), Column("flash", "bytes", missing="-")),
    Column("has room", missing="-"),
    *(Column("rows", "count", spec="d"), Column("without", "count", spec="d")),
)
_USES = ("code", "weights", "data", "arena", "stack")


def lines(measuring: Measuring, found: Sequence[Placed], path: Path, width: int) -> Iterator[str]:
    """Yield a table, and the reasons for missing rows, in lines of at most `width` columns."""
    rows, recorded = sum(one.measured for one in found), measuring.campaign.measured
    done = (
        f"{recorded} rows measured, {rows} are there"
        if recorded
        else f"nothing to measure, {rows} rows are there"
    )
    yield wrapped(f"{measuring.graph.name} on {measuring.board.name}: {done}", width) + "\n"
    clock_hz = measuring.board.clock
    default, *others = found
    ordered = [default, *sorted(others, key=lambda one: one.cycles or float("inf"))]
    yield text_table(Table(COLUMNS, tuple(_row(one, default, clock_hz) for one in ordered)), width, "  ")
    yield ""
    for text in (
        f"in the emulator, each layer with the kernel that is fastest there; RAM with {STACK_BYTES} B of stack",
        *dict.fromkeys(_rooms(ordered)),
        *_reasons(found),
        f"kernels of each: {path}",
    ):
        yield wrapped(text, width, "  ")


def _row(one: Placed, default: Placed, clock_hz: int) -> tuple[Cell, ...]:
    counts = one.measured, len(one.missing) or None
    if one.cycles is None or one.needs is None:
        return (one.name, *[None] * 6, *counts)
    return (
        *(one.name, one.cycles, one.cycles / clock_hz),
        one.cycles / default.cycles if default.cycles else None,
        *(sum(one.needs.ram_bytes.values()), one.needs.flash_bytes),
        *("no" if one.needs.misfit else "yes", *counts),
    )


def _rooms(found: Sequence[Placed]) -> Iterator[str]:
    for one in found:
        if one.needs is not None and one.needs.misfit is not None:
            yield f"no room: {one.needs.misfit}"


def _reasons(found: Sequence[Placed]) -> Iterator[str]:
    """Yield one line for each reason of missing rows, with its layers and placements."""
    where: dict[str, list[tuple[str, Missing]]] = {}
    for one in found:
        for missing in one.missing:
            where.setdefault(missing.reason, []).append((one.name, missing))
    for reason, places in where.items():
        layers = sorted({missing.layer for _, missing in places})
        several = f"layer{'s' if len(layers) > 1 else ''} {', '.join(map(str, layers))}"
        names = sorted({name for name, _ in places})
        located = names[0] if len(names) == 1 else f"{len(names)} placements"
        yield f"not measurable, {len(places)} rows of {several} in {located}: {reason}"


def record(measuring: Measuring, found: Sequence[Placed]) -> Placements:
    """Return the report as the record that is written."""
    return Placements(
        target=measuring.board.name,
        model=measuring.graph.name,
        clock_hz=measuring.board.clock,
        stack_bytes=STACK_BYTES,
        measured_now=measuring.campaign.measured,
        placements=tuple(_placement(measuring, one, found[0].cycles) for one in found),
    )


def _placement(measuring: Measuring, one: Placed, default_cycles: int | None) -> PlacementFigures:
    where = place(measuring.board, 0, one.name)
    return PlacementFigures(
        name=one.name,
        regions={use: getattr(where, use).name for use in _USES},
        cycles=one.cycles,
        latency_s=None if one.cycles is None else one.cycles / measuring.board.clock,
        of_default=one.cycles / default_cycles if one.cycles and default_cycles else None,
        needs=PlacementNeeds(**asdict(one.needs)) if one.needs else None,
        kernels=dict(one.kernels),
        measured=one.measured,
        missing=tuple(MissingRow(**asdict(missing)) for missing in one.missing),
    )
