"""Sums of two quantized values in C, as two products of 32 bits and a shift, proven on all pairs of values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from _bytes import Limits
from _c_function import CFunction
from _pairs import Pairs
from _pairs_in_c import pair_function_in_c
from _scaled_sum import BYTES, Levels, SumLayer

from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX
from scons_tinyml.stages.lowering.thumb.sums import INT8_MIN

_SHIFTS = (22, 21, 20, 19, 18)
"""Bits of fraction that are tried."""
_FURTHEST = 2
"""Distance from the nearest factors that is tried."""


@dataclass(frozen=True)
class FactoredSum:
    """y = (a * first + b * second + offset) >> shift, before it is limited."""

    first: int
    second: int
    offset: int
    shift: int

    @classmethod
    def of(cls, layer: SumLayer) -> FactoredSum | None:
        """Return factors that give TensorFlow Lite Micro's byte for all pairs of values, or None."""
        levels = Levels.of(layer.outputs())
        for shift in _SHIFTS:
            ideal = [round(layer.ideal(position) * 2.0**shift) for position in (0, 1)]
            if (sum(ideal) + 2 * _FURTHEST) * -INT8_MIN > INT32_MAX:
                continue
            for step_1, step_2 in _steps():
                first, second = ideal[0] + step_1, layer.sign * (ideal[1] + step_2)
                offset = levels.offset(BYTES[:, None] * first + BYTES[None, :] * second, shift)
                if offset is not None:
                    return cls(first, second, offset, shift)
        return None

    @property
    def factors(self) -> tuple[int, ...]:
        """The content of the array `factors`. As constants of the code they would become shifts and sums on Armv6-M."""
        return self.first, self.second, self.offset

    def function(self, pairs: Pairs, limits: Limits) -> CFunction:
        """Return the function for inputs that meet as `pairs`."""
        begin = ["const int32_t factor_1 = factors[0], factor_2 = factors[1], offset = factors[2];"]
        value = [f"const int32_t value = (byte_1 * factor_1 + byte_2 * factor_2 + offset) >> {self.shift};"]
        description = "Scaled sums, proven on all pairs of values"
        return pair_function_in_c("sums", description, pairs, limits, value, "factors", begin)


def _steps() -> Iterator[tuple[int, int]]:
    """Yield steps from the nearest factors, the smallest first."""
    near = range(-_FURTHEST, _FURTHEST + 1)
    yield from sorted(((one, other) for one in near for other in near), key=lambda pair: max(map(abs, pair)))
