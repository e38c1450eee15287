"""Block of assembly for a run of depthwise outputs on Armv6-M: up to four at a time, weights from a copy as words.

A tap takes 4 cycles for each output, and 2 for its weight. Values of the plane are a + 128, as loads of bytes without
sign have offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from _depthwise_walk import Walk

from scons_tinyml.stages.lowering.thumb.four_products import NarrowRequantization
from scons_tinyml.stages.lowering.thumb.narrow import Block, NarrowAssembler
from scons_tinyml.stages.lowering.thumb.registers import Register

VALUES = ("const uint8_t *plane", "const int32_t *weights", "int8_t *output")
_LARGEST_OFFSET = 31
"""Of a load of a byte."""
_FIRST_SUM, _LOW = 4, 8
_UNROLLED = 16
"""Taps of a filter whose rows are not a loop."""
_ROW_CYCLES, _BLOCK_CYCLES, _RUN_CYCLES = 7, 24, 60
"""Approximate cycles of a turn of the loop over rows, of a block and of a run."""


@dataclass(frozen=True)
class Runs:
    """The runs of a layer."""

    walk: Walk
    requantization: NarrowRequantization

    @property
    def outputs(self) -> int:
        """Outputs of a block: their sums have the registers that the requantization leaves."""
        made, along = self.requantization, self.walk.along
        most = min(_LOW - _FIRST_SUM, _LOW - made.low_constants - made.temporaries)
        within = _LARGEST_OFFSET // along.stride + 1
        return max(1, min(most, within, along.output))

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Numbers of blocks and their outputs: whole blocks, and the rest."""
        whole, rest = divmod(self.walk.along.output, self.outputs)
        return [(whole, self.outputs), *([(1, rest)] if rest else [])]

    @property
    def loops(self) -> bool:
        """True when rows of the filter are a loop."""
        return self.walk.across.filter * self.walk.along.filter > _UNROLLED

    @property
    def above(self) -> int:
        """Constants that are not in low registers."""
        return len(self.requantization.constants[0]) - self.requantization.low_constants

    @property
    def cycles(self) -> int:
        """Cycles of all runs of an output channel, nearly."""
        rows, columns = self.walk.across.filter, self.walk.along.filter
        run = sum(
            count
            * (
                rows * (columns * (2 + 4 * outputs) + _ROW_CYCLES * self.loops)
                + outputs * (self.requantization.cycles + 4)
                + _BLOCK_CYCLES
            )
            for count, outputs in self.parts
        )
        return self.walk.across.output * (run + _RUN_CYCLES)

    def block(self, given: Sequence[str], prefix: str) -> Block:
        """Return the assembly of a run. Weights are constants that are not low, start, taps, low constants."""
        return _Writer(self).block(given, prefix)


class _Writer:
    """Writes the block."""

    def __init__(self, runs: Runs) -> None:
        self.runs, self.walk, self.made = runs, runs.walk, runs.requantization
        self.asm = asm = NarrowAssembler(VALUES)
        self.plane, self.weights, output = asm.arguments
        self.begin, self.taps, self.output = (
            asm.take(name, 8 + at) for at, name in enumerate(("begin", "taps", "outputs"))
        )
        asm("mov", self.begin, self.plane)
        asm("mov", self.output, output)
        asm.release(output)
        self.pitch = asm.take("output_pitch", 11)
        with asm.using("loaded") as (loaded,):
            asm.constant(loaded, self.walk.along.output_pitch_bytes)
            asm("mov", self.pitch, loaded)
            self.high = [
                asm.take(f"constant_high{at}", number) for at, number in enumerate((12, 14)[: runs.above])
            ]
            for register in self.high:
                asm.load_words(self.weights, [loaded])
                asm("mov", register, loaded)
            asm("mov", self.taps, self.weights)
        self.left, self.rows = asm.slot("left"), asm.slot("rows")

    def block(self, given: Sequence[str], prefix: str) -> Block:
        """Return the block."""
        asm = self.asm
        for count, outputs in self.runs.parts:
            name = f"outputs_{outputs}"
            with asm.loop(name, count, self.left):
                self._block(outputs, name)
        return asm.block(given, prefix)

    def _block(self, outputs: int, name: str) -> None:
        """Compute `outputs` outputs, store them and go on."""
        asm, walk = self.asm, self.walk
        weight, x = asm.take_all("weight", "x")
        sums = [asm.take(f"sum{at}", _FIRST_SUM + at) for at in range(outputs)]
        asm("mov", self.plane, self.begin)
        asm("mov", self.weights, self.taps)
        asm.load_words(self.weights, sums[:1])
        for value in sums[1:]:
            asm("mov", value, sums[0])
        self._taps(weight, x, sums, name)
        asm.release(weight, x)
        self._requantize(sums, name)
        asm("mov", self.plane, self.output)
        for value in sums:
            asm("strb", value, asm.at(self.plane))
            asm("add", self.plane, self.pitch)
        asm("mov", self.output, self.plane)
        asm("mov", self.plane, self.begin)
        asm.add_any(self.plane, outputs * walk.along.stride * walk.lane_bytes, sums[0])
        asm("mov", self.begin, self.plane)
        asm.release(*sums)

    def _taps(self, weight: Register, x: Register, sums: Sequence[Register], name: str) -> None:
        """Add all taps to `sums`."""
        asm, rows = self.asm, self.walk.across.filter
        asm.comment("sum += weight * (a + 128)")
        step = self.walk.across.dilation * self.walk.pitch_bytes
        if not self.runs.loops:
            for row in range(rows):
                moved = self._row(weight, x, sums)
                if row < rows - 1:
                    asm.add_any(self.plane, step - moved, x)
            return
        with asm.loop(f"rows_{name}", rows, self.rows, x):
            moved = self._row(weight, x, sums)
            asm.add_any(self.plane, step - moved, x)

    def _row(self, weight: Register, x: Register, sums: Sequence[Register]) -> int:
        """Add the taps of a row, and return the bytes by which `plane` was moved."""
        asm, along = self.asm, self.walk.along
        moved, last = 0, (len(sums) - 1) * along.stride
        for tap in range(along.filter):
            first = tap * along.dilation
            if first + last - moved > _LARGEST_OFFSET:
                asm.add_any(self.plane, first - moved, x)
                moved = first
            asm.load_words(self.weights, [weight])
            for at, value in enumerate(sums):
                asm("ldrb", x, asm.at(self.plane, first + at * along.stride - moved))
                asm("muls", x, weight, x)
                asm("adds", value, value, x)
            asm.island()
        return moved

    def _requantize(self, sums: Sequence[Register], name: str) -> None:
        """Replace sums by outputs. The registers of pointers are free for that."""
        asm, made = self.asm, self.made
        low = asm.take_all(*(f"constant{at}" for at in range(made.low_constants)))
        asm.load_words(self.weights, low)
        more = asm.take_all(*(f"spare{at}" for at in range(2, made.temporaries)))
        free = (self.plane, self.weights, *more)[: made.temporaries]
        for at, value in enumerate(sums):
            made.emit(asm, value, (*low, *self.high), free, f"{name}_{at}")
            asm.island()
        asm.release(*low, *more)
