"""A convolution whose values are int16 when they are multiplied: some channels of two pixels at a time, in C."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from _c_function import block, c_function, indented
from _int16_layer import Int16Layer
from _int16_product import Product
from _int16_windows import copied, window_lines

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import (
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
)

_BYTES = 2


@dataclass(frozen=True, eq=False)
class Int16Convolution:
    """The function of a layer."""

    layer: Int16Layer
    dsp: bool

    @cached_property
    def product(self) -> Product:
        """Two pixels of a row at a time; one, where rows have one."""
        return Product(self.layer, min(2, self.columns), self.dsp)

    @property
    def is_a_row(self) -> bool:
        """Whether pixels of input and output are the same, so that they count as one row."""
        made = self.layer.made
        shapes = (made.filter_rows, made.filter_columns, made.stride_rows, made.stride_columns)
        return shapes == (1, 1, 1, 1) and (made.rows, made.columns) == (made.height, made.width)

    @property
    def copies(self) -> bool:
        """Whether windows are copied: those of int8, of several pixels, with padding, or that end within a turn."""
        made = self.layer.made
        inside = not made.pads_rows and not made.pads_columns
        return (
            (made.filter_rows, made.filter_columns) != (1, 1)
            or not inside
            or made.depth % self.product.packing.step > 0
            or self.layer.value_type != "int16_t"
        )

    @property
    def rows(self) -> int:
        """Rows of the output."""
        return 1 if self.is_a_row else self.layer.made.rows

    @property
    def columns(self) -> int:
        """Pixels of a row."""
        made = self.layer.made
        return made.rows * made.columns if self.is_a_row else made.columns

    @property
    def scratch_bytes(self) -> int:
        """Bytes of the windows."""
        return self.product.pixels * self.product.taps * _BYTES if self.copies else 0

    def implementation(self) -> Implementation:
        """Return the function with its arguments."""
        product, layer, made = self.product, self.layer, self.layer.made
        arguments = [
            f"const {layer.value_type} *input",
            f"const {product.packing.type} *weights",
            "const int32_t *all_constants",
            f"{layer.value_type} *output",
            *(["void *scratch"] if self.copies else []),
        ]
        title = f"{made.filter_rows}x{made.filter_columns} on {made.height}x{made.width}x{made.depth}"
        scratch = [Scratch()] if self.copies else []
        function = c_function(
            "convolution",
            f"{title} of {layer.value_type} to {made.rows}x{made.columns}x{made.channels}",
            arguments,
            indented(self._lines()),
            ("tinyml/int16_pairs.h", *self.layer.scaling.headers),
        )
        return Implementation(
            name="",
            function=function.name,
            code=function.code,
            arguments=(Input(0), product.weights(), layer.scaling.constants(), Output(0), *scratch),
            scratch_bytes=self.scratch_bytes,
        )

    def _lines(self) -> list[str]:
        pixels = self.product.pixels
        last = self.columns - pixels
        body = [
            f"const int32_t first = column < {last} ? column : {last};",
            *(self._copied() if self.copies else self._in_place()),
            f"{self.layer.value_type} *to_0 = output + first * {self.layer.made.channels};",
            *([f"{self.layer.value_type} *to_1 = to_0 + {self.layer.made.channels};"] if pixels > 1 else []),
            *self.product.lines(),
        ]
        row = [
            *block(f"for (int32_t column = 0; column < {self.columns}; column += {pixels})", body),
            f"output += {self.columns * self.layer.made.channels};",
        ]
        return block(f"for (int32_t row = 0; row < {self.rows}; ++row)", row)

    def _in_place(self) -> list[str]:
        """Return the lines that point to the pixels of the input."""
        made, kind = self.layer.made, self.product.packing.value_type
        step = made.depth * (1 if self.is_a_row else made.stride_columns)
        row = f"row * {made.stride_rows * made.width * made.depth} + " if self.rows > 1 else ""
        found = [f"const int16_t *values = input + {row}first * {step};"]
        return found + [
            f"const {kind} *window_{pixel} = (const {kind} *)(values + {pixel * step});"
            for pixel in range(self.product.pixels)
        ]

    def _copied(self) -> list[str]:
        """Return the lines that copy the windows, and point to them."""
        made, kind, taps = self.layer.made, self.product.packing.value_type, self.product.taps
        copy = [f"int16_t *window = (int16_t *)scratch + pixel * {taps};"]
        if self.is_a_row:
            source = f"input + (first + pixel) * {made.depth}"
            copy.append(copied(made, self.layer.value_type, source, made.depth))
        else:
            copy += [
                f"const int32_t top = row * {made.stride_rows} - {made.top};",
                f"const int32_t left = (first + pixel) * {made.stride_columns} - {made.left};",
                *window_lines(made, self.layer.value_type),
            ]
        return block(f"for (int32_t pixel = 0; pixel < {self.product.pixels}; ++pixel)", copy) + [
            f"const {kind} *window_{pixel} = (const {kind} *)((int16_t *)scratch + {pixel * taps});"
            for pixel in range(self.product.pixels)
        ]


class Int16Convolutions(Generator):
    """One function for each CONV_2D and FULLY_CONNECTED layer of a number type, without groups."""

    def __init__(self, number_type: str, layer_of: Callable[[LayerView], Int16Layer | str]) -> None:
        self._number_type = number_type
        self._layer_of = layer_of

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) not in ("CONV_2D", "FULLY_CONNECTED"):
            return
        if operator.number_type(view) != self._number_type:
            return
        layer = self._layer_of(view)
        if isinstance(layer, str):
            yield Refusal("", layer)
        elif layer.made.groups > 1:
            yield Refusal("", "is for filters without groups")
        else:
            yield Int16Convolution(layer, "dsp" in core.features).implementation()
