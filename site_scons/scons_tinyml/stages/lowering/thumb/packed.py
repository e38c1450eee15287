"""Two products of int8 in one MLA, for cores without the DSP extension: weights of two channels in a word.

A word `w0 + 65536 * w1` times an activation is `w0 * a + 65536 * (w1 * a)`: two products in fields of 16 bits. MLA adds
them to two sums at once. As the weights are known, so is how many products a field holds for any activations: a run.
Each run begins with 2^15 in the lower field, so that it is never negative. After it the upper field is added to one
register, and the whole one to another. In the end that less the first one, shifted by 16, is the lower sum.

Sums are given times 256, modulo 2^32, which is exact while they stay below 2^23.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.raw_pairs import LIMIT, SCALE, sums_within_reach
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN

FIELDS = 2
"""Sums in a register."""
MIDDLE = 2**15
"""What the lower field of a run begins with."""
_OFFSET = 128
_BOTH = 0x0001_0001
_LOWER_BYTES = 0x00FF_00FF
_WORD_BYTES = 4
_NAMES = tuple(f"word_{letter}" for letter in "abcdefgh")
_LONGEST = 64
"""Products of a run at most."""


@dataclass(frozen=True)
class Runs:
    """Products that are added before fields are emptied, for the turns of a loop."""

    lengths: tuple[int, ...]
    """Of the runs of a turn."""
    turns: int

    @classmethod
    def of(cls, weights: NDArray[np.int8]) -> Runs:
        """Return the longest runs for `weights` [channels, turns, products]: they hold for all channels and turns."""
        wide = weights.astype(np.int32)
        ends = np.stack([wide * INT8_MIN, wide * INT8_MAX])
        low, high = ends.min(0), ends.max(0)
        lengths: list[int] = []
        while (first := sum(lengths)) < wide.shape[2]:
            least = low[:, :, first : first + _LONGEST].cumsum(2).min((0, 1))
            most = high[:, :, first : first + _LONGEST].cumsum(2).max((0, 1))
            lengths.append(int(((least >= -MIDDLE) & (most < MIDDLE)).sum()))
        return cls(tuple(lengths), wide.shape[1])

    def starts(self, pair: tuple[int, int]) -> tuple[int, int]:
        """Return what registers begin with for sums that begin with `pair`, right modulo 2**32."""
        low, high = pair
        return low + (high << 16) - self.turns * len(self.lengths) * MIDDLE, high


@dataclass(frozen=True)
class PackedSums:
    """Registers of two sums: the fields of a run, and what runs before it gave."""

    fields: Register
    low: Register
    high: Register

    def emit_end(self, asm: Assembler) -> None:
        """Set `low` and `high` to 256 times the sums."""
        asm("sub", self.low, self.low, self.high, "lsl #16")
        for register in (self.low, self.high):
            asm("lsl", register, register, SCALE.bit_length() - 1)


def emit_run_end(asm: Assembler, pairs: Sequence[PackedSums]) -> None:
    """Add the fields of a run to each of an even number of pairs. Two instructions of 16 bits are a word."""
    for pair in pairs:
        asm("add.n", pair.low, pair.low, pair.fields)
    for pair in pairs:
        asm("add", pair.high, pair.high, pair.fields, "asr #16")


def emit_bias(asm: Assembler, bias: Register) -> None:
    """Set the register that runs begin with."""
    asm.constant(bias, MIDDLE)


def objection(weights: NDArray[np.int8], bias: NDArray[np.int32], input_zero_point: int) -> str | None:
    """Return the reason why sums of `weights` [channels, products] are not exact, or None."""
    low, high = sums_within_reach(weights, bias, input_zero_point)
    for channel, (least, most) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        if least < -LIMIT or most >= LIMIT:
            return f"sums of channel {channel} reach {least} to {most}, fields hold -2^23 to 2^23 - 1"
    return None


def packed_bytes(weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return words [turns, words], w + 128 of two neighbours of both channels, of `weights` [2, turns, products]."""
    count = weights.shape[2]
    filled = np.pad(weights, ((0, 0), (0, 0), (0, count % 2))).astype(np.int64) + _OFFSET
    neighbours = filled.reshape(FIELDS, weights.shape[1], -1, 2).transpose(1, 2, 0, 3)
    return np.ascontiguousarray(neighbours.astype(np.uint8)).reshape(weights.shape[1], -1).view(np.int32)


def emit_unpacked(asm: Assembler, source: Register, target: Register, count: int, name: str) -> None:
    """Store `count` words of two weights from the bytes at `source`; both pointers are moved behind them."""
    with asm.using("mask", "turns_left") as (mask, left), asm.using(*_NAMES) as words:
        asm.constant(mask, _LOWER_BYTES)
        turns, rest = divmod(count, len(words))
        if turns:
            with asm.loop(name, turns, left):
                _emit_some(asm, source, target, mask, words)
        if rest:
            _emit_some(asm, source, target, mask, words[:rest])


def _emit_some(
    asm: Assembler, source: Register, target: Register, mask: Register, words: Sequence[Register]
) -> None:
    """Unpack as many words of two weights as there are `words`, of which those with even numbers are loaded."""
    if len(words[::2]) > 1:
        asm.load_multiple(source, words[::2])
    else:
        asm("ldr", words[0], asm.after(source, _WORD_BYTES))
    for word, other in zip(words[::2], words[1::2], strict=False):
        asm("and", other, mask, word, "lsr #8")
    for word in words[::2]:
        asm("and", word, word, mask)
    for word in words:
        asm("sub", word, word, _OFFSET * _BOTH)
    if len(words) > 1:
        asm.store_multiple(target, words)
    else:
        asm("str", words[0], asm.after(target, _WORD_BYTES))
