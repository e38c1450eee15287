"""Cycles that an image waits for memory: one inference in the emulator, and again without wait states."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.library.results import Results
from scons_tinyml.records.board import Board, Cache, MemoryRegion
from scons_tinyml.records.explanation import MemorySystem
from scons_tinyml.records.placement import place
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.native_code.prepare import prepare
from scons_tinyml.stages.run.inference import NetworkImage
from scons_tinyml.stages.samples import network_inputs


def memory_system(results: Results) -> MemorySystem | None:
    """Return what waiting for memory takes in the image of `results`; None without image or samples.

    Raises FirmwareFault for an image that stops the chip.
    """
    if not (results.image.is_file() and results.samples.is_file()):
        return None
    prepare(results.board.core)
    return MemorySystem(
        cycles=_cycles(results, waits=True),
        cycles_without_waits=_cycles(results, waits=False),
        text=described(results.board, results.plan.memory.arena_bytes),
    )


def _cycles(results: Results, *, waits: bool) -> int:
    """Return the cycles of the first sample; caches and buses are as on the board."""
    board = results.board if waits else _without_waits(results.board)
    name = c_identifier(results.graph.name)
    image = NetworkImage(board, results.image, name, results.graph, results.plan.memory.offsets)
    sample = network_inputs(results.graph, results.samples, 1)[0]
    begin = None if waits else image.machine.answer_at_once
    return image.infer([array.tobytes() for array in sample], begin).cycles


def _without_waits(board: Board) -> Board:
    memory = tuple(region.model_copy(update={"wait_states": 0}) for region in board.memory)
    return board.model_copy(update={"memory": memory})


def described(board: Board, arena_bytes: int) -> str:
    """Return where code, weights and activations lie: 'code and weights in FLASH (1 wait state, ...), ...'."""
    placement = place(board, arena_bytes)
    held: dict[str, list[str]] = {}
    for use, region in (
        ("code", placement.code),
        ("weights", placement.weights),
        ("activations", placement.arena),
    ):
        held.setdefault(f"{region.name} ({', '.join(_region(board, region))})", []).append(use)
    return ", ".join(f"{' and '.join(uses)} in {where}" for where, uses in held.items())


def _region(board: Board, region: MemoryRegion) -> Iterator[str]:
    if region.kind == "flash":
        yield _waits(board.flash.wait_states)
        yield f"reads of {board.flash.line_width_bits} bits"
        if board.flash.prefetch:
            yield "prefetch"
        for name in ("instruction", "data", "unified"):
            yield from _cache(name, getattr(board.flash, f"{name}_cache"))
    else:
        yield "tightly coupled" if region.tightly_coupled else _waits(region.wait_states)
    if board.core_caches and not region.tightly_coupled:
        yield from _cache("instruction", board.core_caches.instruction)
        yield from _cache("data", board.core_caches.data)


def _cache(name: str, cache: Cache | None) -> Iterator[str]:
    if cache is not None:
        yield f"{format_bytes(cache.size)} of {name} cache"


def _waits(count: int) -> str:
    return f"{count or 'no'} wait state{'' if count == 1 else 's'}"
