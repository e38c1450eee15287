"""Address map of a machine: regions of the board, enlarged where an image needs it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from scons_tinyml.emulator.image import Image
from scons_tinyml.records.board import Board, MemoryRegion
from scons_tinyml.records.errors import InputError

PAGE_BYTES = 4096
_GROWTH_BYTES = 16 * 1024**2
"""Most bytes by which a region grows for an image that is larger than the chip."""


@dataclass(frozen=True)
class Mapping:
    """Mapped region: whole pages, at least as large as the region."""

    region: MemoryRegion
    size_bytes: int

    @property
    def start(self) -> int:
        """First address."""
        return self.region.origin

    @property
    def end(self) -> int:
        """First address after the mapping."""
        return self.region.origin + self.size_bytes

    @property
    def is_flash(self) -> bool:
        """True for flash: read and execute only."""
        return self.region.kind == "flash"


def pages(size_bytes: int) -> int:
    """Return `size_bytes` rounded up to whole pages."""
    return -(-size_bytes // PAGE_BYTES) * PAGE_BYTES


def needed_ranges(image: Image) -> list[tuple[int, int]]:
    """Return (first address, end) of each range that loading and running the image touches for certain."""
    ranges = [(part.load_address, part.load_address + len(part.data)) for part in image.segments if part.data]
    ranges += [(part.run_address, part.run_address + part.run_bytes) for part in image.segments]
    return ranges


def mappings(board: Board, image: Image | None, stack_top: int | None = None) -> tuple[Mapping, ...]:
    """Return the mapped regions of `board` for `image` and its initial stack pointer, `stack_top`.

    A region grows to hold all that starts in it: a budget judges the size of an image, and the emulator
    must be able to run it. Raises InputError where the next region is in the way, or where an address is
    in no region.
    """
    ordered = sorted(board.memory, key=lambda region: region.origin)
    ends = {region.name: region.end for region in ordered}
    ranges = needed_ranges(image) if image else []
    if stack_top is not None:
        ranges.append((stack_top - 4, stack_top))
    for start, end in ranges:
        region = _region_below(ordered, start, image)
        if end > region.end + _GROWTH_BYTES:
            raise InputError(
                f"the image needs 0x{start:08x} to 0x{end:08x}, but {region.name} ends at 0x{region.end:08x}",
                where=image.path if image else None,
            )
        ends[region.name] = max(ends[region.name], end)
    result = [Mapping(region, pages(ends[region.name] - region.origin)) for region in ordered]
    for low, high in pairwise(result):
        if low.end > high.start:
            raise InputError(
                f"the image needs {low.region.name} up to 0x{ends[low.region.name]:08x}, "
                f"but {high.region.name} begins at 0x{high.start:08x}",
                where=image.path if image else None,
            )
    return tuple(result)


def _region_below(ordered: list[MemoryRegion], address: int, image: Image | None) -> MemoryRegion:
    below = [region for region in ordered if region.origin <= address]
    if not below or address >= below[-1].end + _GROWTH_BYTES:
        raise InputError(
            f"address 0x{address:08x} of the image is in no memory of the board",
            where=image.path if image else None,
            hint="regions: " + ", ".join(f"{region.name} from 0x{region.origin:08x}" for region in ordered),
        )
    return below[-1]


def allocate(size_bytes: int) -> Any:
    """Return `size_bytes` of zeroed host memory on a page boundary, as a numpy array of bytes."""
    import mmap

    import numpy as np

    return np.frombuffer(mmap.mmap(-1, size_bytes), dtype=np.uint8)


def zeros(count: int, row: Any) -> Any:
    """Return zeroed rows as numpy's `zeros`, in memory that takes space only from first write until freed.

    Once as much memory was freed before, numpy allocates in a heap. The heap is cleared by writing, and
    it keeps its size.
    """
    import numpy as np

    row = np.dtype(row)
    return allocate(count * row.itemsize).view(row)
