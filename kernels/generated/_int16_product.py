"""Products of windows of int16 values with the weights of some output channels at a time, in C."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _c_function import block, counted
from _int16_layer import MOST_TAPS, Int16Layer

from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.literals import pack

QUAD = 4
"""Weights in a word: their order is 0, 2, 1, 3, so that two instructions make pairs of neighbours of them."""
_ORDER = (0, 2, 1, 3)
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

    @property
    def step(self) -> int:
        """Taps of a turn of the innermost loop."""
        return QUAD if self.dsp else 1

    @property
    def taps(self) -> int:
        """Weights of a channel, with zeros up to a whole turn."""
        return -(-self.layer.taps // self.step) * self.step

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Channels at a time, and how often; the last part has the rest."""
        whole, rest = divmod(len(self.layer.bias), self.channels)
        return [part for part in ((self.channels, whole), (rest, 1 if rest else 0)) if part[1]]

    @property
    def value_type(self) -> str:
        """Type of the values behind the pointers to a window."""
        return "tinyml_int16_pair" if self.dsp else "int16_t"

    @property
    def weight_type(self) -> str:
        """Type of the array of weights."""
        return "int32_t" if self.dsp else "int8_t"

    def weights(self) -> ConstantData:
        """Return the weights: for each part, turn by turn, those of its channels."""
        count = len(self.layer.bias)
        padded = np.zeros((count, self.taps), np.int8)
        padded[:, : self.layer.taps] = self.layer.weights
        turns = padded.reshape(count, -1, self.step)
        if self.dsp:
            turns = turns[:, :, _ORDER]
        found, first = [], 0
        for size, repeated in self.parts:
            for _ in range(repeated):
                found.append(turns[first : first + size].transpose(1, 0, 2).tobytes())
                first += size
        comment = f"weights of {count} channels, {self.channels} at a time"
        return ConstantData("weights", self.weight_type, b"".join(found), comment)

    def constants(self) -> ConstantData:
        """Return bias and factors of the channels."""
        return ConstantData(
            "constants", "int32_t", pack("int32_t", self.layer.scaling.constants()), "bias, factors"
        )

    def lines(self) -> list[str]:
        """Return the lines that compute all channels of the pixels, whose outputs follow `to_0`, `to_1`."""
        found = [
            f"const {self.weight_type} *filter = weights;",
            "const int32_t *constants = all_constants;",
        ]
        for size, count in self.parts:
            found += counted("group", count, self._group(size)) if count > 1 else block("", self._group(size))
        return found

    def _group(self, channels: int) -> list[str]:
        """Return the lines of `channels`, which move all pointers but those to the windows."""
        scaling, pixels = self.layer.scaling, range(self.pixels)
        sums = [(channel, pixel) for channel in range(channels) for pixel in pixels]
        lines = [f"const {self.value_type} *from_{pixel} = window_{pixel};" for pixel in pixels]
        lines += [
            f"{scaling.sum_type} total_{channel}_{pixel} = {scaling.bias(channel)};"
            for channel, pixel in sums
        ]
        lines += self._deep(channels) if self.layer.is_deep else self._run(channels, self.taps, "total")
        lines += [
            f"to_{pixel}[{channel}] = {scaling.output(f'total_{channel}_{pixel}', channel)};"
            for channel, pixel in sums
        ]
        lines += [f"to_{pixel} += {channels};" for pixel in pixels]
        return [*lines, f"constants += {channels * scaling.words};"]

    def _deep(self, channels: int) -> list[str]:
        """Return the products, in sums of 32 bits that are added to those of 64 bits."""
        whole, rest = divmod(self.taps, MOST_TAPS)
        names = [f"{channel}_{pixel}" for channel in range(channels) for pixel in range(self.pixels)]

        def some(taps: int) -> list[str]:
            return [
                *(f"int32_t sum_{name} = 0;" for name in names),
                *self._run(channels, taps, "sum"),
                *(f"total_{name} += sum_{name};" for name in names),
            ]

        chunks = counted("chunk", whole, some(MOST_TAPS)) if whole > 1 else block("", some(MOST_TAPS)) * whole
        return chunks + (block("", some(rest)) if rest else [])

    def _run(self, channels: int, taps: int, name: str) -> list[str]:
        """Return the products of `taps`, added to the variables whose names begin with `name`."""
        turn = self._quad(channels, name) if self.dsp else self._tap(channels, name)
        return counted("turn", taps // self.step, turn) if taps > self.step else block("", turn)

    def _quad(self, channels: int, name: str) -> list[str]:
        pixels = range(self.pixels)
        lines = [f"const uint32_t first_{pixel} = from_{pixel}[0];" for pixel in pixels]
        lines += [f"const uint32_t second_{pixel} = from_{pixel}[1];" for pixel in pixels]
        for channel in range(channels):
            lines += [
                f"const uint32_t even_{channel} = tinyml_weights_0_2(filter[{channel}]);",
                f"const uint32_t odd_{channel} = tinyml_weights_1_3(filter[{channel}]);",
            ]
            for weights, half in (("even", "first"), ("odd", "second")):
                lines += [
                    f"{total} = tinyml_add_products({weights}_{channel}, {half}_{pixel}, {total});"
                    for pixel in pixels
                    for total in [f"{name}_{channel}_{pixel}"]
                ]
        return [*lines, *(f"from_{pixel} += 2;" for pixel in pixels), f"filter += {channels};"]

    def _tap(self, channels: int, name: str) -> list[str]:
        pixels = range(self.pixels)
        lines = [f"const int32_t value_{pixel} = *from_{pixel}++;" for pixel in pixels]
        for channel in range(channels):
            lines.append(f"const int32_t weight_{channel} = filter[{channel}];")
            lines += [f"{name}_{channel}_{pixel} += weight_{channel} * value_{pixel};" for pixel in pixels]
        return [*lines, f"filter += {channels};"]
