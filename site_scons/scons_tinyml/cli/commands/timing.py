"""Print the rules of a core's timing model, its version and its error bands by kind of code.

A ratio is predicted / measured cycles, the least and the largest of the compared programs.

With --core also the programs that the bands come from, with their predicted / measured cycles. With --board also the
memory system that the model times the board with, and where its figures come from.

examples:
  tinyml timing
  tinyml timing --core cortex-m4
  tinyml timing --board stm32l4
  tinyml timing --board stm32l4 --json
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from scons_tinyml.cli.boards import find_board
from scons_tinyml.cli.output import add_json_option, add_project_option
from scons_tinyml.emulator.timing import TimingModel, timed_cores, timing_for
from scons_tinyml.emulator.timing.bands import Band, bands_for
from scons_tinyml.emulator.timing.evidence import Comparison, comparisons
from scons_tinyml.records.board import Board, Cache, MemoryRegion
from scons_tinyml.records.units import format_bytes
from scons_tinyml.records.wrapping import columns, wrapped
from scons_tinyml.reports.cells import Cell, Column, Range, Table
from scons_tinyml.reports.table import text_table

BANDS = (
    *(Column("kind of code"), Column("band", "relative", spec="+.1%", align="left")),
    *(Column("compared", "count"), Column("fitted", "count")),
    Column("ratio", "ratio", "-", ".3f", align="left"),
)
MEMORY = (
    Column("memory"),
    Column("from", "count", spec="#010x", align="left"),
    Column("size", "bytes", align="left"),
    Column("wait states", "count", spec="d"),
    Column("holds", missing="-"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--board", metavar="NAME", help="of 'tinyml boards'")
    which.add_argument("--core", metavar="NAME", help=f"of {', '.join(timed_cores())} (default: all)")
    add_json_option(parser)
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Print the models. Raises InputError for an unknown board, UnsupportedError for a core without a model."""
    board = find_board(options.board, options.project) if options.board else None
    cores = [board.core if board else options.core] if board or options.core else timed_cores()
    models = [timing_for(core) for core in cores]
    if options.json:
        print(
            json.dumps(
                [_exact(model) for model in models] if board is None else _of_board(models[0], board),
                indent=2,
            )
        )
        return
    width = columns(sys.stdout)
    parts = ["\n".join(_readable(model, width)) for model in models]
    parts += ["\n".join(_evidence(models[0], width))] if options.core else []
    parts += ["\n".join(_memory_system(board, width))] if board else []
    print("\n\n".join(parts))


def _exact(model: TimingModel) -> dict[str, Any]:
    return {
        "core": model.core,
        "version": model.version,
        "bands": {kind.value: asdict(band) for kind, band in bands_for(model).items()},
        "comparisons": [_of_program(found) for found in comparisons(model.core, model.version)],
        "rules": [asdict(rule) for rule in model.rules],
    }


def _of_board(model: TimingModel, board: Board) -> dict[str, Any]:
    fields = {"memory", "flash", "core_caches", "sources"}
    system = board.model_dump(mode="json", include=fields)
    return _exact(model) | {"board": board.name, "clock_hz": board.clock} | system


def _readable(model: TimingModel, width: int) -> Iterator[str]:
    yield f"{model.core}: timing model {model.version}\n"
    rows = [(kind.value, *_band(band)) for kind, band in bands_for(model).items()]
    yield text_table(Table(BANDS, tuple(rows)), width, "  ")
    for rule in model.rules:
        yield f"\n  {rule.name}{' (fitted)' if rule.fitted else ''}"
        yield wrapped(rule.text, width, "    ")
        yield wrapped(f"source: {rule.source}", width, "    ")


def _band(band: Band) -> tuple[Cell, ...]:
    ratios = None if band.least is None or band.most is None else Range(band.least, band.most)
    return Range(band.low, band.high), band.comparisons, band.fitted, ratios


def _of_program(found: Comparison) -> dict[str, Any]:
    group = found.group
    return {
        "name": found.program.name,
        "group": group.title,
        "board": group.board,
        "source": group.source,
        "kinds": [kind.value for kind in group.kinds],
        "fitted": group.fitted,
        "measured_cycles": found.program.measured,
        "predicted_cycles": found.program.predicted,
    }


def _evidence(model: TimingModel, width: int) -> Iterator[str]:
    """Yield the programs of each group with predicted / measured cycles."""
    yield "comparisons with boards, predicted / measured cycles"
    for group, found in groupby(comparisons(model.core, model.version), key=lambda one: one.group):
        ratios = ", ".join(f"{one.program.name} {one.ratio:.3f}" for one in found)
        yield ""
        yield wrapped(f"{group.title}{' (fitted)' if group.fitted else ''}, {group.board}", width, "  ")
        yield wrapped(f"kind: {'; '.join(group.kinds)}", width, "    ")
        yield wrapped(ratios, width, "    ")
        yield wrapped(f"source: {group.source}", width, "    ")
        if group.note:
            yield wrapped(f"note: {group.note}", width, "    ")


def _memory_system(board: Board, width: int) -> Iterator[str]:
    flash = board.flash
    title = f"{board.name}: memory system of the {board.part} at {board.clock / 1e6:g} MHz"
    yield wrapped(title, width) + "\n"
    yield text_table(Table(MEMORY, tuple(_region(board, region) for region in board.memory)), width, "  ")
    yield ""
    facts = [
        ("flash.line_width_bits", f"one read of the flash delivers {flash.line_width_bits} bits"),
        ("flash.wait_states", f"and takes {1 + flash.wait_states} cycles"),
        ("flash.prefetch", f"prefetch buffer: {'on' if flash.prefetch else 'none, or off'}"),
        *((key, f"{name}: {_cache(cache)}") for key, name, cache in _caches(board)),
    ]
    for key, text in facts:
        yield wrapped(text, width, "  ")
        yield wrapped(f"source: {board.sources[key]}", width, "    ")


def _region(board: Board, region: MemoryRegion) -> tuple[Cell, ...]:
    wait_states = board.flash.wait_states if region.kind == "flash" else region.wait_states
    return region.name, region.origin, region.size, wait_states, region.holds


def _caches(board: Board) -> Iterator[tuple[str, str, Cache]]:
    """Yield the caches in front of the flash and in the core, each with its key in the board's file and its name."""
    flash, core = board.flash, board.core_caches
    found = [
        ("flash.instruction_cache", "instruction cache of the flash", flash.instruction_cache),
        ("flash.data_cache", "data cache of the flash", flash.data_cache),
        ("flash.unified_cache", "cache of the flash", flash.unified_cache),
        ("core_caches", "instruction cache of the core", core.instruction if core else None),
        ("core_caches", "data cache of the core", core.data if core else None),
    ]
    yield from ((key, name, cache) for key, name, cache in found if cache is not None)


def _cache(cache: Cache) -> str:
    lines = cache.size // cache.line
    ways = (
        "fully associative"
        if cache.ways == lines
        else f"{cache.ways}-way"
        if cache.ways > 1
        else "direct mapped"
    )
    replaced = f", {cache.replacement} replacement" if cache.replacement else ""
    return f"{format_bytes(cache.size)} in lines of {cache.line} B, {ways}{replaced}"
