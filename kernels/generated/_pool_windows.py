"""Windows over an image, four channels at a time: loops in C that any reduction of their pixels shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from _c_function import block, counted, indented

LANES = 4
"""Channels of a word."""
_UNROLLED = 9
"""Pixels of a window that are read without a loop."""
_TURN = 8
"""Pixels of a turn of a loop."""


@dataclass(frozen=True)
class Windows:
    """Geometry: lengths in pixels."""

    height: int
    width: int
    channels: int
    rows: int
    """Of a window."""
    columns: int
    output_height: int
    output_width: int
    stride_height: int = 1
    stride_width: int = 1
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Top, left, bottom, right."""

    @classmethod
    def of(cls, attributes: Mapping[str, int]) -> Windows:
        """Return the windows of a pooling layer."""
        return cls(
            attributes["input_height"],
            attributes["input_width"],
            attributes["channels"],
            attributes["filter_height"],
            attributes["filter_width"],
            attributes["output_height"],
            attributes["output_width"],
            attributes["stride_height"],
            attributes["stride_width"],
            (
                attributes["padding_top"],
                attributes["padding_left"],
                attributes["padding_bottom"],
                attributes["padding_right"],
            ),
        )

    @property
    def pixels(self) -> int:
        """Pixels of a window that lies inside of the image."""
        return self.rows * self.columns

    @property
    def is_padded(self) -> bool:
        """True where windows pass the border of the image."""
        return any(self.padding)

    @property
    def has_inner(self) -> bool:
        """True where some window lies inside of the image."""
        return self.rows <= self.height and self.columns <= self.width

    @property
    def is_aligned(self) -> bool:
        """True when each pixel begins at a word."""
        return self.channels % LANES == 0


class Reduction(ABC):
    """What becomes of the pixels of a window: lines of C with the names below.

    `word` is four channels of a pixel, `result` the place of what becomes of them, `rows` and `columns` the size of a
    window that is not whole.
    """

    @abstractmethod
    def begin(self) -> list[str]:
        """Return lines before the first pixel of a window."""

    @abstractmethod
    def take(self) -> list[str]:
        """Return lines that take `word`."""

    def end_of_run(self, pixels: str) -> list[str]:  # noqa: ARG002
        """Return lines behind a run of pixels: a row, or `most_in_run` of them."""
        return []

    @property
    def most_in_run(self) -> int | None:
        """Largest number of pixels until `end_of_run`; None for any number."""
        return None

    @abstractmethod
    def end(self, pixels: int | str) -> list[str]:
        """Return lines that write the `result` of a window with `pixels`: a number, or an expression."""


def windows_body(windows: Windows, reduction: Reduction) -> list[str]:
    """Return the lines of a function of `input` and `output` that reduces all windows."""
    text = _Text(windows, reduction)
    body = text.padded() if windows.is_padded else text.inner("window")
    columns = block(f"for (int32_t x = 0; x < {windows.output_width}; ++x)", [*text.place(), *body])
    return indented(block(f"for (int32_t y = 0; y < {windows.output_height}; ++y)", columns))


