"""Products of int8 weights and activations, four at a time, by two SMLAD and one SXTB16.

A lane of 16 bits in a weight word holds `256 * w1 + w0`: two neighbouring weights, nearly their bytes. Activations are
expanded once for all channels, to lanes `x = a1 - 127` and `z = 256 * a0 - x`. Then

    w * x + w0 * z  =  (256 * w1 + w0) * x + w0 * (256 * a0 - x)  =  256 * (w1 * (a1 - 127) + w0 * a0)

for both lanes of a word, exactly, as 127 is the one offset for which z fits 16 bits. What it adds goes into the start
value of the sum. Sums wrap on their way, and are right in the end if they stay below 2**23.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN

QUAD = 4
"""Weights in a word."""
SCALE = 256
"""A register holds this times the sum."""
EXPANDED_BYTES = 8
"""Bytes of x and z of a quad of activations."""
LIMIT = 2**23
"""Sums are below this, and at least minus this."""
_OFFSET = 127
_LANE = 2**15


@dataclass(frozen=True)
class RawPairs:
    """Weights of channels as words; a last quad is filled with zeros."""

    words: NDArray[np.int32]
    """[channels, quads]."""
    starts: NDArray[np.int32]
    """[channels]: 256 times the bias and all that offsets add, modulo 2**32."""
    low: NDArray[np.int64]
    """[channels]: the least sum that any input gives."""
    high: NDArray[np.int64]

    @property
    def quads(self) -> int:
        """Words of a channel."""
        return int(self.words.shape[1])


def raw_pairs(weights: NDArray[np.int8], bias: NDArray[np.int32], input_zero_point: int) -> RawPairs | str:
    """Return `weights` [channels, depth] as raw pairs, or the reason why their products are not exact.

    Inputs are -128 to 127, and count as their difference from `input_zero_point`.
    """
    wide = weights.astype(np.int64)
    padded = np.pad(wide, ((0, 0), (0, -wide.shape[1] % QUAD)))
    even, odd = padded[:, 0::2], padded[:, 1::2]
    lanes = SCALE * odd + even
    if lanes.size and lanes.min() < -_LANE:
        channel = int(lanes.min(1).argmin())
        return f"weight -128 of channel {channel} has a negative neighbour, and a lane of 16 bits holds both"
    low, high = sums_within_reach(weights, bias, input_zero_point)
    for channel, (least, most) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        if least < -LIMIT or most >= LIMIT:
            return f"sums of channel {channel} reach {least} to {most}, raw pairs hold -2^23 to 2^23 - 1"
    starts = bias.astype(np.int64) - input_zero_point * wide.sum(1) + _OFFSET * odd.sum(1)
    halves = lanes.astype(np.int16).view(np.uint16).astype(np.uint32)
    words = (halves[:, 0::2] | halves[:, 1::2] << 16).view(np.int32)
    return RawPairs(words, (starts * SCALE).astype(np.uint32).view(np.int32), low, high)


def sums_within_reach(
    weights: NDArray[np.int8], bias: NDArray[np.int32], input_zero_point: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the least and the largest sum of each channel over all inputs. `weights` are [channels, depth]."""
    wide, given = weights.astype(np.int64), bias.astype(np.int64)
    ends = np.stack([wide * (end - input_zero_point) for end in (INT8_MIN, INT8_MAX)])
    return ends.min(0).sum(1) + given, ends.max(0).sum(1) + given


@dataclass(frozen=True)
class Expansion:
    """Registers with the constants that expand activations."""

    offset: Register
    mask: Register

    @classmethod
    def begin(cls, asm: Assembler) -> Expansion:
        """Take the registers and set them."""
        asm.comment("x = a1 - 127 and z = 256 * a0 - x, for both lanes of four activations")
        offset, mask = asm.take_all("minus_127", "upper_bytes")
        asm.constant(offset, (-_OFFSET % 2**16) * 0x0001_0001)
        asm.constant(mask, 0xFF00_FF00)
        return cls(offset, mask)

    def emit(self, asm: Assembler, quad: Register, x: Register, z: Register) -> None:
        """Set `x` and `z` to those of the four activations in `quad`; z may be the same register."""
        asm("sxtab16", x, self.offset, quad, "ror #8")
        asm("and", z, self.mask, quad, "lsl #8")
        asm("ssub16", z, z, x)

    def end(self, asm: Assembler) -> None:
        """Release the registers."""
        asm.release(self.offset, self.mask)


def expanded(value: int) -> tuple[int, int]:
    """Return x and z of four activations that are `value`, as words."""
    x = value - _OFFSET
    return x % 2**16 * 0x0001_0001, (SCALE * value - x) % 2**16 * 0x0001_0001


def emit_last_quad(asm: Assembler, source: Register, quad: Register, rest: Register, count: int) -> None:
    """Load the last `count` activations, 1 to 3, into the lower bytes of `quad`, and move `source` behind them."""
    if count == 1:
        asm("ldrb", quad, asm.after(source, 1))
        return
    asm("ldrh", quad, asm.after(source, 2))
    if count == QUAD - 1:
        asm("ldrb", rest, asm.after(source, 1))
        asm("orr", quad, quad, rest, "lsl #16")


def emit_products(
    asm: Assembler,
    weights: Register,
    activations: Sequence[tuple[Register, Register]],
    sums: Sequence[Register],
) -> None:
    """Add the products of one word of weights and the (x, z) of each pixel to its sum. Weights are lost."""
    for (x, _), value in zip(activations, sums, strict=True):
        asm("smlad", value, weights, x, value)
    asm("sxtb16", weights, weights)
    for (_, z), value in zip(activations, sums, strict=True):
        asm("smlad", value, weights, z, value)
