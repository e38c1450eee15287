"""The image of a layer in tiles of 4x4 outputs, and a schedule: tiles of a strip, blocks, places in scratch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from _winograd import FILTER, POSITIONS, TILE, WINDOW, WORD_BYTES, Filters

PRODUCTS = 8
"""Sums of a block, in registers: of two channels and four tiles, or of four channels and two tiles."""
RESULT_BYTES = WORD_BYTES * POSITIONS
"""Bytes of all positions of one tile and output channel."""
COLUMN_BYTES = WORD_BYTES * WINDOW
"""Bytes of a column of a window, for two channels."""
_ENTRY_BYTES = 2 * WORD_BYTES
_MOST_UNITS = 4


@dataclass(frozen=True)
class Image:
    """Sizes of a convolution of 3x3 without strides."""

    height: int
    width: int
    depth: int
    output_height: int
    output_width: int
    padding_top: int
    padding_left: int

    @classmethod
    def of(cls, attributes: Mapping[str, int]) -> Image:
        """Return the image of a CONV_2D layer."""
        names = ("input_height", "input_width", "input_channels", "output_height", "output_width")
        return cls(*(attributes[name] for name in (*names, "padding_top", "padding_left")))

    @property
    def columns(self) -> int:
        """Columns of the padded image."""
        return self.output_width + FILTER - 1

    @property
    def is_padded_above_or_below(self) -> bool:
        """True when windows have rows outside of the image."""
        return self.output_height + FILTER - 1 != self.height

    @property
    def is_padded_beside(self) -> bool:
        """True when windows have columns outside of the image."""
        return self.columns != self.width

    @property
    def row_bytes(self) -> int:
        """Bytes of a row of the padded image."""
        return self.columns * self.depth

    @property
    def tile_rows(self) -> int:
        """Rows of tiles; the last one overlaps the one before where 4 does not divide the height."""
        return -(-self.output_height // TILE)

    @property
    def tile_columns(self) -> int:
        """Tiles of a row; the last one overlaps the one before where 4 does not divide the width."""
        return -(-self.output_width // TILE)


class Source(Enum):
    """Memory that transformed weights are read from."""

    FLASH = "flash"
    COPIED = "copied"
    """Those of a group of channels are copied into scratch."""
    MADE = "made"
    """Those of a group are transformed into scratch from the int8 weights."""


@dataclass(frozen=True)
class Schedule:
    """Rows of tiles that are transformed at a time, a strip, and the source of weights."""

    image: Image
    filters: Filters
    rows: int
    source: Source

    @property
    def strips(self) -> int:
        """Strips of the image; the last one repeats the last row of tiles where rows are left."""
        return -(-self.image.tile_rows // self.rows)

    @property
    def tiles(self) -> int:
        """Tiles of a strip."""
        return self.rows * self.image.tile_columns

    @property
    def block_tiles(self) -> int:
        """Tiles of a block: four, or two where that leaves fewer places empty."""
        few = self.filters.channels < PRODUCTS // 2
        return 4 if few or -(-self.tiles // 4) * 2 == -(-self.tiles // 2) else 2

    @property
    def block_channels(self) -> int:
        """Output channels of a block, those of a group."""
        return PRODUCTS // self.block_tiles

    @property
    def blocks(self) -> int:
        """Blocks of a strip; the last one may have empty places."""
        return -(-self.tiles // self.block_tiles)

    @property
    def is_one_block(self) -> bool:
        """True when a strip is one block: units then have its tiles and other channels."""
        return self.blocks == 1

    @property
    def units(self) -> int:
        """Blocks that are multiplied before their outputs are computed, so that code stays in the cache for longer.

        They have the same channels and other tiles, or, where a strip is one block, the same tiles and other channels.
        """
        channels = self.filters.channels
        of_channels = -(-channels // self.block_channels) if self.source is Source.FLASH else 1
        count = of_channels if self.is_one_block else self.blocks
        most = min(_MOST_UNITS, max(1, self.results // (4 * PRODUCTS * RESULT_BYTES)))
        return next(units for units in range(most, 0, -1) if count % units == 0)

    @property
    def group_channels(self) -> int:
        """Output channels whose weights follow each other."""
        return self.block_channels * (self.units if self.is_one_block else 1)

    @property
    def groups(self) -> list[range]:
        """Channels of each group; the last one overlaps the one before where they are not divided."""
        channels, size = self.filters.channels, self.group_channels
        starts = [min(first, channels - size) for first in range(0, channels, size)]
        return [range(start, start + size) for start in starts]

    @property
    def position_bytes(self) -> int:
        """Bytes of one position of the transformed inputs of a block."""
        return WORD_BYTES * self.filters.pairs * self.block_tiles

    @property
    def block_bytes(self) -> int:
        """Bytes of the transformed inputs of a block."""
        return POSITIONS * self.position_bytes

    @property
    def weight_position_bytes(self) -> int:
        """Bytes of one position of the transformed weights of the channels of a block."""
        return WORD_BYTES * self.filters.pairs * self.block_channels

    @property
    def weight_bytes(self) -> int:
        """Bytes of the transformed weights of the channels of a block."""
        return POSITIONS * self.weight_position_bytes

    @property
    def stream_bytes(self) -> int:
        """Bytes that the stream has for a group before its starts and constants."""
        made = self.filters.weights[0].size * self.block_channels
        whole = self.weight_bytes * self.group_channels // self.block_channels
        return made if self.source is Source.MADE else whole

    # Places in scratch: offsets in bytes.

    @property
    def results(self) -> int:
        """[units][channels of a block][tiles of a block][36] words, behind the transformed inputs."""
        return self.blocks * self.block_bytes

    @property
    def columns(self) -> int:
        """[columns of the padded image][6] words: columns of windows that are transformed."""
        return self.results + self.units * PRODUCTS * RESULT_BYTES

    @property
    def entries(self) -> int:
        """[tiles] of the addresses of its first transformed input and its first column."""
        return self.columns + COLUMN_BYTES * self.image.columns

    @property
    def outputs(self) -> int:
        """[tiles] of the address of its first output, 0 for empty places."""
        return self.entries + _ENTRY_BYTES * self.blocks * self.block_tiles

    @property
    def weights(self) -> int:
        """Transformed weights of a group."""
        return self.outputs + WORD_BYTES * self.blocks * self.block_tiles

    @property
    def band(self) -> int:
        """[6][columns of the padded image][input channels] bytes: inputs of a row of tiles."""
        return self.weights + (0 if self.source is Source.FLASH else self.weight_bytes)

    @property
    def band_bytes(self) -> int:
        """Bytes of the band, whole words, and one for the last quad."""
        return (WINDOW * self.image.row_bytes + 2 * WORD_BYTES - 1) // WORD_BYTES * WORD_BYTES

    @property
    def scratch_bytes(self) -> int:
        """Bytes of all."""
        return self.band + self.band_bytes
