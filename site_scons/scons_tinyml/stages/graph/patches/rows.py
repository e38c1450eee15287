"""Rows of images that a layer reads for some rows of its output."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.stages.graph.families.windows.axis import WindowAxis
from scons_tinyml.stages.graph.ir import Tensor


@dataclass(frozen=True)
class Rows:
    """Rows of an image from `first` to the one before `end`."""

    first: int
    end: int

    @property
    def count(self) -> int:
        """Number of rows."""
        return self.end - self.first

    def with_others(self, other: Rows) -> Rows:
        """Return the rows from the first of both to the last of both."""
        return Rows(min(self.first, other.first), max(self.end, other.end))


@dataclass(frozen=True)
class RowsRead:
    """Rows of the input that are in the image, and rows of padding above and below them."""

    rows: Rows
    above: int
    below: int


def rows_read(window: WindowAxis, output: Rows) -> RowsRead:
    """Return what `window` reads for the rows `output`; no rows of the image where it lies in the padding."""
    first = output.first * window.stride - window.padding_before
    end = (output.end - 1) * window.stride - window.padding_before + window.extent
    inside = Rows(max(first, 0), min(end, window.input))
    return RowsRead(inside, max(0, -first), max(0, end - window.input))


def whole(tensor: Tensor) -> Rows:
    """Return all rows of the image `tensor`."""
    return Rows(0, tensor.shape[1])
