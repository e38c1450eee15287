"""Walk of a float32 convolution through its outputs: groups of channels, rows, some pixels at a time. No scratch.

Padding is left out: rows of the filter that lie outside of the image are skipped, and columns at the edges have blocks
of their own with fewer taps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _blocks import emit_copy
from _convolution import Convolution
from _float_blocks import FLOAT_BYTES, Block, emit_outputs, emit_zeros
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    Implementation,
    Input,
    Output,
    Scratch,
)
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

_ARGUMENTS = ("const float *input", "const float *weights", "float *output")
_MOST_EDGES = 8
"""Columns of the output with padding that have code of their own."""
_MOST_COPIED_BYTES = 32 * 1024
_FEW_PIXELS = 4
"""Pixels of an image whose weights are not worth a copy."""


@dataclass(frozen=True, eq=False)
class FloatLayer:
    """A convolution of float32."""

    made: Convolution
    weights: NDArray[np.float32]
    """[output channels, weights of a channel in the order rows, columns, input channels]."""
    bias: NDArray[np.float32]
    limits: tuple[float, float]

    @cached_property
    def columns(self) -> list[range]:
        """Columns of the filter that lie in the image, by column of the output."""
        made = self.made
        firsts = (column * made.stride_columns - made.left for column in range(made.columns))
        return [range(max(0, -first), min(made.filter_columns, made.width - first)) for first in firsts]

    @cached_property
    def rows(self) -> list[range]:
        """Rows of the filter that lie in the image, by row of the output."""
        made = self.made
        firsts = (row * made.stride_rows - made.top for row in range(made.rows))
        return [range(max(0, -first), min(made.filter_rows, made.height - first)) for first in firsts]

    @cached_property
    def edges(self) -> tuple[int, int]:
        """Columns of the output whose filter reads padding: before the others, and all of them."""
        whole = [len(taps) == self.made.filter_columns for taps in self.columns]
        return whole.index(True) if True in whole else len(whole), whole.count(False)

    @property
    def inside(self) -> int:
        """Number of other columns."""
        return self.made.columns - self.edges[1]

    def objection(self) -> str | None:
        """Return why there is no function; None when there is one."""
        if (self.made.dilation_rows, self.made.dilation_columns) != (1, 1):
            return "is for filters without dilation"
        if not all(map(len, (*self.rows, *self.columns))):
            return "is for filters that read the image for each output"
        if self.edges[1] > _MOST_EDGES:
            return f"is for at most {_MOST_EDGES} columns with padding"
        return None


class FloatWalk(ABC):
    """A function for all outputs of a layer."""

    def __init__(self, layer: FloatLayer, core: Core, *, copies: bool) -> None:
        """`copies`: weights of a group of channels are copied into scratch; otherwise they are read where they are."""
        self.layer = layer
        self.loads_beside = core.name == "cortex-m7"
        """True where a load and a product are one cycle; VLDM of others takes fewer cycles than several VLDR."""
        self.made = made = layer.made
        self.copies = copies
        title = f"{made.filter_rows}x{made.filter_columns} on {made.height}x{made.width}x{made.depth} to"
        title = f"{title} {made.rows}x{made.columns}x{made.channels} of float32"
        scratch = ["void *scratch"] if copies else []
        self.asm = Assembler(title, (*_ARGUMENTS, *scratch), floats=True)
        names = (
            "input",
            "stream",
            "group",
            "group_output",
            "groups",
            "row_input",
            "row_first",
            "rows",
            "blocks",
        )
        self.slots = {name: self.asm.slot(name) for name in names}
        self.pixel_bytes = made.depth * FLOAT_BYTES
        self.row_bytes = made.width * self.pixel_bytes

    @property
    @abstractmethod
    def channels(self) -> int:
        """Channels of a group."""

    @property
    @abstractmethod
    def depth(self) -> int:
        """Input channels that an output reads."""

    @abstractmethod
    def block(self, channels: int, pixels: int) -> Block:
        """Return the registers of a block."""

    @abstractmethod
    def pixels(self, channels: int) -> int:
        """Return the most pixels of a block of `channels`."""

    @abstractmethod
    def emit_taps(
        self, name: str, block: Block, pixels: Register, taps: Register, valid: Register, columns: range
    ) -> None:
        """Add the products of all rows: the filter's `columns`, from the inputs behind `pixels`, weights behind `taps`.

        `valid` has the number of rows.
        """

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Channels of a group, and how many groups; the last part has the rest."""
        whole, rest = divmod(self.made.channels, self.channels)
        return [part for part in ((self.channels, whole), (rest, 1 if rest else 0)) if part[1]]

    @property
    def weights_of_a_channel(self) -> int:
        """Number of weights of an output channel."""
        return self.made.filter_rows * self.made.filter_columns * self.depth

    @property
    def copied_bytes(self) -> int:
        """Scratch for bias and weights of a group; 0 where a copy is not worth it."""
        if self.made.rows * self.made.columns <= _FEW_PIXELS:
            return 0
        size = self.parts[0][0] * (1 + self.weights_of_a_channel) * FLOAT_BYTES
        return size if size <= _MOST_COPIED_BYTES else 0

    def stream(self) -> ConstantData:
        """Return for each group of channels its bias, and for each weight of a channel that of all of them."""
        parts, first = [], 0
        matrix = self.layer.weights
        for size, count in self.parts:
            for _ in range(count):
                rows = slice(first, first + size)
                parts += [self.layer.bias[rows], matrix[rows].T.reshape(-1)]
                first += size
        data = np.concatenate(parts).astype("<f4").tobytes()
        return ConstantData("weights", "float", data, f"bias and weights of {self.made.channels} channels")

    def implementation(self) -> Implementation:
        """Return the function with its arguments."""
        routine = self.routine()
        how = "those of a group of channels are copied into scratch" if self.copies else "read where they are"
        return Implementation(
            name="copied" if self.copies else "",
            function=routine.function,
            code=routine.code,
            arguments=(Input(0), self.stream(), Output(0), *([Scratch()] if self.copies else [])),
            scratch_bytes=self.copied_bytes if self.copies else 0,
            explanation=(
                f"schedule: {self.channels} channels of {self.pixels(self.channels)} pixels at a time, weights: {how}",
                "proof: products and sums are rounded in the order of the definition",
                f"size: {routine.code_bytes:,} bytes of code, {routine.stack_bytes} of stack",
            ),
            reads_constants_once=self.copies,
        )

    def routine(self) -> Routine:
        """Return the function."""
        asm, slots = self.asm, self.slots
        source, weights, output, *scratch = asm.arguments
        asm.add_constant(source, -self.made.top * self.row_bytes - self.made.left * self.pixel_bytes)
        saved = {"input": source, "stream": weights, "group_output": output}
        for name, register in (saved | dict(zip(["group"], scratch, strict=False))).items():
            asm.save(slots[name], register)
        asm.release(*asm.arguments)
        for size, count in self.parts:
            with asm.loop(f"group_{size}", count, slots["groups"]):
                self._group(size)
        return asm.finish("float")

    def _group(self, size: int) -> None:
        """Compute `size` channels of all pixels."""
        asm, slots, made = self.asm, self.slots, self.made
        self._begin_group(size * (1 + self.weights_of_a_channel))
        with asm.using("value") as (value,):
            asm.load(value, slots["input"])
            asm.save(slots["row_input"], value)
            asm.constant(value, -made.top)
            asm.save(slots["row_first"], value)
        with asm.using("pixels", "taps", "output") as (pixels, taps, output):
            asm.load(output, slots["group_output"])
            with asm.loop(f"row_{size}", made.rows, slots["rows"]), asm.using("valid") as (valid,):
                self._begin_row(size, pixels, taps, valid)
                self._row(size, pixels, taps, valid, output)
        moved = ["group_output"] if self.depth == made.depth else ["group_output", "input"]
        with asm.using("value") as (value,):
            for name in moved:
                asm.load(value, slots[name])
                asm.add_constant(value, size * FLOAT_BYTES)
                asm.save(slots[name], value)

    def _begin_group(self, words: int) -> None:
        """Set where bias and weights of the group are, which are `words`."""
        asm, slots = self.asm, self.slots
        with asm.using("stream", "group") as (stream, group):
            asm.load(stream, slots["stream"])
            if self.copies:
                asm.load(group, slots["group"])
                emit_copy(asm, stream, group, words, f"copy_{words}")
            else:
                asm.save(slots["group"], stream)
                asm.add_constant(stream, words * FLOAT_BYTES)
            asm.save(slots["stream"], stream)

    def _begin_row(self, size: int, pixels: Register, taps: Register, valid: Register) -> None:
        """Set the first pixel and the first weights in the image, and the number of rows of the filter there."""
        asm, slots, made = self.asm, self.slots, self.made
        asm.load(pixels, slots["row_input"])
        asm.load(taps, slots["group"])
        asm.add_constant(taps, size * FLOAT_BYTES)
        with asm.using("first", "skipped", "following") as (first, skipped, following):
            asm.add_constant(following, made.stride_rows * self.row_bytes, pixels)
            asm.save(slots["row_input"], following)
            if all(len(rows) == made.filter_rows for rows in self.layer.rows):
                asm.constant(valid, made.filter_rows)
                return
            asm.comment("rows of the filter above the image, and below it")
            asm.load(first, slots["row_first"])
            asm("rsb", skipped, first, 0)
            asm("bic", skipped, skipped, skipped, "asr #31")
            asm.constant(valid, made.height)
            asm("sub", valid, valid, first)
            asm.constant(following, made.filter_rows)
            asm("cmp", valid, following)
            asm("it", "gt")
            asm("movgt", valid, following)
            asm("sub", valid, valid, skipped)
            asm.add_constant(first, made.stride_rows)
            asm.save(slots["row_first"], first)
            asm.constant(following, self.row_bytes)
            asm("mla", pixels, skipped, following, pixels)
            asm.constant(following, made.filter_columns * self.depth * size * FLOAT_BYTES)
            asm("mla", taps, skipped, following, taps)

    def _row(self, size: int, pixels: Register, taps: Register, valid: Register, output: Register) -> None:
        """Compute a row of the output: columns with padding one by one, the others in blocks."""
        columns, (begin, _), inside = self.layer.columns, self.layer.edges, self.layer.inside
        every = range(self.made.filter_columns)
        registers = (pixels, taps, valid, output)
        for column in range(begin):
            self._block(f"{size}_{column}", self.block(size, 1), columns[column], *registers)
        if inside:
            at_once = min(self.pixels(size), inside)
            count, rest = divmod(inside, at_once)
            with self.asm.loop(f"block_{size}", count, self.slots["blocks"]):
                self._block(f"{size}", self.block(size, at_once), every, *registers)
            if rest:
                self._block(f"{size}_rest", self.block(size, rest), every, *registers)
        for column in range(begin + inside, len(columns)):
            self._block(f"{size}_{column}", self.block(size, 1), columns[column], *registers)

    def _block(
        self,
        name: str,
        block: Block,
        columns: range,
        pixels: Register,
        taps: Register,
        valid: Register,
        output: Register,
    ) -> None:
        """Compute the outputs of `block`, whose filter reads `columns`, and move `pixels` and `output` behind them."""
        asm, made = self.asm, self.made
        with asm.using("zero") as (zero,):
            emit_zeros(asm, block, zero)
        self.emit_taps(name, block, pixels, taps, valid, columns)
        with asm.using("bias") as (bias,):
            asm.load(bias, self.slots["group"])
            asm("vldmia", str(bias), block.some_weights(block.channels))
        emit_outputs(asm, name, block, output, made.channels * FLOAT_BYTES, self.layer.limits)
        asm.add_constant(pixels, block.pixels * made.stride_columns * self.pixel_bytes)
