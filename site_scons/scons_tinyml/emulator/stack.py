"""Stack use of a run: free memory below the stack pointer is painted, and checked afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from scons_tinyml.emulator.image import Image
from scons_tinyml.records.board import Board

_LIMITS = ("__stack_limit", "__StackLimit")
"""Symbols of linker scripts for the lowest address of the stack: ours, and that of CMSIS."""
_PAINT = 0x3CC3_5AA5
_WORD_BYTES = 4


class Memory(Protocol):
    """Part of a machine that gives access to memory."""

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes at `address`."""

    def write(self, address: int, data: bytes) -> None:
        """Write `data` at `address` from outside of the core."""


@dataclass(frozen=True)
class Stack:
    """Memory that the stack may grow into, from `low` up to `high`, the initial stack pointer."""

    low: int
    high: int

    def paint(self, memory: Memory) -> None:
        """Fill the stack with a pattern."""
        words = (self.high - self.low) // _WORD_BYTES
        memory.write(self.low, _PAINT.to_bytes(_WORD_BYTES, "little") * words)

    def used_bytes(self, memory: Memory) -> int:
        """Return the bytes from the lowest that was written up to the top."""
        left = memory.read(self.low, self.high - self.low)
        paint = _PAINT.to_bytes(_WORD_BYTES, "little") * (len(left) // _WORD_BYTES)
        kept = next(
            (index for index, (a, b) in enumerate(zip(left, paint, strict=True)) if a != b), len(left)
        )
        return len(left) - kept

    def used_bytes_above_heap(self, memory: Memory) -> int:
        """Return the bytes from the deepest that was used up to the top, where a heap may grow from below.

        The longest stretch that kept its paint lies between both.
        """
        import numpy as np

        words = np.frombuffer(memory.read(self.low, self.high - self.low), dtype="<u4")
        changed = np.flatnonzero(words != _PAINT)
        edges = np.concatenate(([-1], changed, [len(words)]))
        deepest = int(edges[int(np.argmax(np.diff(edges))) + 1])
        return (len(words) - deepest) * _WORD_BYTES


def find_stack(board: Board, image: Image, top: int) -> Stack | None:
    """Return the range of the main stack that starts at `top`, or None where it may overlap other data.

    It ends at its linker symbol, or at the end of the static data below it, or with its memory.
    """
    region = next((region for region in board.memory if region.origin < top <= region.end), None)
    if region is None or top % _WORD_BYTES:
        return None
    static = [(part.run_address, part.run_address + part.run_bytes) for part in image.segments]
    low = stack_end(image)
    if low is None:
        if any(start < top <= end for start, end in static):
            return None
        low = max([region.origin, *(end for _, end in static if end <= top)])
    low = -(-low // _WORD_BYTES) * _WORD_BYTES
    return Stack(low, top) if region.origin <= low < top else None


def stack_end(image: Image) -> int | None:
    """Return the lowest address of the main stack by its linker symbol, or None without one."""
    return next((image.symbols[name] for name in _LIMITS if name in image.symbols), None)
