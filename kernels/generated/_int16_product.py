"""Products of windows of int16 values with the weights of some output channels at a time, in C."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _c_function import block, counted
from _int16_layer import MOST_TAPS, Int16Layer
from _int16_weights import Weights, weights_of

from scons_tinyml.stages.lowering.implementation import ConstantData

_CHANNELS_OF_A_PIXEL = 4


@dataclass(frozen=True, eq=False)
class Product:
    """Sums of `pixels` windows, whose values follow pointers `window_0`, `window_1`, by all channels."""

    layer: Int16Layer
    pixels: int
    dsp: bool

    @property
    def channels(self) -> int:
        """Channels at a time: four sums are held in registers."""
        return _CHANNELS_OF_A_PIXEL // self.pixels

    @cached_property
    def packing(self) -> Weights:
        """How weights lie in flash."""
        return weights_of(self.layer.weight_bits, dsp=self.dsp)

    @property
    def taps(self) -> int:
        """Weights of a channel, with zeros up to a whole turn."""
        step = self.packing.step
        return -(-self.layer.taps // step) * step

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Channels at a time, and how often; the last part has the rest."""
        whole, rest = divmod(len(self.layer.bias), self.channels)
        return [part for part in ((self.channels, whole), (rest, 1 if rest else 0)) if part[1]]

    def weights(self) -> ConstantData:
        """Return the weights: for each part, turn by turn, those of its channels."""
        count = len(self.layer.bias)
        padded = np.zeros((count, self.taps), np.int8)
        padded[:, : self.layer.taps] = self.layer.weights
        turns = self.packing.arranged(padded.reshape(count, -1, self.packing.step))
        found, first = [], 0
        for size, repeated in self.parts:
            for _ in range(repeated):
                found.append(turns[first : first + size].transpose(1, 0, 2).tobytes())
                first += size
        comment = f"weights of {count} channels, {self.channels} at a time"
        return ConstantData("weights", self.packing.type, b"".join(found), comment)

    def lines(self) -> list[str]:
        """Return the lines that compute all channels of the pixels, whose outputs follow `to_0`, `to_1`."""
        found = [
            f"const {self.packing.type} *filter = weights;",
            "const int32_t *constants = all_constants;",
        ]
        for size, count in self.parts:
            found += counted("group", count, self._group(size)) if count > 1 else block("", self._group(size))
        return found

    def _group(self, channels: int) -> list[str]:
        """Return the lines of `channels`, which move all pointers but those to the windows."""
        scaling, pixels = self.layer.scaling, range(self.pixels)
        sums = [(channel, pixel) for channel in range(channels) for pixel in pixels]
        lines = [f"const {self.packing.value_type} *from_{pixel} = window_{pixel};" for pixel in pixels]
        biases = [
            f"{scaling.sum_type} total_{channel}_{pixel} = {scaling.bias(channel)};"
            for channel, pixel in sums
        ]
        if self.layer.is_deep or self.packing.shift:
            lines += [*biases, *self._apart(channels)]
        else:
            lines += [*biases, *self._run(channels, self.taps, "total")]
        lines += [
            f"to_{pixel}[{channel}] = {scaling.output(f'total_{channel}_{pixel}', channel)};"
            for channel, pixel in sums
        ]
        lines += [f"to_{pixel} += {channels};" for pixel in pixels]
        return [*lines, f"constants += {channels * scaling.words};"]

    def _apart(self, channels: int) -> list[str]:
        """Return the products, in sums of 32 bits that are then added to the totals."""
        most = MOST_TAPS if self.layer.is_deep else self.taps
        whole, rest = divmod(self.taps, most)
        names = [f"{channel}_{pixel}" for channel in range(channels) for pixel in range(self.pixels)]
        shift = f" >> {self.packing.shift}" if self.packing.shift else ""

        def some(taps: int) -> list[str]:
            return [
                *(f"int32_t sum_{name} = 0;" for name in names),
                *self._run(channels, taps, "sum"),
                *(f"total_{name} += sum_{name}{shift};" for name in names),
            ]

        chunks = counted("chunk", whole, some(most)) if whole > 1 else block("", some(most)) * whole
        return chunks + (block("", some(rest)) if rest else [])

    def _run(self, channels: int, taps: int, name: str) -> list[str]:
        """Return the products of `taps`, added to the variables whose names begin with `name`."""
        turn = self.packing.lines(channels, self.pixels, name)
        step = self.packing.step
        return counted("turn", taps // step, turn) if taps > step else block("", turn)
