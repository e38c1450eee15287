"""Scales and zero points for kernels: integers in fixed point.

The arithmetic is that of the TensorFlow Lite quantization specification. A real factor becomes a multiplier
in Q0.31 and a shift, computed in double precision from scales that are float32 in the file. TensorFlow Lite
Micro does so throughout. LiteRT rounds some quotients to float32, which matters for layers with LiteRT as
oracle.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import copysign, floor, frexp, inf, isfinite

from scons_tinyml.stages.graph.ir import Quantization, Tensor

INT8_MIN = -128
INT8_MAX = 127
INT16_MIN = -(2**15)
INT16_MAX = 2**15 - 1
ZERO_POINTS = {"int8": (INT8_MIN, INT8_MAX), "uint8": (0, 255), "int16": (INT16_MIN, INT16_MAX)}
"""Types of quantized activations with their ranges, which are also the ranges of zero points."""

_RANGES = {**ZERO_POINTS, "int32": (-(2**31), 2**31 - 1)}

_SMALLEST_SHIFT = -31
"""Smallest shift. A factor below 2**-31 turns every 32-bit sum into 0; a multiplier of 0 then replaces it."""


@dataclass(frozen=True)
class FixedPoint:
    """multiplier * 2**(shift - 31), with the multiplier in [2**30, 2**31) or 0."""

    multiplier: int
    shift: int


def quantize_multiplier(real: float) -> FixedPoint:
    """Return the fixed-point number nearest to `real` >= 0, halves rounded away from zero."""
    if real == 0:
        return FixedPoint(0, 0)
    fraction, shift = frexp(real)
    multiplier = round_half_away(fraction * 2**31)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    return FixedPoint(0, 0) if shift < _SMALLEST_SHIFT else FixedPoint(multiplier, shift)


MOST_LEFT_SHIFTS = {"int8": 22, "int16": 15}
"""Largest left shift that fits 32 bits: of differences of int8 values, which take 9 bits, and of int16 values."""


def check_shift(factor: float, role: str, most: int = MOST_LEFT_SHIFTS["int8"]) -> list[str]:
    """Return a problem when `factor`, from input to output scale, needs a left shift above `most` bits."""
    if factor < 2.0**most:
        return []
    return [f"{role} is too small: one step of the input is {factor:.3g} steps of the output"]


def hardly_varies(tensor: Tensor) -> str:
    """Return the problem text for the input `tensor`, whose scale is too small: its values hardly vary."""
    return f"input scale {scale(tensor)!r} is too small: the input hardly varies, as in networks that are not trained"


def round_half_away(real: float) -> int:
    """Return the integer nearest to `real`, halves away from zero as in C; round() makes them even."""
    return int(copysign(floor(abs(real) + 0.5), real))


def round_to_float32(real: float) -> float:
    """Return the float32 nearest to `real`, infinite when it is too large, as TensorFlow Lite computes."""
    try:
        (rounded,) = struct.unpack("<f", struct.pack("<f", real))
    except OverflowError:
        return copysign(inf, real)
    return float(rounded)


def input_radius(integer_bits: int, left_shift: int) -> int:
    """Return the largest |difference| that fits 32 bits with `integer_bits`, after a left shift."""
    return floor(((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits) / 2.0**left_shift)


def quantization(tensor: Tensor) -> Quantization:
    """Return the quantization of a tensor that `check_quantization` accepts."""
    if tensor.quantization is None:
        raise LookupError(f"tensor {tensor.index} ({tensor.name}) is not quantized")
    return tensor.quantization


def scale(tensor: Tensor) -> float:
    """Return the scale of a tensor that is quantized as a whole."""
    return quantization(tensor).scales[0]


def zero_point(tensor: Tensor) -> int:
    """Return the zero point of a tensor that is quantized as a whole."""
    return quantization(tensor).zero_points[0]


def check_quantization(
    tensor: Tensor, role: str, types: Collection[str] = ("int8",), *, zero: bool = False
) -> list[str]:
    """Return problems with a tensor of one of `types`, which needs one scale and one zero point.

    Other types pass. `zero` allows a scale of 0.
    """
    if tensor.type not in types:
        return []
    if tensor.quantization is None or not tensor.quantization.scales:
        return [f"{role} is {tensor.type} but has no scale"]
    if tensor.quantization.per_channel:
        return [f"{role} has {len(tensor.quantization.scales)} scales, expected one for the whole tensor"]
    return check_values(tensor, role, zero=zero)


def check_scaled(tensor: Tensor, role: str, *, zero: bool = False) -> list[str]:
    """Return problems with int8 activations, or int16 ones, whose zero point must be 0.

    `zero` allows the scale 0 of a constant whose values are all 0.
    """
    problems = check_quantization(tensor, role, ("int8", "int16"), zero=zero)
    if problems or tensor.type != "int16" or zero_point(tensor) == 0:
        return problems
    return [f"{role} is int16 with the zero point {zero_point(tensor)}, expected 0"]


def _has_one_scale(tensor: Tensor) -> bool:
    found = tensor.quantization
    return (
        tensor.type in ZERO_POINTS and found is not None and len(found.scales) == len(found.zero_points) == 1
    )


def check_values(tensor: Tensor, role: str, *, zero: bool = False) -> list[str]:
    """Return problems with the scales and zero points of a quantized tensor. `zero` allows a scale of 0."""
    found = quantization(tensor)
    problems = []
    if any(not isfinite(value) or value < 0 or (value == 0 and not zero) for value in found.scales):
        problems.append(f"{role} has a scale that is not a positive number")
    if len(found.zero_points) != len(found.scales):
        problems.append(f"{role} has {len(found.scales)} scales but {len(found.zero_points)} zero points")
    low, high = _RANGES.get(tensor.type, ZERO_POINTS["int8"])
    if any(not low <= value <= high for value in found.zero_points):
        problems.append(f"{role} has a zero point outside of [{low}, {high}]")
    return problems


def check_alike(tensors: Mapping[str, Tensor]) -> list[str]:
    """Return a problem for each of `tensors`, given by role, with other quantization than the first one."""
    (role, first), *others = tensors.items()
    return [
        problem
        for other, tensor in others
        for problem in check_same_quantization(first, tensor, f"{role} and {other}")
    ]


def check_same_quantization(first: Tensor, second: Tensor, roles: str) -> list[str]:
    """Return a problem when two tensors whose integers are copied or compared are quantized differently."""
    if not (_has_one_scale(first) and _has_one_scale(second)):
        return []
    if scale(first) == scale(second) and zero_point(first) == zero_point(second):
        return []
    return [
        f"{roles} are quantized differently: scale {scale(first)!r} and {scale(second)!r}, "
        f"zero point {zero_point(first)} and {zero_point(second)}"
    ]
