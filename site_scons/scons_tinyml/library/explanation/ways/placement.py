"""Code, weights or activations in other memory of the chip, as `scons measure` has measured it."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.activations import ARENA, OPTION
from scons_tinyml.records.explanation import NotMeasured, WayOut
from scons_tinyml.records.placement import placements
from scons_tinyml.records.placements import PlacementFigures, Placements
from scons_tinyml.records.units import format_bytes

ORDER = 30


def ways(case: Case) -> Iterator[WayOut | NotMeasured]:
    """Yield the placements that have room, or their measurement where the board has some."""
    measured, board = case.results.beside.placements, case.results.board
    if case.about != "latency":
        return
    if measured is not None:
        yield from _measured(case, measured)
    elif len(placements(board)) > 1:
        command = f"scons measure target={board.name} {case.subject}"
        yield NotMeasured(change="code, weights or activations in other memory", command=command)


def _measured(case: Case, measured: Placements) -> Iterator[WayOut]:
    """Yield placements with their time as a share of that of the default."""
    latency_s = case.results.report.latency_s.high
    for one in measured.placements[1:]:
        if one.of_default is None or one.needs is None or one.needs.misfit is not None:
            continue
        yield case.way(
            "placement",
            one.name,
            _command(case, one, measured.placements[0]),
            f"measured rows of scons measure, with {format_bytes(measured.stack_bytes)} of stack",
            flash_bytes=one.needs.flash_bytes,
            ram_bytes=sum(one.needs.ram_bytes.values()),
            latency_s=latency_s * one.of_default,
        )


def _command(case: Case, one: PlacementFigures, default: PlacementFigures) -> str:
    """Return the command for moved activations, and elsewhere what to change in the file of the board."""
    moved = {use: region for use, region in one.regions.items() if default.regions[use] != region}
    if set(moved) == {ARENA}:
        return f"{case.build} {OPTION}={moved[ARENA]}"
    moves = ", ".join(f"{use} in {region}" for use, region in moved.items())
    return f"'holds' of the regions in the file of {case.results.board.name}: {moves}"
