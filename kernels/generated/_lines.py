"""Facts that a schedule of convolutions states: where activations are expanded to, and in which lines outputs lie."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from _convolution import Convolution, Tiling
from _turns import Segments
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register


@dataclass(frozen=True)
class Lines:
    """The outputs of a tile as lines of pixels, of which two at a time are computed."""

    count: int
    pixels: int
    """Of a line."""
    pixel_bytes: int
    """From the activations of a pixel to those of the next."""
    line_bytes: int
    """From the activations of a line to those of the next."""
    output_bytes: int
    """From the output of a pixel to that of the next."""
    output_line_bytes: int

    @property
    def pairs(self) -> int:
        """Pairs of pixels of a line; the last one of an odd number overlaps the one before."""
        return (self.pixels + 1) // 2

    @property
    def second_bytes(self) -> int:
        """From the activations of the first pixel of a pair to those of the second; a lone pixel is both."""
        return self.pixel_bytes if self.pixels > 1 else 0

    @property
    def second_output_bytes(self) -> int:
        """From the output of the first pixel of a pair to that of the second."""
        return self.output_bytes if self.pixels > 1 else 0


def lines_of(made: Convolution, tiling: Tiling, across: int, down: int, *, upright: bool) -> Lines:
    """Return rows of the output, or its columns where they are `upright`.

    `across` and `down` are the bytes from the activations of a pixel to those of its neighbours.
    """
    row = made.columns * made.channels
    if upright:
        return Lines(made.columns, tiling.rows, down, across, row, made.channels)
    return Lines(tiling.rows, made.columns, across, down, made.channels, row)


class Layout(Protocol):
    """How the activations of a tile are laid out in scratch, and how they get there."""

    @property
    def convolution(self) -> Convolution:
        """The layer."""

    @property
    def tiling(self) -> Tiling:
        """Output rows of a tile."""

    @property
    def cycles(self) -> int:
        """Approximate cycles of filling scratch for all tiles."""

    @property
    def name(self) -> str:
        """Of the schedules, 'rows'."""

    @property
    def lead_bytes(self) -> int:
        """Bytes of scratch before the expanded activations."""

    @property
    def expanded_bytes(self) -> int:
        """Bytes of expanded activations."""

    @property
    def segments(self) -> Segments:
        """Activations of a filter."""

    @property
    def lines(self) -> Lines:
        """Outputs of a tile."""

    def arranged(self, weights: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return weights [channels, depth] in the order of the quads."""

    def emit_begin(self, asm: Assembler, scratch: Slot) -> None:
        """Do what is done once for all tiles."""

    def emit_tile(self, asm: Assembler, source: Slot, row: Slot, scratch: Slot) -> None:
        """Fill scratch for a tile.

        `row` is the number of the first row of the padded image that it reads, minus the padding above; `source` is
        where that row begins, which may be before the image.
        """

    def emit_activations(self, asm: Assembler, register: Register, source: Slot, scratch: Slot) -> None:
        """Set `register` to the first activation of a tile."""


class InScratch(ABC):
    """A layout whose activations are in scratch."""

    @property
    @abstractmethod
    def lead_bytes(self) -> int:
        """Bytes of scratch before the activations."""

    def emit_activations(
        self,
        asm: Assembler,
        register: Register,
        source: Slot,  # noqa: ARG002
        scratch: Slot,
    ) -> None:
        """Set `register` to the first activation of a tile."""
        asm.load(register, scratch)
        asm.add_constant(register, self.lead_bytes)
