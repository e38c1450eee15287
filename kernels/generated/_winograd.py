"""Winograd's F(4x4, 3x3) in exact integers: 36 products for 16 outputs of a channel instead of 144.

A tile of 4x4 outputs needs a window d of 6x6 inputs. With a filter g of 3x3 taps

    A ((G g G') * (B d B')) A'  =  576 * (sums of the tile)

where * multiplies number by number and sums over input channels, and the matrices hold whole numbers: 24 times G, less
signs and a factor 2 that A has instead. Inputs are a + 128, 0 to 255, padding too, so that B d B' stays in -12,750 to
17,340; for weights of -128 to 127 G g G' stays within 18,432. So both fit 16 bits for every layer, and one SMLAD takes
two input channels. Sums wrap at 32 bits on their way, and are right in the end where 576 times the sum fits. Where it
does not, a product with the inverse of 9 modulo 2**32 leaves 64 times the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _signed import signed
from _weighted import WeightedLayer
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.sums import Sums, constant_output, is_within

WORD_BYTES = 4
FILTER = 3
TILE = 4
"""Rows and columns of outputs that are computed together."""
WINDOW = TILE + FILTER - 1
"""Rows and columns of inputs that they need."""
POSITIONS = WINDOW * WINDOW
"""Products of a tile, input channel and output channel."""
TAPS = FILTER * FILTER
QUAD = 4
"""Input channels that are transformed from one word; filters are filled up with zeros to a multiple."""
SCALE = 576
INVERSE_OF_9 = pow(9, -1, 2**32)
REDUCED_SCALE = SCALE // 9
INPUT_OFFSET = 128
"""Offset of inputs, with which they are 0 to 255."""

INPUT_MATRIX = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    np.int64,
)
WEIGHT_MATRIX = np.array([[6, 0, 0], [4, 4, 4], [4, -4, 4], [1, 2, 4], [1, -2, 4], [0, 0, 12]], np.int64)
OUTPUT_MATRIX = np.array(
    [[1, -1, -1, 1, 1, 0], [0, -1, 1, 2, -2, 0], [0, -1, -1, 4, 4, 0], [0, -1, 1, 8, -8, 2]], np.int64
)


@dataclass(frozen=True)
class Filters:
    """Weights, start values and requantization of each output channel. Those that never change have no weights."""

    weights: NDArray[np.int8]
    """[channels, 3, 3, input channels filled up to quads]."""
    starts: NDArray[np.int64]
    """[channels]: 576 times the bias and all that offsets add."""
    requantization: Requantization
    reduces: bool
    """True when sums are multiplied by the inverse of 9 first."""

    @property
    def channels(self) -> int:
        """Number of output channels."""
        return len(self.starts)

    @property
    def quads(self) -> int:
        """Words of input channels of a pixel."""
        return int(self.weights.shape[3]) // QUAD

    @property
    def pairs(self) -> int:
        """Words of two transformed inputs."""
        return 2 * self.quads

    @property
    def constants_of_a_channel(self) -> int:
        """Words that its requantization reads."""
        return len(self.requantization.constants[0])

    @property
    def tail_bytes(self) -> int:
        """Bytes of the start value and the constants of a channel."""
        return WORD_BYTES * (1 + self.constants_of_a_channel)

    @cached_property
    def _transformed(self) -> NDArray[np.int32]:
        """[36, pairs, channels]: words of two transformed weights, 1st and 3rd of a quad, then 2nd and 4th."""
        wide = transformed_weights(self.weights)
        lanes = wide.reshape(POSITIONS, self.channels, self.quads, 2, 2).swapaxes(3, 4)
        halves = lanes.astype(np.int16).view(np.uint16).astype(np.uint32)
        words = (halves[..., 0] | halves[..., 1] << 16).view(np.int32)
        return words.reshape(POSITIONS, self.channels, self.pairs).swapaxes(1, 2)

    def stream(self, groups: Sequence[range], at_once: int, *, made: bool, timed: bool) -> ConstantData:
        """Return what is read for each group of channels: weights, then starts and constants.

        Weights are transformed, [36, pairs, channels] for each `at_once` channels; where they are made at run time,
        they are bytes of w + 128, [channels, quads, 9, 4]. `timed` says that cycles depend on them.
        """
        parts = []
        for group in groups:
            rows = list(group)
            tails = [[int(self.starts[row]), *self.requantization.constants[row]] for row in rows]
            for first in range(0, len(rows), at_once):
                part = rows[first : first + at_once]
                parts.append(self._raw(part) if made else self._transformed[..., part].reshape(-1))
            parts.append(np.array(tails, np.int64).astype(np.uint32).view(np.int32).reshape(-1))
        comment = (
            f"{'' if made else 'transformed '}weights of {self.channels} channels, with starts and factors"
        )
        data = np.concatenate(parts).astype("<i4").tobytes()
        return ConstantData("weights", "int32_t", data, comment, timed=timed)

    def _raw(self, rows: list[int]) -> NDArray[np.int32]:
        values = (self.weights[rows].astype(np.int64) + INPUT_OFFSET).astype(np.uint8)
        quads = values.reshape(len(rows), TAPS, self.quads, QUAD).swapaxes(1, 2)
        return np.ascontiguousarray(quads).reshape(-1).view("<i4")


def transformed_weights(weights: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return G g G' of filters [channels, 3, 3, inputs] as [6, 6, channels, inputs]."""
    wide = weights.astype(np.int64)
    found: NDArray[np.int64] = np.einsum(
        "ia,oabc,jb->ijoc", WEIGHT_MATRIX, wide, WEIGHT_MATRIX, optimize=True
    )
    return found


def filters_of(layer: WeightedLayer, depth: int) -> Filters | str:
    """Return the filters of a layer with `depth` input channels, or the reason why they are not exact."""
    found = _requantization(layer)
    if isinstance(found, str):
        return found
    requantization, reduces = found
    live = layer.live
    taps = (layer.weights * live[:, None]).reshape(layer.channels, FILTER, FILTER, depth)
    sums = taps.astype(np.int64).sum((1, 2, 3))
    offset = layer.input_zero_point + INPUT_OFFSET
    starts = SCALE * (layer.bias.astype(np.int64) * live - offset * sums)
    padded = np.pad(taps, ((0, 0), (0, 0), (0, 0), (0, -depth % QUAD)))
    return Filters(padded, starts, requantization, reduces)


def _requantization(layer: WeightedLayer) -> tuple[Requantization, bool] | str:
    """Return a proven requantization, and whether sums are reduced to 64 times before."""
    whole = prove(layer.sums(SCALE), layer.output)
    if isinstance(whole, str):
        whole = signed(layer.sums(SCALE), layer.output) or whole
    if not isinstance(whole, str):
        return whole, False
    sums = layer.sums(REDUCED_SCALE)
    for channel, reached in enumerate(sums):
        if _is_too_large(reached, layer):
            return (
                f"sums of channel {channel} reach {reached.low} to {reached.high}, "
                f"{REDUCED_SCALE} times them fit 32 bits from -2^25 to 2^25 - 1"
            )
    reduced = prove(sums, layer.output)
    return reduced if isinstance(reduced, str) else (reduced, True)


def _is_too_large(sums: Sums, layer: WeightedLayer) -> bool:
    return not is_within(sums) and constant_output(sums, layer.output) is None
