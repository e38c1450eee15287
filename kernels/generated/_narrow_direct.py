"""Direct convolution for Armv6-M: rows, groups and lines in C, and a block of assembly for the pairs of a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from _bytes_layout import Bytes
from _c_function import CFunction, block, c_function, counted, indented
from _narrow_pixels import PixelPairs
from _packed_plan import PackedPlan
from _packed_stream import PackedStream
from _packed_turns import PackedTurns
from _padded_rows import PaddedRows
from _product import ARGUMENTS, WORD_BYTES
from _weighted import WeightedLayer
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.four_products import NarrowRequantization
from scons_tinyml.stages.lowering.thumb.packed import FIELDS

PREFIX = "direct"
OWN_LOOP = '__asm volatile("");'
"""Keeps the compiler from calling memset or memcpy in place of a loop: functions have to link alone, and in RAM."""
_OFFSETS = "0x800080u"
_LOWER_BYTES = "0xff00ffu"


@dataclass(frozen=True)
class NarrowDirect:
    """A convolution as it is computed."""

    plan: PackedPlan
    layer: WeightedLayer
    requantization: NarrowRequantization
    weights: NDArray[np.int8]
    bias: NDArray[np.int64]

    @property
    def stream(self) -> PackedStream:
        """Words and bytes that each group reads."""
        return PackedStream(self.plan, self.layer, self.weights, self.bias, self.requantization.constants)

    @property
    def layout(self) -> Bytes:
        """Place of the activations."""
        return self.plan.layout

    def function(self) -> CFunction:
        """Return the function for all rows."""
        made, plan = self.layout.convolution, self.plan
        title = (
            f"{made.filter_rows}x{made.filter_columns} on {made.height}x{made.width}x{made.depth} to"
            f" {made.rows}x{made.columns}x{made.channels}, {self.layout.tiling.rows} rows at a time, {self.layout.name}"
        )
        body = [
            f"int32_t *const group = (int32_t *)((uint8_t *)scratch + {plan.activation_bytes});",
            *(self._zero_points() if self.layout.copies else []),
            *self._tiles(),
        ]
        return c_function(PREFIX, title, ARGUMENTS, indented(body))

    def _zero_points(self) -> Iterator[str]:
        """Fill the rows with the zero point: padding beside the image stays."""
        words = self.plan.activation_bytes // WORD_BYTES
        value = f"{self.layout.convolution.zero_point_bytes}u"
        yield "uint32_t *padding = scratch;"
        yield from counted("left", words, [f"*padding++ = {value};", OWN_LOOP])

    def _tiles(self) -> Iterator[str]:
        """Compute all tiles; the last one may begin with rows of the one before."""
        tiling, made = self.layout.tiling, self.layout.convolution
        lines = [
            *(self._rows() if self.layout.copies else []),
            *self._groups(),
        ]
        if tiling.tiles == 1:
            yield "const int32_t first = 0;"
            yield from lines
            return
        last = made.rows - tiling.rows
        yield from block(
            f"for (int32_t tile = 0; tile < {tiling.tiles}; ++tile)",
            [f"const int32_t first = tile < {tiling.tiles - 1} ? tile * {tiling.rows} : {last};", *lines],
        )

    def _rows(self) -> Iterator[str]:
        """Copy the rows of a tile, with padding: words where both addresses allow it."""
        made, padded = self.layout.convolution, PaddedRows(self.layout.convolution, self.layout.tiling)
        copied = made.inner_columns * made.depth
        yield f"int32_t row = first * {made.stride_rows} - {made.top};"
        yield f"uint8_t *to = (uint8_t *)scratch + {padded.lead_bytes + made.left_columns * made.depth};"
        copy = [
            f"const uint8_t *from = (const uint8_t *)input + row * {made.row_bytes};",
            *row_copy(copied),
        ]
        if made.pads_rows:
            copy = [
                *block(f"if ((uint32_t)row < {made.height}u)", copy),
                *block(
                    "else",
                    block(
                        f"for (int32_t at = 0; at < {copied}; ++at)",
                        [f"to[at] = {made.zero_point % 256};", OWN_LOOP],
                    ),
                ),
            ]
        yield from block(
            f"for (int32_t end = row + {padded.rows}; row < end; ++row)",
            [*copy, f"to += {padded.row_bytes};"],
        )

    def _groups(self) -> Iterator[str]:
        """Compute all channels of a tile."""
        made = self.layout.convolution
        places = (
            f"(const int8_t *)scratch + {self.layout.lead_bytes}"
            if self.layout.copies
            else f"input + first * {made.stride_rows * made.row_bytes}"
        )
        yield f"const int8_t *activations = {places};"
        yield "const int32_t *from = weights;"
        yield f"int8_t *channels = output + first * {made.columns * made.channels};"
        sizes = [len(part) for part in self.plan.parts]
        body = []
        for size, turns in self.plan.turns.items():
            body += block("", counted("groups", sizes.count(size), list(self._group(turns))))
        if made.groups > 1:
            body.append(f"activations += {self.plan.group_step_bytes};")
        yield from counted("convolution_groups", made.groups, body)

    def _group(self, turns: PackedTurns) -> Iterator[str]:
        """Copy the weights of a group, and compute it for all lines."""
        lines, size = self.layout.lines, turns.channels
        yield from self._copy(turns)
        pairs = PixelPairs(lines, self.requantization, turns)
        given = ("places", "group", "outputs", str(lines.pairs))
        yield "const int8_t *places = activations;"
        yield "int8_t *outputs = channels;"
        yield from counted(
            "line",
            lines.count,
            [
                *pairs.block(given, f"{PREFIX}_{size}").lines,
                *(
                    [f"places += {lines.line_bytes};", f"outputs += {lines.output_line_bytes};"]
                    if lines.count > 1
                    else []
                ),
            ],
        )
        yield f"channels += {size};"

    def _copy(self, turns: PackedTurns) -> Iterator[str]:
        """Copy starts and constants, and weights as words of two channels."""
        count = len(turns.offsets)
        yield "int32_t *copy = group;"
        yield from counted("starts", turns.channels, ["*copy++ = *from++;"])
        body = counted("words", count // FIELDS, _both_words())
        if count % FIELDS:
            body += [f"*copy++ = (int32_t)(((uint32_t)*from++ & {_LOWER_BYTES}) - {_OFFSETS});"]
        if turns.loops:
            body.append("*copy++ = *from++;")
        yield from counted("turns", len(turns.steps) + 1, body)
        yield from counted("constants", turns.channels * self.plan.constants, ["*copy++ = *from++;"])


def _both_words() -> list[str]:
    return [
        "const uint32_t word = (uint32_t)*from++;",
        f"*copy++ = (int32_t)((word & {_LOWER_BYTES}) - {_OFFSETS});",
        f"*copy++ = (int32_t)((word >> 8 & {_LOWER_BYTES}) - {_OFFSETS});",
    ]


def row_copy(count: int) -> list[str]:
    """Return lines that copy `count` bytes from `from` to `to`, which stay."""
    words = count // WORD_BYTES
    loops = []
    if words:
        loops += block(
            "if ((((uintptr_t)from | (uintptr_t)to) & 3) == 0)",
            [
                "const uint32_t *from_word = (const uint32_t *)(const void *)from;",
                "uint32_t *to_word = (uint32_t *)(void *)to;",
                *block(
                    f"for (; at < {WORD_BYTES * words}; at += {WORD_BYTES})",
                    ["*to_word++ = *from_word++;", OWN_LOOP],
                ),
            ],
        )
    last = block(f"for (; at < {count}; ++at)", ["to[at] = from[at];", OWN_LOOP])
    return ["int32_t at = 0;", *loops, *last]
