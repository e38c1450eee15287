"""Layers that are a matrix of int8 weights times rows of activations, ready for raw pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.raw_pairs import SCALE, RawPairs, raw_pairs
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums

ARGUMENTS = ("const int8_t *input", "const int32_t *weights", "int8_t *output", "void *scratch")


@dataclass(frozen=True)
class Product:
    """Weights, start values and requantization of each output channel."""

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
        return ConstantData("weights", "int32_t", data, comment)


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
    numbers = [0] * channels if bias is None else np.frombuffer(bias.data or b"", "<i4").tolist()
    fields = operator.parameters(view)
    pairs = raw_pairs(matrix, numbers, -_number(fields, "input_offset"))
    if isinstance(pairs, str):
        return pairs
    requantization = prove(_sums(pairs, fields), _output(fields))
    if isinstance(requantization, str):
        return requantization
    return Product(channels, matrix.shape[1], pairs, requantization)


def _sums(pairs: RawPairs, fields: CStruct) -> list[Sums]:
    multipliers, shifts = _numbers(fields, "multiplier"), _numbers(fields, "shift")
    if len(multipliers) == 1:
        multipliers, shifts = multipliers * len(pairs.low), shifts * len(pairs.low)
    rows = zip(multipliers, shifts, pairs.low.tolist(), pairs.high.tolist(), strict=True)
    return [Sums(FixedPoint(multiplier, shift), low, high, SCALE) for multiplier, shift, low, high in rows]


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
