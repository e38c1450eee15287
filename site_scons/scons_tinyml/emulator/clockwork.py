"""The state of a timing model for one machine: built from the board, filled row by row as code is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scons_tinyml.emulator.decode import decode_block
from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.memory import Mapping
from scons_tinyml.emulator.timing.interface import TimingModel
from scons_tinyml.emulator.timing.native.flash import NO_LINE
from scons_tinyml.emulator.timing.native.layout import MAX_CACHE_LINES, MAX_REGIONS, ROW, STATE
from scons_tinyml.emulator.timing.rows import RowWriter
from scons_tinyml.records.board import Board, Cache
from scons_tinyml.records.errors import UnsupportedError

#: Bytes of the register that holds the last flash data read in front of a data cache. Fitted: on STM32L4R5 this makes
#: fully connected networks right and moves others by 0.6 % at most; without a data cache one read of the flash.
DATA_REGISTER_BYTES = 16
_DECODE_BYTES = 256


def new_state() -> Any:
    """A zeroed STATE, as an array of one."""
    return np.zeros(1, STATE)


def set_regions(state: Any, mappings: Sequence[Mapping], tables: Sequence[Any]) -> None:
    """Tell native code where memory is, and per region where its table (rows, or code) is."""
    if len(mappings) > MAX_REGIONS:
        raise UnsupportedError(
            f"the emulator takes at most {MAX_REGIONS} memory regions, the board has {len(mappings)}"
        )
    state["region_count"] = len(mappings)
    for entry, mapping, table in zip(state["regions"][0], mappings, tables, strict=False):
        entry["start"], entry["end"], entry["is_flash"] = mapping.start, mapping.end, mapping.is_flash
        entry["wait_states"] = 0 if mapping.is_flash else mapping.region.wait_states
        entry["rows"] = table.ctypes.data


class Clockwork:
    """Rows of decoded code and the state of the pipeline, flash and caches."""

    def __init__(
        self,
        board: Board,
        model: TimingModel,
        mappings: Sequence[Mapping],
        fetch: Callable[[int, int], bytes],
        teller: FaultTeller,
    ) -> None:
        self.state = new_state()
        self._board, self._model, self._mappings, self._fetch = board, model, mappings, fetch
        self._teller = teller
        self._rows = [np.zeros(mapping.size_bytes // 2, ROW) for mapping in mappings]
        self._writer = RowWriter(slow_ram=any(region.wait_states for region in board.memory))
        self._nothing = np.zeros(1, ROW)  # what was executed before reset
        self.error: Exception | None = None

    def reset(self) -> None:
        """Counters to zero, pipeline empty, caches cold; decoded rows stay, code does not change by a reset."""
        host = {name: int(self.state[name][0]) for name in ("register_read", "stop", "decode")}
        self.state[:] = new_state()
        for name, address in host.items():
            self.state[name] = address
        set_regions(self.state, self._mappings, self._rows)
        flash = self._board.flash
        width_bytes = flash.line_width_bits // 8
        self.state["wait_states"] = flash.wait_states
        self.state["line_shift"] = _log2(width_bytes)
        self.state["prefetch"] = flash.prefetch
        for name in ("fetch_line", "prefetch_line", "register_line"):
            self.state[name] = NO_LINE
        register_bytes = max(width_bytes, DATA_REGISTER_BYTES) if flash.data_cache else width_bytes
        self.state["register_shift"] = _log2(register_bytes)
        _set_cache(self.state["instruction_cache"][0], flash.instruction_cache, width_bytes)
        _set_cache(self.state["data_cache"][0], _one_read_a_line(flash.data_cache, width_bytes), width_bytes)
        self.state["taken"] = -2
        self.state["expected"] = NO_LINE
        self.state["before"] = self.state["nothing"] = self._nothing.ctypes.data

    def forget(self, address: int, size: int) -> None:
        """Code between `address` and `address + size` was written: decode it anew."""
        for mapping, rows in zip(self._mappings, self._rows, strict=True):
            if address < mapping.end and address + size > mapping.start:
                first = max(address - mapping.start - 2, 0) // 2
                rows[first : (address + size - mapping.start + 1) // 2]["rule"] = 0

    def decode(self, address: int) -> int:
        """Fill rows from `address` to the end of its block. Called by native code: errors are kept for later."""
        try:
            self._decode(address)
        except Exception as error:
            self.error = error
            return 1
        return 0

    def _decode(self, address: int) -> None:
        mapping, rows = next(
            pair
            for pair in zip(self._mappings, self._rows, strict=True)
            if pair[0].start <= address < pair[0].end
        )
        code = self._fetch(address, min(_DECODE_BYTES, mapping.end - address))
        instructions = self._known(address, code)
        ends = _it_ends([(item.kind is Kind.IT, item.it_count, item.size_bytes) for item in instructions])
        for instruction, it_bytes in zip(instructions, ends, strict=True):
            index = (instruction.address - mapping.start) // 2
            rows[index] = 0
            self._writer.write(rows[index], instruction, self._model.cost(instruction), it_bytes)
        if not instructions:
            self._writer.write_undefined(rows[(address - mapping.start) // 2])

    def _known(self, address: int, code: bytes) -> list[Instruction]:
        """Instructions from `address` up to one that the core does not have; FirmwareFault if it is the first."""
        result = []
        for instruction in decode_block(address, code):
            if instruction.needs is not None and instruction.needs not in self._board.features:
                if instruction.address == address:
                    raise self._teller.missing_feature(
                        instruction.mnemonic, instruction.needs, self._board.part, address
                    )
                break
            result.append(instruction)
        return result


def _it_ends(items: Sequence[tuple[bool, int, int]]) -> list[int]:
    """For (is IT, its count, size) of instructions: bytes of an IT block that follow each of them."""
    result = [0] * len(items)
    for index, (is_it, count, _) in enumerate(items):
        if is_it:
            inside = [size for _, _, size in items[index + 1 : index + 1 + count]]
            for position in range(len(inside) + 1):
                result[index + position] = sum(inside[position:])
    return result


def _one_read_a_line(cache: Cache | None, width_bytes: int) -> Cache | None:
    """A data cache as it behaves: each line holds what one read of the flash delivers.

    Fitted and not understood: the manual of STM32L4 says 8 lines of 32 bytes, and 8 lines of 8 bytes came out as
    measured, where whole lines were 6 to 8 % too fast. Parts whose lines are as wide as a read are not affected.
    """
    if cache is None or cache.line <= width_bytes:
        return cache
    return cache.model_copy(update={"size": cache.size // cache.line * width_bytes, "line": width_bytes})


def _set_cache(entry: Any, cache: Cache | None, sector_bytes: int) -> None:
    if cache is None:
        return
    lines = cache.size // cache.line
    if lines > MAX_CACHE_LINES:
        raise UnsupportedError(
            f"the emulator models at most {MAX_CACHE_LINES} lines of a cache, the board has {lines}"
        )
    entry["enabled"] = 1
    entry["line_shift"] = _log2(cache.line)
    entry["sector_shift"] = min(_log2(sector_bytes), _log2(cache.line))
    entry["ways"], entry["sets"] = cache.ways, lines // cache.ways
    entry["lines"] = NO_LINE


def _log2(value: int) -> int:
    return value.bit_length() - 1
