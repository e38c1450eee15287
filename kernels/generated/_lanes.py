"""Sums and maxima of four channels in a word, with DSP instructions or, for sums, without."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from _bytes import Limits
from _c_function import block
from _pool_windows import LANES, Reduction

from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN

_EACH_BYTE = 0x0101_0101
MOST_PIXELS = 256
"""Pixels whose sums fit a lane of 16 bits: 256 times -128, or 255 without its sign."""
_BITS = 23
"""Of fraction: a mean of int8 values has 8, which fit a word with them."""
_MOST_FACTORS = 64
"""Pixels of the largest windows that have a table of factors for their parts inside of the image."""
_LANE_BITS = 14
"""Of fraction with SMLAW, which drops 16: the factor of one pixel is 2^30."""


class Sums(Reduction):
    """Sums of each channel, in lanes of 16 bits for a run of at most 256 pixels.

    Without DSP instructions lanes hold values plus 128, which fit them too.
    """

    def __init__(self, *, dsp: bool) -> None:
        self._dsp = dsp

    @property
    def most_in_run(self) -> int | None:
        """Return MOST_PIXELS."""
        return MOST_PIXELS

    def begin(self) -> list[str]:
        """Return the lanes and the sums, at zero."""
        return [
            "uint32_t even = 0, odd = 0;",
            f"int32_t {', '.join(f'sum_{lane} = 0' for lane in range(LANES))};",
        ]

    def take(self) -> list[str]:
        """Return two additions of two lanes each."""
        if self._dsp:
            return [
                '__asm("sxtab16 %0, %0, %1" : "+r"(even) : "r"(word));',
                '__asm("sxtab16 %0, %0, %1, ror #8" : "+r"(odd) : "r"(word));',
            ]
        return ["word ^= 0x80808080;", "even += word & 0x00ff00ff;", "odd += word >> 8 & 0x00ff00ff;"]

    def end_of_run(self, pixels: str) -> list[str]:
        """Return additions of the lanes to the sums."""
        lines = []
        for lane in range(LANES):
            word = ("even", "odd")[lane % 2]
            if self._dsp:
                value = f"(int32_t){word} >> 16" if lane > 1 else f"(int16_t){word}"
            else:
                half = f"{word} >> 16" if lane > 1 else f"{word} & 0xffff"
                value = f"(int32_t)({half}) - 128 * {pixels}"
            lines.append(f"sum_{lane} += {value};")
        return [*lines, "even = odd = 0;"]

    def end(self, pixels: int | str) -> list[str]:
        """Return lines that write what becomes of each sum."""
        lines = []
        for lane in range(LANES):
            name = f"sum_{lane}"
            lines += [*self.finish(name, pixels), f"result[{lane}] = (int8_t){name};"]
        return lines

    @abstractmethod
    def finish(self, name: str, pixels: int | str) -> list[str]:
        """Return lines that replace the sum called `name` of `pixels` by the output."""


class Means(Sums):
    """Mean of a window, halves away from zero.

    Windows inside of the image have `pixels`. Sums of a run are divided as they lie in lanes where there is SMLAW.
    """

    def __init__(self, limits: Limits, pixels: int, *, dsp: bool) -> None:
        super().__init__(dsp=dsp)
        self._limits = limits
        self._pixels = str(pixels)
        self._lane_factor = quotient_factor(pixels, _LANE_BITS, 16) if dsp else None
        counts = range(1, pixels + 1) if pixels <= _MOST_FACTORS else ()
        self._factors = [quotient_factor(count, _BITS) for count in counts]

    def end_of_run(self, pixels: str) -> list[str]:
        """Return additions of the lanes to the sums, unless they are divided there."""
        return [] if self._divides_lanes(pixels) else super().end_of_run(pixels)

    def end(self, pixels: int | str) -> list[str]:
        """Return lines that write the means, with a table of factors where the number of pixels varies."""
        if isinstance(pixels, int) or not self._has_table:
            return super().end(pixels)
        table = ", ".join(map(str, self._factors))
        return [
            f"static const int32_t factors[] = {{{table}}};",
            f"const int32_t factor = factors[{pixels} - 1];",
            *super().end(pixels),
        ]

    @property
    def _has_table(self) -> bool:
        return bool(self._factors) and None not in self._factors

    def finish(self, name: str, pixels: int | str) -> list[str]:
        """Return a multiplication for a proven number of pixels, a division for others."""
        factor: int | str | None = quotient_factor(pixels, _BITS) if isinstance(pixels, int) else None
        if isinstance(pixels, str) and self._has_table:
            factor = "factor"
        if self._divides_lanes(str(pixels)):
            lane = int(name[-1])
            lines = [_lane_product(name, lane, self._lane_factor or 0), f"{name} >>= {_LANE_BITS};"]
        elif factor is not None:
            lines = [f"{name} = ({name} * {factor} + {1 << _BITS - 1}) >> {_BITS};"]
        else:
            half = f"{pixels} / 2"
            lines = [f"{name} = ({name} > 0 ? {name} + {half} : {name} - {half}) / {pixels};"]
        return [*lines, *limited(name, self._limits)]

    def _divides_lanes(self, pixels: str) -> bool:
        return self._lane_factor is not None and pixels == self._pixels


def _lane_product(name: str, lane: int, factor: int) -> str:
    """Return a line that sets `name` to a lane times the factor, without 16 bits, and a half."""
    instruction = f"smlaw{'b' if lane < 2 else 't'} %0, %1, %2, %3"
    operands = f'"r"({factor}), "r"({("even", "odd")[lane % 2]}), "r"({1 << _LANE_BITS - 1})'
    return f'__asm("{instruction}" : "=r"({name}) : {operands});'


def quotient_factor(pixels: int, bits: int, dropped: int = 0) -> int | None:
    """Return M for which (sum * M >> dropped) + half >> bits is the rounded mean of any `pixels` int8 values.

    None if there is none, or if sums leave lanes, or products 32 bits.
    """
    factor = (1 << bits + dropped) // pixels + 1
    sums = np.arange(INT8_MIN * pixels, INT8_MAX * pixels + 1, dtype=np.int64)
    products = (sums * factor >> dropped) + (1 << bits - 1)
    if pixels > MOST_PIXELS or max(factor, -products.min(), products.max()) >= 2**31:
        return None
    magnitudes = (np.abs(sums) + pixels // 2) // pixels
    equal = (products >> bits == np.sign(sums) * magnitudes).all()
    return factor if equal else None


class Largest(Reduction):
    """Largest value of each channel, by SSUB8 and SEL."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def begin(self) -> list[str]:
        """Return the lower limit of each channel."""
        return [f"uint32_t best = {_each(self._limits.minimum)}, difference;"]

    def take(self) -> list[str]:
        """Return the choice of the larger value of each channel."""
        return [_chosen("word", least=True)]

    def end(self, pixels: int | str) -> list[str]:  # noqa: ARG002
        """Return the upper limit, and the store."""
        limit = []
        if self._limits.maximum < INT8_MAX:
            limit = [f"word = {_each(self._limits.maximum)};", _chosen("word", least=False)]
        return [*limit, "__builtin_memcpy(result, &best, 4);"]


