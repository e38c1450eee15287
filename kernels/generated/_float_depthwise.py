"""Depthwise convolution of float32: each input of a row meets all weights of the row that some output has for it."""

from __future__ import annotations

from _float_blocks import Block, emit_products
from _float_walk import FloatWalk

from scons_tinyml.stages.lowering.thumb.registers import Register

_CHANNELS = (4, 2, 1)
_MOST_PIXELS = 6


class DepthwiseWalk(FloatWalk):
    """DEPTHWISE_CONV_2D with an output channel for each input channel."""

    @property
    def channels(self) -> int:
        """Channels of a group: as many as leave registers for the weights of a row, of two pixels if they can."""
        for least in (2, 1):
            for size in _CHANNELS:
                if self.block(size, least).fits:
                    return size
        return 0

    @property
    def depth(self) -> int:
        """Input channels that an output reads."""
        return 1

    def block(self, channels: int, pixels: int) -> Block:
        """Return the registers of a block: the weights of a row of the filter, the inputs of a column."""
        return Block(channels, pixels, weights=channels * self.made.filter_columns, inputs=channels)

    def pixels(self, channels: int) -> int:
        """Return the most pixels of a block."""
        return next(size for size in range(_MOST_PIXELS, 0, -1) if self.block(channels, size).fits)

    def objection(self) -> str | None:
        """Return why there is no function; None when there is one."""
        if self.made.channels != self.made.depth:
            return "is for a depth multiplier of 1"
        if not self.channels:
            return "is for filters whose rows fit into the registers"
        return self.layer.objection()

    def emit_taps(
        self, name: str, block: Block, pixels: Register, taps: Register, valid: Register, columns: range
    ) -> None:
        """Add the products of all rows."""
        asm, made = self.asm, self.made
        with asm.using("source", "weights", "left") as (source, weights, left):
            asm.add_constant(source, columns.start * self.pixel_bytes, pixels)
            asm("mov", weights, taps)
            asm("mov", left, valid)
            with asm.repeat(f"taps_{name}", align=8):
                asm("vldmia", f"{weights}!", block.some_weights(block.weights))
                reads = (block.pixels - 1) * made.stride_columns + len(columns)
                for column in range(reads):
                    terms = self._terms(block, column, columns)
                    if terms:
                        asm("vldmia", str(source), block.all_inputs)
                        emit_products(asm, block, terms)
                    asm.add_constant(source, self.pixel_bytes)
                asm.add_constant(source, self.row_bytes - reads * self.pixel_bytes)
                asm("subs", left, left, 1)

    def _terms(self, block: Block, column: int, columns: range) -> list[tuple[str, str, str]]:
        """Return sum, weight and input of the products with input `column` of the block."""
        found = []
        for pixel in range(block.pixels):
            tap = columns.start + column - pixel * self.made.stride_columns
            if tap in columns:
                found += [
                    (
                        block.of_sum(channel, pixel),
                        block.of_weight(tap * block.channels + channel),
                        block.of_input(channel),
                    )
                    for channel in range(block.channels)
                ]
        return found
