"""DEPTHWISE_CONV_2D with int16 activations and int8 weights, on any core, byte for byte the oracle's.

Two neighbouring pixels at a time, of two channels where the core has the DSP extension. Padding is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from _c_function import block, c_function, counted, indented
from _int16_layer import MOST_TAPS, Int16Layer, int16_layer

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
)

TAKES = ("DEPTHWISE_CONV_2D int16",)
_PAIR = 2
_PIXELS = 2
_MOST_UNROLLED = 8
"""Columns of a filter without a loop."""
_ADD = ("tinyml_add_low_product", "tinyml_add_high_product")


@dataclass(frozen=True, eq=False)
class Int16Depthwise:
    """The function of a layer."""

    layer: Int16Layer
    dsp: bool

    @property
    def lanes(self) -> int:
        """Channels at a time: two, where pixels are whole words."""
        return _PAIR if self.dsp and self.layer.made.depth % _PAIR == 0 else 1

    @property
    def value_type(self) -> str:
        """Type of the values of these channels in a pixel."""
        return "tinyml_int16_pair" if self.lanes > 1 else "int16_t"

    @property
    def weight_type(self) -> str:
        """Type of their weights for a tap."""
        return "int32_t" if self.lanes > 1 else "int8_t"

    @property
    def pixel_step(self) -> int:
        """Values of that type from a pixel to the next."""
        return self.layer.made.depth // self.lanes

    def implementation(self) -> Implementation:
        """Return the function with its arguments."""
        made, scaling = self.layer.made, self.layer.scaling
        arguments = [
            "const int16_t *input",
            f"const {self.weight_type} *weights",
            "const int32_t *constants",
            "int16_t *output",
        ]
        title = (
            f"Depthwise {made.filter_rows}x{made.filter_columns} on {made.height}x{made.width}x{made.depth}"
        )
        function = c_function(
            "depthwise",
            f"{title} of int16 to {made.rows}x{made.columns}",
            arguments,
            indented(self._lines()),
            ("tinyml/int16_pairs.h", *scaling.headers),
        )
        return Implementation(
            name="",
            function=function.name,
            code=function.code,
            arguments=(Input(0), self._weights(), scaling.constants(), Output(0)),
        )

    def _weights(self) -> ConstantData:
        """Return the weights of some channels tap by tap; two become a word of int16 values."""
        groups = self.layer.weights.reshape(-1, self.lanes, self.layer.taps).transpose(0, 2, 1)
        data = groups.astype(np.int8 if self.lanes == 1 else "<i2").tobytes()
        return ConstantData("weights", self.weight_type, data, f"weights of {self.lanes} channels at a time")

    def _lines(self) -> list[str]:
        made, lanes = self.layer.made, self.lanes
        row = [
            f"const int32_t top = row * {made.stride_rows} - {made.top};",
            "const int32_t begin = top < 0 ? -top : 0;",
            f"const int32_t end = top + {made.filter_rows} > {made.height} ? {made.height} - top : {made.filter_rows};",
            f"const {self.weight_type} *row_weights = weights + begin * {made.filter_columns};",
            f"const int16_t *row_values = input + (top + begin) * {made.width * made.depth};",
            "int32_t column = 0;",
            *block(f"while (column < {made.columns})", self._column()),
        ]
        group = [
            "int16_t *to = output;",
            *block(f"for (int32_t row = 0; row < {made.rows}; ++row)", row),
            f"input += {lanes};",
            f"output += {lanes};",
            f"weights += {self.layer.taps};",
            f"constants += {lanes * self.layer.scaling.words};",
        ]
        return counted("group", made.depth // lanes, group)

    def _column(self) -> list[str]:
        """Return the lines for the next outputs of a row: two where no filter reaches over an edge, else one."""
        made = self.layer.made
        reach = made.filter_columns + made.stride_columns * (_PIXELS - 1)
        return [
            f"const int32_t left = column * {made.stride_columns} - {made.left};",
            f"const int16_t *values = row_values + left * {made.depth};",
            f"const {self.weight_type} *filter = row_weights;",
            *block(
                f"if (left >= 0 && left + {reach} <= {made.width} && column + {_PIXELS} <= {made.columns})",
                self._pixels(_PIXELS, self._whole(_PIXELS)),
            ),
            *block("else", self._pixels(1, self._part())),
        ]

    def _pixels(self, pixels: int, row: list[str]) -> list[str]:
        """Return the lines of `pixels` outputs of each channel, with the lines `row` for a row of the filter."""
        made, scaling = self.layer.made, self.layer.scaling
        sums = [(lane, pixel) for pixel in range(pixels) for lane in range(self.lanes)]
        turn = [
            f"const {self.value_type} *pixel = (const {self.value_type} *)values;",
            *row,
            f"values += {made.width * made.depth};",
            f"filter += {made.filter_columns};",
        ]
        outputs = []
        for lane, pixel in sums:
            total = f"total_{lane}_{pixel}"
            outputs += [
                f"const {scaling.sum_type} {total} = {scaling.bias(lane)} + sum_{lane}_{pixel};",
                f"to[{pixel * made.depth + lane}] = {scaling.output(total, lane)};",
            ]
        return [
            *(f"int32_t sum_{lane}_{pixel} = 0;" for lane, pixel in sums),
            *block("for (int32_t tap_row = begin; tap_row < end; ++tap_row)", turn),
            *outputs,
            f"to += {pixels * made.depth};",
            f"column += {pixels};",
        ]

    def _whole(self, pixels: int) -> list[str]:
        """Return the products of all columns of the filter; pixels that several outputs read are read once."""
        made = self.layer.made
        if made.filter_columns > _MOST_UNROLLED:
            return block(
                f"for (int32_t tap = 0; tap < {made.filter_columns}; ++tap)",
                [
                    "const int32_t weight = filter[tap];",
                    *self._products(
                        "weight",
                        [self._at(f"tap + {pixel * made.stride_columns}") for pixel in range(pixels)],
                    ),
                ],
            )
        lines, read = [], set[int]()
        for tap in range(made.filter_columns):
            lines.append(f"const int32_t weight_{tap} = filter[{tap}];")
            places = [tap + pixel * made.stride_columns for pixel in range(pixels)]
            lines += [
                f"const int32_t value_{place} = {self._at(str(place))};"
                for place in places
                if place not in read
            ]
            read.update(places)
            lines += self._products(f"weight_{tap}", [f"value_{place}" for place in places])
        return lines

    def _part(self) -> list[str]:
        """Return the products of the columns of the filter that lie in the image."""
        width, columns = self.layer.made.width, self.layer.made.filter_columns
        return [
            "const int32_t first = left < 0 ? -left : 0;",
            f"const int32_t last = left + {columns} > {width} ? {width} - left : {columns};",
            *block(
                "for (int32_t tap = first; tap < last; ++tap)",
                ["const int32_t weight = filter[tap];", *self._products("weight", [self._at("tap")])],
            ),
        ]

    def _at(self, place: str) -> str:
        """Return the value of the pixel `place`."""
        return f"(int32_t)pixel[({place}) * {self.pixel_step}]"

    def _products(self, weight: str, values: list[str]) -> list[str]:
        """Return the products of a weight with the value of each pixel."""
        if self.lanes == 1:
            return [f"sum_0_{pixel} += {weight} * {value};" for pixel, value in enumerate(values)]
        return [
            f"sum_{lane}_{pixel} = {_ADD[lane]}({weight}, {value}, sum_{lane}_{pixel});"
            for pixel, value in enumerate(values)
            for lane in range(self.lanes)
        ]


def _objection(view: LayerView, layer: Int16Layer) -> str | None:
    made = layer.made
    if known_operator(view).attributes(view)["depth_multiplier"] > 1:
        return "is for one output of each channel"
    if (made.dilation_rows, made.dilation_columns) != (1, 1):
        return "is for filters without dilation"
    if layer.taps > MOST_TAPS:
        return f"is for filters of at most {MOST_TAPS} taps"
    return None


class Int16DepthwiseConvolutions(Generator):
    """One function a layer."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for a DEPTHWISE_CONV_2D layer with int16 activations, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "DEPTHWISE_CONV_2D" or operator.number_type(view) != "int16":
            return
        layer = int16_layer(view)
        reason = layer if isinstance(layer, str) else _objection(view, layer)
        if isinstance(layer, str) or reason is not None:
            yield Refusal("", reason or "")
        else:
            yield Int16Depthwise(layer, "dsp" in core.features).implementation()


GENERATOR = Int16DepthwiseConvolutions()
