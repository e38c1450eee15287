"""Parts of a firmware image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """Part of an image: bytes at their load address, and the run-time range of them (or of zeroes)."""

    load_address: int
    data: bytes
    run_address: int
    run_bytes: int

    @property
    def load_end(self) -> int:
        """First address after the bytes in flash."""
        return self.load_address + len(self.data)

    def loaded(self, start: int, end: int) -> bytes:
        """Return the bytes from load address `start` to `end`, both inside of the segment."""
        return self.data[start - self.load_address : end - self.load_address]


@dataclass(frozen=True)
class Function:
    """Function of the image. `size_bytes` is 0 where its size is unknown (assembler)."""

    address: int
    size_bytes: int
    name: str
