"""Base of SIGNAL_RFFT and SIGNAL_IRFFT: Fourier transforms of rows of real numbers, of powers of two.

The transform of n real numbers is that of n / 2 complex ones, and a step that separates them. Its stages have radix 4,
and the innermost one radix 2 where 4 does not divide the length. The factors of the stages are rounded to nearest in
fixed point. Each stage of a transform of integers divides by its radix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from math import cos, floor, pi, sin
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.quantization.scales import round_to_float32
from scons_tinyml.stages.graph.families.signal.base import Signal, rows
from scons_tinyml.stages.graph.ir import LayerView, Tensor

_SHORTEST, _LONGEST = 4, 2**15
_LARGEST = {"int16": 2**15 - 1, "int32": 2**31 - 1}
_C_TYPES = {"int16": "int16_t", "int32": "int32_t", "float32": "float"}
_NUMBERS = {"int16": 7, "int32": 2, "float32": 0}
"""Numbers of the types in the option T, those of the schema's TensorType."""


class Fourier(Signal):
    """A transform between `fft_length` values and fft_length / 2 + 1 complex ones, real and imaginary in turn."""

    types: ClassVar[tuple[NumberType, ...]] = ("int16", "int32", "float32")
    input_names = ("input",)
    inputs = ((None, -1),)
    outputs = (("output", None, -1),)
    inverse: ClassVar[bool]

    def _check_values(self, view: LayerView) -> list[str]:
        length, source = view.option_int("fft_length"), view.input(0)
        if not _SHORTEST <= length <= _LONGEST or length & (length - 1):
            return [f"fft_length is {length}, expected a power of two from {_SHORTEST} to {_LONGEST}"]
        if view.option_int("T") != _NUMBERS[source.type]:
            return [f"T is {view.option_int('T')}, for {source.type} expected {_NUMBERS[source.type]}"]
        return self._check_lengths(view, length)

    def _check_lengths(self, view: LayerView, length: int) -> list[str]:
        source, output = (length + 2, length) if self.inverse else (view.input(0).shape[-1], length + 2)
        if view.input(0).shape[-1] != source or source > length + 2 * self.inverse:
            return [f"input has rows of {view.input(0).shape[-1]} values, expected {_expected(self, length)}"]
        wanted = (*view.input(0).shape[:-1], output)
        found = view.output().shape
        return [] if found == wanted else [f"output has the shape {list(found)}, expected {list(wanted)}"]

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of rows, the values of an input row, and the length of the transform."""
        source: Tensor = view.input(0)
        return {
            "rows": rows(source),
            "input_size": source.shape[-1],
            "fft_length": view.option_int("fft_length"),
        }

    def macs(self, view: LayerView) -> int:
        """Every complex value is multiplied with a factor in each stage of radix 4, and once to be separated."""
        found = self.attributes(view)
        stages = found["fft_length"].bit_length() // 2
        return found["rows"] * 2 * found["fft_length"] * stages

    def _tables(self, view: LayerView) -> Mapping[str, CArray]:
        found = view.input(0).type
        factors, separating = _factors(view.option_int("fft_length"), found, self.inverse)
        return {
            "factors": CArray(_C_TYPES[found], factors),
            "separating": CArray(_C_TYPES[found], separating),
        }


def _expected(operator: Fourier, length: int) -> str:
    return str(length + 2) if operator.inverse else f"at most {length}"


@cache
def _factors(length: int, type_name: str, inverse: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the factors of all stages, exp(-2 pi i k / n) for n complex values, and those that separate."""
    half, sign = length // 2, 1 if inverse else -1
    stages = (sign * 2 * pi * k / half for k in range(half))
    separating = (sign * pi * ((k + 1) / half + 0.5) for k in range(half // 2))
    return tuple(_rounded(stages, type_name)), tuple(_rounded(separating, type_name))


def _rounded(phases: Iterator[float], type_name: str) -> Iterator[float]:
    for phase in phases:
        for value in (cos(phase), sin(phase)):
            if type_name == "float32":
                yield round_to_float32(value)
            else:
                yield floor(0.5 + _LARGEST[type_name] * value)
