"""Recordings of sensors in `.csv` files: a row for each sample in time, a column for each sensor.

The first row may name the columns. All others are numbers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import read_file
from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten
from scons_tinyml.records.network_limits import RECORDING_BYTES
from scons_tinyml.stages.data.wanted import Wanted
from scons_tinyml.stages.data.windows import require_window, windows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

SUFFIXES = (".csv",)
KIND = "tables"
_LARGEST = 3.4028234e38
"""Largest float32."""


def read_recording(path: Path, wanted: Wanted) -> FloatArray:
    """Return the windows of the file `path`, of shape (windows, *wanted.shape). Raises InputError with the line."""
    import numpy as np

    rows: list[list[float]] = []
    for line, row in _rows(path):
        if not rows and line == 1 and not any(map(_is_number, row)):
            continue  # names of the columns
        if not rows:
            require_window(wanted, len(row), path)
        elif len(row) != len(rows[0]):
            problem = f"has {len(row)} columns, the rows above {len(rows[0])}"
            raise InputError(problem, where=f"{path}:{line}")
        rows.append([_number(text, path, line) for text in row])
    if not rows:
        raise InputError("has no rows of numbers", where=path)
    return windows(np.array(rows, np.float32), wanted, path)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, with their lines."""
    data = read_file(path, RECORDING_BYTES, InputError)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("is not text in UTF-8", where=f"{path}:{line}") from None
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"is no row of a table: {error}", where=f"{path}:{reader.line_num}") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, path: Path, line: int) -> float:
    value = float(text) if _is_number(text) else float("nan")
    if not isfinite(value) or abs(value) > _LARGEST:
        shown = shorten(repr(text), SHOWN_CHARACTERS)
        raise InputError(f"{shown} is not a finite number as float32", where=f"{path}:{line}")
    return value