class LargestWithoutDsp(Largest):
    """The same for values plus 128, which have no sign: one subtraction compares four. Pixels begin at words."""

    def begin(self) -> list[str]:
        """Return the lower limit of each channel."""
        return [f"uint32_t best = {_each(self._limits.minimum - INT8_MIN)};"]

    def take(self) -> list[str]:
        """Return the choice of the larger value of each channel."""
        return ["word ^= 0x80808080;", *_chosen_without_dsp("word", "best")]

    def end(self, pixels: int | str) -> list[str]:  # noqa: ARG002
        """Return the upper limit, and the store."""
        limit = []
        if self._limits.maximum < INT8_MAX:
            most = _each(self._limits.maximum - INT8_MIN)
            limit = [f"word = {most};", *_chosen_without_dsp("best", "word")]
        return [
            *limit,
            "best ^= 0x80808080;",
            "__builtin_memcpy(__builtin_assume_aligned(result, 4), &best, 4);",
        ]


def _chosen_without_dsp(first: str, second: str) -> list[str]:
    """Return lines that set those bytes of `best` to `word` whose `first` is at least as large as `second`.

    A subtraction compares the lower seven bits of each byte: the upper one is set before it, so that none borrows.
    """
    lower = f"({first} | 0x80808080) - ({second} & 0x7f7f7f7f)"
    more = f"({first} & ~{second}) | (~({first} ^ {second}) & lower)"
    return block(
        "",
        [
            f"const uint32_t lower = {lower};",
            f"const uint32_t is_more = ({more}) & 0x80808080;",
            "best ^= (word ^ best) & ((is_more << 1) - (is_more >> 7));",
        ],
    )


def _chosen(other: str, *, least: bool) -> str:
    """Return a line that makes `best` the larger or the smaller of its bytes and those of `other`."""
    operands = "%0, %2" if least else "%2, %0"
    text = f"ssub8 %1, {operands}\\n\\tsel %0, %0, %2"
    return f'__asm("{text}" : "+r"(best), "=&r"(difference) : "r"({other}) : "cc");'


def _each(value: int) -> str:
    return f"0x{value % 256 * _EACH_BYTE:08x}"


def limited(name: str, limits: Limits) -> list[str]:
    """Return lines that limit the variable `name`, where int8 values pass the limits."""
    lines = []
    if limits.minimum > INT8_MIN:
        lines.append(f"{name} = {name} < {limits.minimum} ? {limits.minimum} : {name};")
    if limits.maximum < INT8_MAX:
        lines.append(f"{name} = {name} > {limits.maximum} ? {limits.maximum} : {name};")
    return lines
