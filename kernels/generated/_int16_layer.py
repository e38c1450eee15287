"""Layers whose values are int16 when they are multiplied: their constants, and how a sum becomes an output.

Those are int16 activations with int8 weights, and int8 activations with int4 weights, without their zero point. Padding
adds nothing to a sum.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from _convolution import Convolution
from _weighted import constants_of, factors_of
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.literals import pack

MOST_TAPS = 256
"""Weights whose sum of products has 31 bits, whatever they and the inputs are."""
_MOST_INPUT = 2**15
_MOST_TAPS_OF_4_BITS = 2**15
"""Sums of 16 times such weights have 31 bits: 2^15 * 8 * 2^4 * 2^8."""
_ONE_WORD = 2**31


@dataclass(frozen=True, eq=False)
class Int16Layer:
    """Weights, bias and quantization of a layer whose output channels are sums of products."""

    made: Convolution
    weights: NDArray[np.int8]
    """[channels, weights of a channel in the order rows, columns, input channels]."""
    bias: NDArray[np.int64]
    """[channels], zeros for a layer without bias."""
    factors: tuple[FixedPoint, ...]
    """Of each channel."""
    is_wide: bool
    """Whether sums have 48 bits, and are rounded as those."""
    limits: tuple[int, int]
    """Least and largest output."""
    value_type: str = "int16_t"
    """Type of inputs and outputs."""
    weight_bits: int = 8
    output_zero_point: int = 0

    @property
    def taps(self) -> int:
        """Weights of a channel."""
        return int(self.weights.shape[1])

    @cached_property
    def is_deep(self) -> bool:
        """Whether some sum may need more than 32 bits."""
        reach = np.abs(self.weights.astype(np.int64)).sum(axis=1) * _MOST_INPUT + np.abs(self.bias)
        return bool(reach.max() >= _ONE_WORD)

    @cached_property
    def scaling(self) -> Scaling:
        """How sums become outputs."""
        if not self.is_wide:
            return Narrow(self)
        shifts = {15 - factor.shift for factor in self.factors}
        return Upper(self) if not self.is_deep and shifts <= set(_UPPER_SHIFTS) else Shifted(self)


class Scaling(ABC):
    """Constants of a channel, words of int32 that begin with its bias, and the output of a sum.

    In the expressions `constants` points to the words of the channel.
    """

    words = 3
    """Of a channel."""
    headers = ("tinyml/fixed_point.h",)

    def __init__(self, layer: Int16Layer) -> None:
        self._layer = layer
        self.sum_type = "int64_t" if layer.is_deep else "int32_t"

    def constants(self) -> ConstantData:
        """Return the words of all channels."""
        words = [word for channel in range(len(self._layer.bias)) for word in self._of(channel)]
        return ConstantData("constants", "int32_t", pack("int32_t", words), "bias, factors")

    def bias(self, channel: int) -> str:
        """Return the expression of the bias of a channel behind that of the pointer."""
        return f"constants[{channel * self.words}]"

    def output(self, total: str, channel: int) -> str:
        """Return the expression of the output of the sum `total`."""
        low, high = self._layer.limits
        return f"({self._layer.value_type})tinyml_clamp({self.scaled(total, channel)}, {low}, {high})"

    @abstractmethod
    def scaled(self, total: str, channel: int) -> str:
        """Return the expression of the output before it is limited."""

    @abstractmethod
    def _of(self, channel: int) -> tuple[int, ...]:
        """Return the words of a channel."""

    def _word(self, channel: int, number: int) -> str:
        return f"constants[{channel * self.words + number}]"


class Narrow(Scaling):
    """Sums of 32 bits, rounded as those of int8."""

    def scaled(self, total: str, channel: int) -> str:
        """Return a call of the definition."""
        value = f"tinyml_requantize({total}, {self._word(channel, 1)}, {self._word(channel, 2)})"
        return f"{value} + {self._layer.output_zero_point}"

    def _of(self, channel: int) -> tuple[int, ...]:
        factor = self._layer.factors[channel]
        return int(self._layer.bias[channel]), factor.multiplier, factor.shift


def cut(factor: FixedPoint) -> tuple[int, int]:
    """Return multiplier and shift to the right of a wide sum: the multiplier is cut to 15 bits."""
    multiplier = (factor.multiplier + 2**15) >> 16 if factor.multiplier < 0x7FFF_0000 else 0x7FFF
    return multiplier, 15 - factor.shift


_UPPER_SHIFTS = range(16, 33)
"""Shifts to the right that become 32 with a multiplier below 2^31."""


class Upper(Scaling):
    """Sums of 32 bits whose output is the upper word of a product: halves are added below it."""

    words = 2

    def scaled(self, total: str, channel: int) -> str:
        """Return the upper word."""
        return f"(int32_t)(((int64_t){total} * {self._word(channel, 1)} + {2**31}LL) >> 32)"

    def _of(self, channel: int) -> tuple[int, ...]:
        multiplier, right = cut(self._layer.factors[channel])
        return int(self._layer.bias[channel]), multiplier << (32 - right)


class Shifted(Scaling):
    """Sums of any width, by the definition. A deep sum has a bias of two words."""

    def __init__(self, layer: Int16Layer) -> None:
        super().__init__(layer)
        self.words = 4 if layer.is_deep else 3

    def bias(self, channel: int) -> str:
        """Return the bias, of two words for a deep sum."""
        low = super().bias(channel)
        if not self._layer.is_deep:
            return low
        return f"(int64_t)((uint64_t)(uint32_t){self._word(channel, 1)} << 32 | (uint32_t){low})"

    def scaled(self, total: str, channel: int) -> str:
        """Return a product that is shifted."""
        factor, right = (self._word(channel, self.words - number) for number in (2, 1))
        return f"(int32_t)(((int64_t){total} * {factor} + ((int64_t)1 << ({right} - 1))) >> {right})"

    def _of(self, channel: int) -> tuple[int, ...]:
        bias = int(self._layer.bias[channel])
        words = (_signed(bias), _signed(bias >> 32)) if self._layer.is_deep else (bias,)
        return (*words, *cut(self._layer.factors[channel]))


def _signed(value: int) -> int:
    """Return the lower word of `value` as an int32."""
    low = value % 2**32
    return low - 2**32 if low >= 2**31 else low


def int16_layer(view: LayerView) -> Int16Layer | str:
    """Return the CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED layer of `view`, or why none is generated."""
    bias = view.optional_input(2)
    found = constants_of(view, np.int8, np.int32 if bias is not None and bias.type == "int32" else np.int64)
    if isinstance(found, str):
        return found
    is_wide = bool(known_operator(view).attributes(view).get("wide_sums", 1))
    matrix, bias_values = found[0], found[1].astype(np.int64)
    factors = factors_of(known_operator(view).parameters(view), len(bias_values))
    layer = Int16Layer(_made(view, *found, 0), matrix, bias_values, factors, is_wide, _limits(view))
    if layer.is_deep and not layer.is_wide:
        return "is for sums that do not leave 32 bits, where the network asks for those"
    return layer


def int4_layer(view: LayerView) -> Int16Layer | str:
    """Return the CONV_2D or FULLY_CONNECTED layer of `view`, with int8 activations and int4 weights, or why not."""
    weights, bias = view.input(1), view.optional_input(2)
    if weights.data is None or (bias is not None and bias.data is None):
        return "needs weights and bias that are constant"
    packed = np.frombuffer(weights.data, np.int8)
    values = np.stack([(packed << 4).astype(np.int8) >> 4, packed >> 4], axis=1).reshape(-1)
    matrix = values[: weights.elements].reshape(weights.shape[0], -1)
    count = len(matrix)
    numbers = np.zeros(count, np.int64) if bias is None else np.frombuffer(bias.data or b"", np.int32)
    fields = known_operator(view).parameters(view)
    made = _made(view, matrix, numbers, -fields.number("input_offset"))
    layer = Int16Layer(
        made,
        matrix,
        numbers.astype(np.int64),
        factors_of(fields, count),
        False,
        _limits(view),
        "int8_t",
        weight_bits=4,
        output_zero_point=fields.number("output_offset"),
    )
    return f"is for at most {_MOST_TAPS_OF_4_BITS} taps" if layer.taps > _MOST_TAPS_OF_4_BITS else layer


def _made(view: LayerView, matrix: NDArray[Any], bias: NDArray[Any], zero_point: int) -> Convolution:
    operator = known_operator(view)
    attributes = operator.attributes(view)
    if operator.computation(view) == "FULLY_CONNECTED":
        return Convolution.of_rows(attributes["rows"], matrix.shape[1], len(bias), zero_point)
    return Convolution.of({"groups": 1} | dict(attributes), zero_point)


def _limits(view: LayerView) -> tuple[int, int]:
    fields = known_operator(view).parameters(view)
    return fields.number("activation_min"), fields.number("activation_max")
