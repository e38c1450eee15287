"""Depthwise layers for Armv6-M: planes, channels and runs in C, and a block of assembly for the outputs of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from _c_function import CFunction, block, c_function, counted, indented
from _depthwise_walk import WORD_BYTES, WalkOfPlanes, keeps_shape, possible_planes, walks
from _explanation import explanation
from _narrow_direct import OWN_LOOP
from _narrow_runs import Runs
from _product import ARGUMENTS
from _weighted import WeightedLayer

from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
)
from scons_tinyml.stages.lowering.thumb.four_products import narrow_requantization

_OFFSET = 128
"""Values of a plane are a + 128."""
_EACH_BYTE = 0x0101_0101
_PREFIX = "depthwise"
_TYPES = {4: "uint32_t", 2: "uint16_t", 1: "uint8_t"}
"""Type of the values of as many channels."""


@dataclass(frozen=True)
class NarrowDepthwise:
    """A depthwise layer: its runs, and channels that are copied at a time."""

    layer: WeightedLayer
    inputs: int
    """Input channels."""
    runs: Runs
    walk: WalkOfPlanes

    @property
    def taps(self) -> int:
        """Weights of a filter."""
        return self.layer.depth

    @property
    def weight_words(self) -> int:
        """Words of the bytes of a filter."""
        return -(-self.taps // WORD_BYTES)

    @property
    def words(self) -> int:
        """Words of the copy of a filter, a word a weight."""
        return len(self.runs.requantization.constants[0]) + 1 + self.taps

    @property
    def scratch_bytes(self) -> int:
        """Bytes of the planes, and of that copy behind them."""
        return self.walk.planes_bytes + WORD_BYTES * self.words

    def stream(self) -> ConstantData:
        """Return what is read for each output channel: constants that are not low, start, weights, low constants."""
        layer, walk, made = self.layer, self.walk, self.runs.requantization
        weights = layer.weights * layer.live[:, None]
        offsets = (layer.input_zero_point + _OFFSET) * weights.sum(1, dtype=np.int64)
        starts = layer.live_bias + np.array(made.begins) - offsets
        if walk.down:
            filters = weights.reshape(len(weights), walk.along.filter, walk.across.filter)
            weights = filters.transpose(0, 2, 1).reshape(len(weights), -1)
        padded = np.pad(weights, ((0, 0), (0, WORD_BYTES * self.weight_words - self.taps)))
        packed = np.ascontiguousarray(padded.astype(np.int8)).view(np.int32)
        constants = np.array(made.constants, np.int64)
        low = made.low_constants
        words = np.hstack([constants[:, low:], starts[:, None], packed, constants[:, :low]])
        data = words.astype(np.uint32).astype("<u4").tobytes()
        comment = f"weights of {layer.channels} channels, with starts and factors"
        return ConstantData("weights", "int32_t", data, comment)

    def function(self) -> CFunction:
        """Return the function."""
        walk, layer = self.walk, self.layer
        title = (
            f"{layer.channels} filters of {walk.across.filter}x{walk.along.filter} on {self.inputs} channels, "
            f"{walk.across.output} runs of {walk.along.output} outputs {'down' if walk.down else 'along'} the image"
        )
        padding = (layer.input_zero_point + _OFFSET) * _EACH_BYTE
        body = [
            f"int32_t *const group = (int32_t *)((uint8_t *)scratch + {walk.planes_bytes});",
            "uint32_t *padding = scratch;",
            *counted("left", walk.planes_bytes // WORD_BYTES, [f"*padding++ = {padding}u;", OWN_LOOP]),
            *counted("channels", self.inputs // walk.planes, [*self._copy(), *self._planes()]),
        ]
        return c_function(_PREFIX, title, ARGUMENTS, indented(body))

    def _copy(self) -> Iterator[str]:
        """Copy the next channels into the planes."""
        walk = self.walk
        kind = _TYPES[walk.planes]
        offsets = f"0x{_OFFSET * _EACH_BYTE % 2 ** (8 * walk.planes):x}u"
        stores = [
            f"to[{place * walk.plane_bytes}] = (uint8_t)({f'values >> {8 * place}' if place else 'values'});"
            for place in range(walk.planes)
        ]
        values = [
            f"const uint32_t values = *(const {kind} *)(const void *)from ^ {offsets};",
            *stores,
            f"from += {walk.along.input_pitch_bytes};",
            "++to;",
        ]
        yield "const int8_t *from_row = input;"
        yield f"uint8_t *to_row = (uint8_t *)scratch + {walk.interior_bytes};"
        rows = [
            "const int8_t *from = from_row;",
            "uint8_t *to = to_row;",
            *counted("column", walk.along.copied, values),
            f"from_row += {walk.across.input_pitch_bytes};",
            f"to_row += {walk.pitch_bytes};",
        ]
        yield from block("", counted("row", walk.across.copied, rows))
        yield f"input += {walk.planes};"

    def _planes(self) -> Iterator[str]:
        """Compute all filters on the planes."""
        yield "const uint8_t *plane = scratch;"
        filters = counted("filters", self.layer.channels // self.inputs, list(self._filter()))
        yield from counted("planes", self.walk.planes, [*filters, f"plane += {self.walk.plane_bytes};"])

    def _filter(self) -> Iterator[str]:
        """Copy the weights of a filter as words, and compute its runs."""
        walk, above = self.walk, self.runs.above + 1
        low = self.runs.requantization.low_constants
        yield "int32_t *copy = group;"
        yield from counted("above", above, ["*copy++ = *weights++;", OWN_LOOP])
        yield "const int8_t *bytes = (const int8_t *)weights;"
        yield from counted("taps", self.taps, ["*copy++ = *bytes++;"])
        yield f"weights += {self.weight_words};"
        yield from counted("low", low, ["*copy++ = *weights++;", OWN_LOOP])
        yield "const uint8_t *place = plane;"
        yield "int8_t *outputs = output;"
        yield from counted(
            "run",
            walk.across.output,
            [
                *self.runs.block(("place", "group", "outputs"), _PREFIX).lines,
                f"place += {walk.across.stride * walk.pitch_bytes};",
                f"outputs += {walk.across.output_pitch_bytes};",
            ],
        )
        yield "++output;"


def narrow_depthwise(layer: WeightedLayer | str, attributes: Mapping[str, int]) -> Iterator[Lowered]:
    """Yield a function that copies four or two channels at a time, and one with the scratch of one; or a Refusal."""
    requantization = layer if isinstance(layer, str) else narrow_requantization(layer.sums(), layer.output)
    if isinstance(layer, str) or isinstance(requantization, str):
        yield Refusal("", str(requantization))
        return
    best = min(
        (Runs(walk, requantization) for walk in walks(attributes, WalkOfPlanes)), key=lambda runs: runs.cycles
    )
    for planes in dict.fromkeys((possible_planes(attributes, best.walk)[0], 1)):
        walk = replace(best.walk, planes=planes)
        assert isinstance(walk, WalkOfPlanes)
        work = NarrowDepthwise(layer, attributes["input_channels"], replace(best, walk=walk), walk)
        yield _implementation(work, in_place=keeps_shape(attributes))


def _implementation(work: NarrowDepthwise, *, in_place: bool) -> Implementation:
    """Return the implementation. In place, a channel is copied before the output of the same pixels lies over it."""
    function = work.function()
    return Implementation(
        name=f"streamed_{work.walk.planes}",
        function=function.name,
        code=function.code,
        arguments=(Input(0), work.stream(), Output(0), Scratch()),
        scratch_bytes=work.scratch_bytes,
        in_place=in_place,
        explanation=explanation(
            "channels are copied into planes of bytes with their padding; weights pass by for each block",
            work.layer,
            work.runs.requantization,
            None,
        ),
        reads_constants_once=True,
    )
