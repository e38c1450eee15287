"""Memory timing for native code: regions, flash and its caches, from a board and its image's settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scons_tinyml.emulator.memory import Mapping
from scons_tinyml.emulator.settings import Settings
from scons_tinyml.emulator.timing.interface import NativeRule, TimingModel
from scons_tinyml.emulator.timing.native.layout import FLASH, MAX_CACHE_LINES, MAX_REGIONS, RAM, TIGHT
from scons_tinyml.records.board import Board, Cache
from scons_tinyml.records.errors import UnsupportedError


def set_regions(
    state: Any,
    mappings: Sequence[Mapping],
    memories: Sequence[Any],
    rows: Sequence[Any],
    traces: Sequence[Any],
) -> None:
    """Write memory regions and the addresses of their tables to `state`. Raises UnsupportedError."""
    if len(mappings) > MAX_REGIONS:
        raise UnsupportedError(
            f"the emulator takes at most {MAX_REGIONS} memory regions, the board has {len(mappings)}"
        )
    state["region_count"] = len(mappings)
    regions = state["regions"][0]
    for entry, mapping, memory, row, trace in zip(regions, mappings, memories, rows, traces, strict=False):
        entry["start"], entry["end"] = mapping.start, mapping.end
        entry["kind"] = FLASH if mapping.is_flash else TIGHT if mapping.region.tightly_coupled else RAM
        entry["wait_states"] = 0 if mapping.is_flash else mapping.region.wait_states
        entry["memory"] = memory.ctypes.data
        entry["rows"], entry["traces"] = row.ctypes.data, trace.ctypes.data


def set_flash(state: Any, board: Board, model: TimingModel, settings: Settings) -> None:
    """Write the flash timing to `state`, with cold caches. Raises UnsupportedError."""
    width_bytes = board.flash.line_width_bits // 8
    state["flash_wait_states"] = settings.wait_states
    state["line_shift"] = _log2(width_bytes)
    state["prefetch"] = settings.prefetch
    state["register_line"] = state["sequel_line"] = -1
    register_bytes = settings.data_register_bits // 8
    state["register_shift"] = _log2(max(register_bytes, 1))
    state["off"] = model.off if register_bytes else model.off | NativeRule.DATA_REGISTER
    state["unified"] = settings.unified_cache is not None
    in_front = settings.unified_cache or settings.instruction_cache
    state["miss_cycles"] = in_front.miss_cycles if in_front else 0
    state["next_line_cycles"] = in_front.next_line_cycles if in_front else 0
    if model.level1:
        _set_core_caches(state, board, settings)
        return
    _set_cache(state["instruction_cache"][0], in_front, width_bytes)
    _set_cache(state["data_cache"][0], settings.data_cache, width_bytes)


def _set_core_caches(state: Any, board: Board, settings: Settings) -> None:
    """Set up the level-1 caches that the image has enabled.

    The caches of the flash are not on the way from these to the flash.
    """
    caches = board.core_caches
    instruction = caches.instruction if caches and settings.core_instruction_cache else None
    data = caches.data if caches and settings.core_data_cache else None
    for name, cache in (("instruction_cache", instruction), ("data_cache", data)):
        _set_cache(state[name][0], cache, cache.line if cache else 0)


def _set_cache(entry: Any, cache: Cache | None, sector_bytes: int) -> None:
    entry["enabled"] = cache is not None
    entry["lines"] = -1
    entry["sectors"] = entry["used"] = entry["clock"] = entry["hints"] = 0
    if cache is None:
        return
    lines = cache.size // cache.line
    if lines > MAX_CACHE_LINES:
        raise UnsupportedError(
            f"the emulator models at most {MAX_CACHE_LINES} lines of a cache, the board has {lines}"
        )
    entry["line_shift"] = _log2(cache.line)
    entry["sector_shift"] = min(_log2(sector_bytes), _log2(cache.line))
    entry["ways"], entry["sets"] = cache.ways, lines // cache.ways


def _log2(value: int) -> int:
    return value.bit_length() - 1
