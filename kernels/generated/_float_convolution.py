"""Convolution of float32: each input channel of four pixels meets the weights of four output channels."""

from __future__ import annotations

from _float_blocks import FLOAT_BYTES, Block, emit_products
from _float_walk import FloatWalk

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register

_CHANNELS, _PIXELS = 4, 4
_CHANNELS_OF_A_PIXEL = 8
"""Channels at a time where pixels have no neighbours without padding."""
_MOST_OFFSET_BYTES = 1020
"""Of VLDR."""
_MOST_PRODUCTS, _MOST_PRODUCTS_BESIDE = 48, 128
"""Products in a turn of a loop: its body stays in an instruction cache of 1 KiB, or in that of a Cortex-M7."""


class ConvolutionWalk(FloatWalk):
    """CONV_2D without groups, and FULLY_CONNECTED as one of pixels."""

    @property
    def channels(self) -> int:
        """Channels of a group."""
        return _CHANNELS_OF_A_PIXEL if self.made.columns == 1 else _CHANNELS

    @property
    def depth(self) -> int:
        """Input channels that an output reads: all."""
        return self.made.depth

    def block(self, channels: int, pixels: int) -> Block:
        """Return the registers of a block: for each input a weight of each channel, and that of each pixel."""
        return Block(channels, pixels, weights=channels, inputs=pixels)

    def pixels(self, channels: int) -> int:
        """Return the most pixels of a block."""
        return _PIXELS if channels <= _CHANNELS else 1

    def emit_taps(
        self, name: str, block: Block, pixels: Register, taps: Register, valid: Register, columns: range
    ) -> None:
        """Add the products of all rows."""
        asm, made = self.asm, self.made
        length = len(columns) * made.depth
        inputs = _Inputs(asm, block, made.stride_columns * self.pixel_bytes, self._turns(block, length))
        inputs.begin(pixels, columns.start * self.pixel_bytes)
        with asm.using("weights", "left") as (weights, left):
            asm.add_constant(weights, columns.start * made.depth * block.channels * FLOAT_BYTES, taps)
            if made.filter_rows == 1:
                self._run(name, block, inputs, weights, length)
            else:
                asm("mov", left, valid)
                with asm.repeat(f"taps_{name}"):
                    self._run(name, block, inputs, weights, length)
                    inputs.step(self.row_bytes - length * FLOAT_BYTES)
                    skipped = made.filter_columns * made.depth - length
                    asm.add_constant(weights, skipped * block.channels * FLOAT_BYTES)
                    asm("subs", left, left, 1)
        inputs.release()

    def _turns(self, block: Block, length: int) -> tuple[int, int, int]:
        """Return inputs of a turn of the loop over `length` inputs, turns, and inputs that are left."""
        most = _MOST_PRODUCTS_BESIDE if self.loads_beside else _MOST_PRODUCTS
        at_once = max(1, min(length, most // block.sums))
        return at_once, *divmod(length, at_once)

    def _run(self, name: str, block: Block, inputs: _Inputs, weights: Register, length: int) -> None:
        """Add the products of `length` inputs in a row of the image."""
        asm = self.asm
        terms = [
            (block.of_sum(channel, pixel), block.of_weight(channel), block.of_input(pixel))
            for channel in range(block.channels)
            for pixel in range(block.pixels)
        ]

        def some(count: int) -> None:
            for number in range(count):
                inputs.load(number)
                asm("vldmia", f"{weights}!", block.some_weights(block.weights))
                emit_products(asm, block, terms)
            inputs.step(count * FLOAT_BYTES)

        def some_beside_loads(count: int) -> None:
            """Load each register for the next input just behind its last use, beside a product."""
            inputs.load(0)
            for channel in range(block.channels):
                asm("vldr", block.of_weight(channel), f"[{weights}, #{FLOAT_BYTES * channel}]")
            for number in range(1, count + 1):
                loads = {}
                if number < count:
                    for channel in range(block.channels):
                        text = f"[{weights}, #{FLOAT_BYTES * (number * block.channels + channel)}]"
                        loads[block.of_weight(channel)] = text
                    loads |= inputs.places(number)
                emit_products(asm, block, terms, loads)
            inputs.step(count * FLOAT_BYTES)
            asm.add_constant(weights, count * block.channels * FLOAT_BYTES)

        at_once, count, rest = self._turns(block, length)
        emit = some_beside_loads if self.loads_beside else some
        with asm.using("turns") as (turns,), asm.loop(f"inputs_{name}", count, turns, align=8):
            emit(at_once)
        if rest:
            emit(rest)


class _Inputs:
    """Pointers to the next input of each pixel, which are `step_bytes` apart: one if its offsets reach all."""

    def __init__(self, asm: Assembler, block: Block, step_bytes: int, turns: tuple[int, int, int]) -> None:
        self._asm = asm
        self._block = block
        self._step_bytes = step_bytes
        reach = (block.pixels - 1) * step_bytes + (turns[0] - 1) * FLOAT_BYTES
        count = 1 if reach <= _MOST_OFFSET_BYTES else block.pixels
        self._pointers = asm.take_all(*(f"source_{number}" for number in range(count)))

    def begin(self, first: Register, offset_bytes: int) -> None:
        """Point to the inputs `offset_bytes` behind `first`, and behind the same of the other pixels."""
        for number, pointer in enumerate(self._pointers):
            self._asm.add_constant(pointer, offset_bytes + number * self._step_bytes, first)

    def step(self, size_bytes: int) -> None:
        """Move all pointers."""
        for pointer in self._pointers:
            self._asm.add_constant(pointer, size_bytes)

    def load(self, number: int) -> None:
        """Load input `number` behind the pointer of each pixel."""
        for register, place in self.places(number).items():
            self._asm("vldr", register, place)

    def places(self, number: int) -> dict[str, str]:
        """Return the operand of input `number` behind the pointer of each pixel, by its register."""
        found, alone = {}, len(self._pointers) > 1
        for pixel in range(self._block.pixels):
            offset = number * FLOAT_BYTES + (0 if alone else pixel * self._step_bytes)
            base = self._pointers[pixel if alone else 0]
            found[self._block.of_input(pixel)] = f"[{base}, #{offset}]"
        return found

    def release(self) -> None:
        """Free the registers."""
        self._asm.release(*self._pointers)
