"""Layers that are a matrix of int8 weights times rows of activations, ready for raw pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.raw_pairs import SCALE, RawPairs, raw_pairs, sums_within_reach
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, constant_output

ARGUMENTS = ("const int8_t *input", "const int32_t *weights", "int8_t *output", "void *scratch")
WORD_BYTES = 4


@dataclass(frozen=True)
class Geometry:
    """The pixels of an image that are read, `depth` values each."""

    rows: int
    columns: int
    stride_rows: int = 1
    stride_columns: int = 1
    width: int = 0
    """Pixels of a row of the image; matters for strides alone."""

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.rows * self.columns

    @property
    def pairs(self) -> int:
        """Pairs of pixels; the last one of an odd number overlaps the one before."""
        return (self.pixels + 1) // 2

    @property
    def is_dense(self) -> bool:
        """True when all pixels of the image are read, one after the other."""
        return (self.stride_rows, self.stride_columns) == (1, 1)


@dataclass(frozen=True)
class Product:
    """Weights, start values and requantization of each output channel. Those that never change have no weights."""

    channels: int
    depth: int
    """Weights of a channel."""
    pairs: RawPairs
    requantization: Requantization

    @property
    def quads(self) -> int:
        """Words of weights of a channel."""
        return self.pairs.quads

    @property
    def constants_of_a_channel(self) -> int:
        """Words that its requantization reads."""
        return len(self.requantization.constants[0])

    @property
    def bytes_of_a_channel(self) -> int:
        """Bytes of the stream that a channel takes."""
        return WORD_BYTES * (1 + self.quads + self.constants_of_a_channel)

    def stream(self, groups: Sequence[Sequence[int]]) -> ConstantData:
        """Return what is read for each group of channels, in that order: starts, weights by quad, constants."""
        parts = []
        for group in groups:
            rows = list(group)
            constants = [self.requantization.constants[channel] for channel in rows]
            parts += [
                self.pairs.starts[rows],
                self.pairs.words[rows].T.reshape(-1),
                np.array(constants, np.int64).astype(np.uint32).view(np.int32).reshape(-1),
            ]
        data = np.concatenate(parts).astype("<i4").tobytes()
        comment = f"raw pairs of {self.channels} channels of {self.depth}, with starts and factors"
        return ConstantData("weights", "int32_t", data, comment, timed=False)


def product_of(view: LayerView, core: Core) -> Product | str:
    """Return the product that the layer of `view` is, or the reason why it cannot be generated."""
    operator = known_operator(view)
    if operator.number_type(view) != "int8":
        return "is for int8 activations and weights"
    if "dsp" not in core.features:
        return "needs dsp, which the core does not have"
    weights, bias = view.input(1), view.optional_input(2)
    if not weights.is_constant or (bias is not None and not bias.is_constant):
        return "needs weights and bias that are constant"
    channels = weights.shape[0]
    matrix = np.frombuffer(weights.data or b"", np.int8).reshape(channels, -1)
    numbers = np.zeros(channels, np.int32) if bias is None else np.frombuffer(bias.data or b"", np.int32)
    fields = operator.parameters(view)
    zero_point, output = -_number(fields, "input_offset"), _output(fields)
    channel_sums = _sums(matrix, numbers, zero_point, fields)
    live = np.array([constant_output(sums, output) is None for sums in channel_sums])
    pairs = raw_pairs(matrix * live[:, None], numbers * live, zero_point)
    if isinstance(pairs, str):
        return pairs
    requantization = prove(channel_sums, output)
    if isinstance(requantization, str):
        return requantization
    return Product(channels, matrix.shape[1], pairs, requantization)


def _sums(matrix: NDArray[np.int8], bias: NDArray[np.int32], zero_point: int, fields: CStruct) -> list[Sums]:
    channels = len(bias)
    multipliers, shifts = _numbers(fields, "multiplier"), _numbers(fields, "shift")
    if len(multipliers) == 1:
        multipliers, shifts = multipliers * channels, shifts * channels
    low, high = sums_within_reach(matrix, bias, zero_point)
    rows = zip(multipliers, shifts, low.tolist(), high.tolist(), strict=True)
    return [
        Sums(FixedPoint(multiplier, shift), least, most, SCALE) for multiplier, shift, least, most in rows
    ]


def _output(fields: CStruct) -> OutputRange:
    return OutputRange(
        *(_number(fields, name) for name in ("output_offset", "activation_min", "activation_max"))
    )


def _number(fields: CStruct, name: str) -> int:
    value = fields.fields[name]
    assert isinstance(value, int)
    return value


def _numbers(fields: CStruct, name: str) -> list[int]:
    value = fields.fields[name]
    assert isinstance(value, CArray)
    return [int(item) for item in value.values]
