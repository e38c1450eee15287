"""Sums of two quantized values for which no factors are proven: each value is looked up in a table of terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from _bytes import Limits
from _c_function import CFunction, requantized
from _pairs import Pairs
from _pairs_in_c import pair_function_in_c
from _scaled_sum import Levels, SumLayer, real
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX, INT32_MIN
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums

_BITS = (20, 18, 16)
"""Bits of fraction of terms that are tried."""
_BYTES = 256


@dataclass(frozen=True)
class SummedTables:
    """Terms of both values, and what becomes of their sum.

    Terms are in the scale of the output where that gives TensorFlow Lite Micro's byte for all pairs of values. If it
    does not, they are TensorFlow Lite Micro's own, whose sum is scaled as it does.
    """

    terms: tuple[int, ...]
    """Those of 0 to 127, then of -128 to -1, of the first input and then of the second."""
    finish: str
    """Expression with `sum`."""

    @classmethod
    def of(cls, layer: SumLayer) -> SummedTables:
        """Return the terms of a layer."""
        raw = layer.terms()
        levels = Levels.of(layer.outputs())
        for bits in _BITS:
            first, second = (np.rint(term * real(layer.output_factor) * 2.0**bits) for term in raw)
            offset = levels.offset((first[:, None] + second[None, :]).astype(np.int64), bits)
            if offset is not None and _fit((*(first + offset), *second)):
                return cls(_in_order(first + offset, second), f"sum >> {bits}")
        least, most = (int(end(raw[0]) + end(raw[1])) for end in (np.min, np.max))
        sums = Sums(layer.output_factor, least, most)
        return cls(_in_order(*raw), requantized("sum", sums, OutputRange(layer.output_zero_point)))

    def function(self, pairs: Pairs, limits: Limits) -> CFunction:
        """Return the function for inputs that meet as `pairs`."""
        terms = f"terms[(uint8_t)byte_1] + terms[{_BYTES} + (uint8_t)byte_2]"
        value = [f"const int32_t sum = {terms};", f"const int32_t value = {self.finish};"]
        return pair_function_in_c("sums", "Sums of terms of two values", pairs, limits, value, "terms")


def _in_order(first: NDArray[np.generic], second: NDArray[np.generic]) -> tuple[int, ...]:
    """Return the terms in the order of bytes without sign."""
    return tuple(int(term) for terms in (first, second) for term in np.roll(terms, _BYTES // 2))


def _fit(terms: Iterable[float]) -> bool:
    return all(INT32_MIN <= term <= INT32_MAX for term in terms)
