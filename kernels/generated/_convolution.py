"""Shapes of a convolution of one image, and of the tiles of output rows that it is computed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Convolution:
    """A convolution. Padding has the value `zero_point`."""

    height: int
    width: int
    depth: int
    """Channels of the input."""
    rows: int
    """Rows of the output."""
    columns: int
    channels: int
    """Channels of the output."""
    filter_rows: int
    filter_columns: int
    stride_rows: int
    stride_columns: int
    dilation_rows: int
    dilation_columns: int
    top: int
    """Rows of padding above the image."""
    left: int
    groups: int
    """Groups of channels: each group of outputs reads its group of inputs."""
    zero_point: int

    @classmethod
    def of(cls, attributes: Mapping[str, int], zero_point: int) -> Convolution:
        """Return the convolution with the attributes of a CONV_2D layer."""
        return cls(
            attributes["input_height"],
            attributes["input_width"],
            attributes["input_channels"],
            attributes["output_height"],
            attributes["output_width"],
            attributes["output_channels"],
            attributes["filter_height"],
            attributes["filter_width"],
            attributes["stride_height"],
            attributes["stride_width"],
            attributes["dilation_height"],
            attributes["dilation_width"],
            attributes["padding_top"],
            attributes["padding_left"],
            attributes["groups"],
            zero_point,
        )

    @classmethod
    def of_rows(cls, rows: int, depth: int, channels: int, zero_point: int) -> Convolution:
        """Return the product of `rows` rows of `depth` values, as that of the pixels of an image."""
        return cls(1, rows, depth, 1, rows, channels, 1, 1, 1, 1, 1, 1, 0, 0, 1, zero_point)

    @property
    def filter_depth(self) -> int:
        """Channels of the input that an output reads."""
        return self.depth // self.groups

    @property
    def row_bytes(self) -> int:
        """Bytes of a row of the input."""
        return self.width * self.depth

    @property
    def padded_columns(self) -> int:
        """Columns that the filter reads: padding, columns of the image, padding."""
        return (
            (self.columns - 1) * self.stride_columns + (self.filter_columns - 1) * self.dilation_columns + 1
        )

    @property
    def left_columns(self) -> int:
        """Columns of padding that the filter reads before the image."""
        return min(self.left, self.padded_columns)

    @property
    def inner_columns(self) -> int:
        """Columns of the image that the filter reads; it may leave out the last ones."""
        return min(self.width, self.padded_columns - self.left_columns)

    @property
    def right_columns(self) -> int:
        """Columns of padding that the filter reads behind the image."""
        return self.padded_columns - self.left_columns - self.inner_columns

    @property
    def pads_rows(self) -> bool:
        """True when the filter reads rows above or below the image."""
        return self.top > 0 or self.padded_rows(self.rows) - self.top > self.height

    @property
    def pads_columns(self) -> bool:
        """True when the filter reads columns beside the image."""
        return self.inner_columns < self.padded_columns

    def padded_rows(self, rows: int) -> int:
        """Return how many rows of the padded image `rows` output rows read."""
        return (rows - 1) * self.stride_rows + (self.filter_rows - 1) * self.dilation_rows + 1

    @property
    def row_places(self) -> list[int]:
        """Bytes from the first activation of a row of the filter to each of its activations."""
        step = self.dilation_columns * self.depth
        return [
            step * column + channel for column in range(self.filter_columns) for channel in range(self.depth)
        ]

    @property
    def zero_point_bytes(self) -> int:
        """A word of four zero points."""
        return self.zero_point % 2**8 * 0x0101_0101

    @property
    def activation_bytes(self) -> int:
        """Bytes of input and output."""
        return self.height * self.row_bytes + self.rows * self.columns * self.channels


@dataclass(frozen=True)
class Tiling:
    """Output rows that are computed at a time; the last tile may begin with rows of the one before."""

    rows: int
    """Rows of a tile."""
    tiles: int
    overlap: int
    """Rows that the last tile has in common with the one before."""

    @classmethod
    def of(cls, rows: int, rows_of_a_tile: int) -> Tiling:
        """Return how `rows` output rows are parted."""
        tiles = -(-rows // rows_of_a_tile)
        return cls(rows_of_a_tile, tiles, tiles * rows_of_a_tile - rows)


def is_one_product(made: Convolution) -> bool:
    """Return whether there is one pixel, whose filter covers the image exactly."""
    is_whole = (made.filter_rows, made.filter_columns) == (made.height, made.width)
    is_inside = not (made.pads_rows or made.pads_columns)
    return (made.rows, made.columns, made.groups) == (1, 1, 1) and is_whole and is_inside
