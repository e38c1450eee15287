"""The values that the filter reads at a pixel, side by side in scratch, with zeros for padding, in C."""

from __future__ import annotations

from _c_function import block
from _convolution import Convolution

_PAIR = 2


def window_lines(made: Convolution, value_type: str) -> list[str]:
    """Return the lines that fill `window` for the pixel whose filter begins at row `top` and column `left`.

    Inputs are of `value_type`: int16_t, or int8_t, whose zero point is subtracted.
    """
    length = made.filter_columns * made.depth
    row = [
        f"const int32_t y = top + tap_row * {made.dilation_rows};",
        *block(
            f"if (y < 0 || y >= {made.height})",
            [f"tinyml_clear_int16(window, {length});", f"window += {length};", "continue;"],
        ),
        f"const {value_type} *row_values = input + y * {made.width * made.depth};",
    ]
    columns = _columns(made, value_type)
    if made.dilation_columns == 1 and made.filter_columns > 1:
        copy = copied(made, value_type, f"row_values + left * {made.depth}", length)
        inside = [copy, f"window += {length};", "continue;"]
        row += block(f"if (left >= 0 && left + {made.filter_columns} <= {made.width})", inside)
    return block(f"for (int32_t tap_row = 0; tap_row < {made.filter_rows}; ++tap_row)", [*row, *columns])


def _columns(made: Convolution, value_type: str) -> list[str]:
    """Return the lines for a row of the filter, column by column."""
    body = [
        f"const int32_t x = left + tap_column * {made.dilation_columns};",
        *block(f"if (x < 0 || x >= {made.width})", [f"tinyml_clear_int16(window, {made.depth});"]),
        *block("else", [copied(made, value_type, f"row_values + x * {made.depth}", made.depth)]),
        f"window += {made.depth};",
    ]
    return block(f"for (int32_t tap_column = 0; tap_column < {made.filter_columns}; ++tap_column)", body)


def copied(made: Convolution, value_type: str, source: str, length: int) -> str:
    """Return a copy of `length` values to `window`. Those of int16 with an even number of channels are whole words."""
    if value_type == "int8_t":
        return f"tinyml_widen_int8(window, {source}, {length}, {made.zero_point});"
    if made.depth % _PAIR:
        return f"tinyml_copy_int16(window, {source}, {length});"
    return f"tinyml_copy_int16_pairs(window, {source}, {length // _PAIR});"