class _Text:
    """The pieces of the function."""

    def __init__(self, windows: Windows, reduction: Reduction) -> None:
        self._windows, self._reduction = windows, reduction

    def place(self) -> list[str]:
        """Return lines that find the window and the part of it inside of the image."""
        windows = self._windows
        if not windows.is_padded:
            pixel = f"y * {windows.stride_height * windows.width} + x * {windows.stride_width}"
            return [f"const int8_t *const window = input + ({pixel}) * {windows.channels};"]
        top, left, _, _ = windows.padding
        lines = []
        for axis, name, stride, before, length, size in (
            ("y", "row", windows.stride_height, top, windows.rows, windows.height),
            ("x", "column", windows.stride_width, left, windows.columns, windows.width),
        ):
            lines += [
                f"const int32_t {name}_begin = {axis} * {stride} - {before};",
                f"const int32_t {name}_end = {name}_begin + {length};",
                f"const int32_t first_{name} = {name}_begin < 0 ? 0 : {name}_begin;",
                f"const int32_t {name}s = ({name}_end > {size} ? {size} : {name}_end) - first_{name};",
            ]
        pixel = f"(first_row * {windows.width} + first_column) * {windows.channels}"
        return [*lines, f"const int8_t *const window = input + {pixel};"]

    def padded(self) -> list[str]:
        """Return lines for windows that may pass the border of the image."""
        windows = self._windows
        if not windows.has_inner:
            return self._border()
        whole = f"if (rows == {windows.rows} && columns == {windows.columns})"
        return [*block(whole, self.inner("window")), *block("else", self._border())]

    def inner(self, start: str) -> list[str]:
        """Return lines for a window inside of the image that begins at `start`."""
        windows = self._windows
        if windows.columns == windows.width:
            pixels = self._runs(windows.pixels)
        elif windows.pixels <= _UNROLLED:
            places = (
                row * windows.width + at for row in range(windows.rows) for at in range(windows.columns)
            )
            pixels = [line for place in places for line in self._pixel(place)]
        else:
            step = f"values += {(windows.width - windows.columns) * windows.channels};"
            pixels = counted("row", windows.rows, [*self._runs(windows.columns), step])
        if not self._has_runs:
            pixels += self._reduction.end_of_run(str(windows.pixels))
        return self._channels(start, [*pixels, *self._reduction.end(windows.pixels)])

    def _border(self) -> list[str]:
        """Return lines for a window of any number of rows and columns."""
        windows, most = self._windows, self._reduction.most_in_run
        one = self._pixel(0, moves=True)
        end_of_row = self._reduction.end_of_run("columns") if self._has_runs else []
        if most is not None and min(windows.columns, windows.width) > most:
            one, end_of_row = [*one, *self._reduction.end_of_run("1")], []
        step = f"values += ({windows.width} - columns) * {windows.channels};"
        pixels = counted("row", "rows", [*counted("column", "columns", one), *end_of_row, step])
        if not self._has_runs:
            pixels += self._reduction.end_of_run("(rows * columns)")
        return self._channels("window", [*pixels, *self._reduction.end("(rows * columns)")])

    @property
    def _has_runs(self) -> bool:
        """True where a window has more pixels than a run."""
        most = self._reduction.most_in_run
        return most is not None and self._windows.pixels > most

    def _runs(self, pixels: int) -> list[str]:
        """Return lines for neighbouring pixels, with the end of each run where there are several."""
        most = self._reduction.most_in_run
        if most is None or not self._has_runs:
            return self._loop(pixels)
        whole, rest = divmod(pixels, most)
        lines = counted("run", whole, [*self._loop(most), *self._reduction.end_of_run(str(most))])
        return [*lines, *(self._loop(rest) + self._reduction.end_of_run(str(rest)) if rest else [])]

    def _loop(self, pixels: int) -> list[str]:
        """Return lines for neighbouring pixels, which move `values` behind them."""
        turns, rest = divmod(pixels, _TURN)
        return [*counted("turn", turns, self._some(_TURN)), *(self._some(rest) if rest else [])]

    def _some(self, count: int) -> list[str]:
        lines = [line for pixel in range(count) for line in self._pixel(pixel)]
        return [*lines, f"values += {count * self._windows.channels};"]

    def _pixel(self, pixel: int, *, moves: bool = False) -> list[str]:
        """Return lines that take a pixel at its distance in pixels from `values`."""
        place = f"values + {pixel * self._windows.channels}" if pixel else "values"
        source = f"__builtin_assume_aligned({place}, 4)" if self._windows.is_aligned else place
        step = [f"values += {self._windows.channels};"] if moves else []
        return [f"__builtin_memcpy(&word, {source}, 4);", *step, *self._reduction.take()]

    def _channels(self, start: str, lines: Sequence[str]) -> list[str]:
        """Return the loop over groups of four channels; the last group may overlap the one before."""
        channels = self._windows.channels
        body = [
            f"const int8_t *values = {start} + channel;",
            "int8_t *const result = output + channel;",
            "uint32_t word;",
            *self._reduction.begin(),
            *lines,
        ]
        if self._windows.is_aligned:
            loop = block(f"for (int32_t channel = 0; channel < {channels}; channel += {LANES})", body)
        else:
            last = channels - LANES
            place = f"const int32_t channel = next < {last} ? next : {last};"
            loop = block(f"for (int32_t next = 0; next < {channels}; next += {LANES})", [place, *body])
        return [*loop, f"output += {channels};"]
