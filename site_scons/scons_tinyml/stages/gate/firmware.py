"""Stage: write the report of a firmware with several networks, or with sources of its users, passing or not.

python -m scons_tinyml.stages gate.firmware --report A.json --report B.json --run A.run --run B.run --sizes S.json
    --board B.toml --name NAME --firmware-report firmware.json [--arena shared] [--limits "flash=200KiB"]
    [--described "SConstruct:flash"] [--model model.toml] [--sources yes] [--drawn report.txt ...]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.budget import split_limits
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.firmware_report import FirmwareReport, FirmwareSymbol, NetworkReport, PartUse
from scons_tinyml.records.limits import COMMAND_LINE, Limit, limits_in_force
from scons_tinyml.records.report import (
    RESOURCES,
    Finding,
    RamUse,
    RegionUse,
    Report,
    verdict,
)
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.firmware.sizes import Sizes, read_sizes
from scons_tinyml.stages.firmware.whole import REST
from scons_tinyml.stages.gate.assemble import flash_use, limits_of
from scons_tinyml.stages.gate.build import OF_THE_IMAGE, described
from scons_tinyml.stages.gate.checks import over_region
from scons_tinyml.stages.gate.drawn import write_drawn
from scons_tinyml.stages.gate.report_file import read_report, write_report
from scons_tinyml.stages.gate.requests import FirmwareReportRequest
from scons_tinyml.stages.gate.shares import largest
from scons_tinyml.stages.gate.symbols import MOST_SYMBOLS
from scons_tinyml.stages.run.record import RunResult, read_run


@dataclass(frozen=True)
class FirmwareBuild:
    """An image with the report and the run of each of its networks."""

    name: str
    board: Board
    arena: Literal["own", "shared"]
    own_sources: bool
    sizes: Sizes
    networks: Sequence[tuple[Report, RunResult]]
    limits: Mapping[str, Limit]
    """Limits of flash and RAM."""
    scope: Literal["image", "library"] = "image"
    """Flash and RAM of an image, or of what the library of its networks adds to one."""


def assemble_firmware(build: FirmwareBuild) -> FirmwareReport:
    """Return the report of `build` with findings and verdict. Pure function: equal builds give equal reports."""
    reports = [report for report, _ in build.networks]
    ram, regions = _ram(build), _regions(build)
    added = [part for name, part in build.sizes.parts.items() if name != REST]
    is_image = build.scope == "image"
    flash_bytes = build.sizes.flash_bytes if is_image else sum(part.flash_bytes for part in added)
    used = {"flash": flash_bytes, "ram": sum(ram.model_dump().values())}
    findings = (
        *_over_limits(build, used),
        *(
            over_region(region, build.board.name)
            for region in regions
            if region.used_bytes > region.size_bytes
        ),
        *(_named(report.model, finding) for report in reports for finding in report.findings),
    )
    first = reports[0]
    sources = {name: text for report in reports for name, text in report.provenance.kernel_sources.items()}
    return FirmwareReport(
        firmware=build.name,
        target=build.board.name,
        part=build.board.part,
        core=build.board.core_name,
        clock_hz=build.board.clock,
        arena=build.arena,
        own_sources=build.own_sources,
        scope=build.scope,
        verdict=verdict(findings),
        findings=findings,
        limits=limits_of({key: build.limits[key] for key in OF_THE_IMAGE if key in build.limits}),
        flash_bytes=used["flash"],
        ram_bytes=used["ram"],
        flash=flash_use(build.sizes),
        ram=ram,
        stack_is_known=all(run.stack_is_known for _, run in build.networks),
        regions=regions,
        parts={
            name: PartUse(flash_bytes=part.flash_bytes, ram_bytes=part.ram_bytes)
            for name, part in build.sizes.parts.items()
        },
        symbols=tuple(
            FirmwareSymbol(name=one.name, part=one.part, flash_bytes=one.flash_bytes)
            for one in build.sizes.part_symbols
            if is_image or one.part != REST
        )[:MOST_SYMBOLS],
        networks=tuple(
            NetworkReport(
                name=report.model,
                measured=run.measured,
                interrupt_cycles=run.interrupt_cycles,
                report=report,
            )
            for report, run in build.networks
        ),
        provenance=first.provenance.model_copy(update={"kernel_sources": sources}),
    )


def _ram(build: FirmwareBuild) -> RamUse:
    sizes, rest = build.sizes, build.sizes.parts[REST].ram_bytes if build.scope == "library" else 0
    static_bytes = sizes.data_bytes + sizes.bss_bytes - rest
    data_bytes = min(sizes.data_bytes, static_bytes)
    return RamUse(
        data_bytes=data_bytes,
        bss_bytes=static_bytes - data_bytes,
        arena_bytes=sizes.arena_bytes,
        stack_bytes=_stack_bytes(build),
    )


def _stack_bytes(build: FirmwareBuild) -> int:
    """Return the deepest use of all runs, or what the linker script reserves where that is more."""
    return max(build.sizes.reserved_stack_bytes, *(run.stack_bytes for _, run in build.networks))


def _regions(build: FirmwareBuild) -> tuple[RegionUse, ...]:
    beyond = _stack_bytes(build) - build.sizes.reserved_stack_bytes
    return tuple(
        RegionUse(
            name=region.name,
            kind=region.kind,
            used_bytes=build.sizes.region_bytes.get(region.name, 0)
            + (beyond if region.name == build.sizes.stack_region else 0),
            size_bytes=region.size,
        )
        for region in build.board.memory
    )


def _over_limits(build: FirmwareBuild, used: Mapping[str, int]) -> Iterator[Finding]:
    for key in OF_THE_IMAGE:
        limit, resource = build.limits.get(key), key
        if limit is None or used[key] <= limit.value:
            continue
        over_by = used[key] - limit.value
        yield Finding(
            kind=resource,
            severity="error",
            message=f"{RESOURCES[key]} {format_bytes(used[key])} is {format_bytes(round(over_by))} over "
            f"the limit of {format_bytes(round(limit.value))}",
            used=used[key],
            limit=limit.value,
            unit="bytes",
            over_by=over_by,
            limit_source=limit.source,
            heaviest=largest(_shares(build, key), used[key]),
            advice=_advice(build, key),
        )


def _shares(build: FirmwareBuild, key: str) -> list[tuple[str, float]]:
    sizes = build.sizes.parts.items()
    shares: list[tuple[str, float]] = [
        (name, part.flash_bytes if key == "flash" else part.ram_bytes)
        for name, part in sizes
        if build.scope == "image" or name != REST
    ]
    return [*shares, ("stack", _stack_bytes(build))] if key == "ram" else shares


def _advice(build: FirmwareBuild, key: str) -> str:
    name, size = max(_shares(build, key), key=lambda share: share[1])
    arenas = [report.memory_plan.arena_bytes for report, _ in build.networks]
    saved = sum(arenas) - max(arenas)
    if key == "ram" and build.arena == "own" and saved > 0:
        return f'arena="shared" saves {format_bytes(saved)}, if no network runs while another one does'
    return f"{name} takes {format_bytes(round(size))}, the most: begin there"


def _named(network: str, finding: Finding) -> Finding:
    """Return `finding` with the name of its network."""
    return finding.model_copy(update={"message": f"{network}: {finding.message}"})


def firmware_limits(
    board: Board, options: str, of_files: str = "", model: Path | None = None
) -> dict[str, Limit]:
    """Return the limits of flash and RAM in `options` and the file `model`, and the capacity of the board.

    `of_files` names options that an SConscript sets: 'SConstruct:flash,ram'. Raises InputError for other limits.
    """
    for key in split_limits(options):
        if key not in OF_THE_IMAGE:
            raise InputError(
                "is a limit of one network, and not of a firmware of several",
                where=COMMAND_LINE,
                key=key,
                hint=f"give the network a {key}=; the firmware has flash= and ram=",
            )
    found = described(limits_in_force(board, model, options), of_files)
    return {key: found[key] for key in OF_THE_IMAGE}


def main(request: FirmwareReportRequest[Path]) -> None:
    """Read the reports of the networks, judge the firmware."""
    board = read_board(request.board)
    reports, runs = map(read_report, request.report), map(read_run, request.run)
    build = FirmwareBuild(
        name=request.name,
        board=board,
        arena=cast(Literal["own", "shared"], request.arena),
        own_sources=request.sources == "yes",
        scope=cast(Literal["image", "library"], request.scope),
        sizes=read_sizes(request.sizes),
        networks=list(zip(reports, runs, strict=True)),
        limits=firmware_limits(board, request.limits, request.described, request.model),
    )
    report = assemble_firmware(build)
    write_report(report, request.firmware_report)
    write_drawn(report, request.firmware_report, request.drawn, request.history)
