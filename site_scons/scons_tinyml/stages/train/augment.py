"""Random changes of images, so that a small network learns shapes instead of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scons_tinyml.records.model import Augmentation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]


def augment(images: FloatArray, how: Augmentation, random: np.random.Generator) -> FloatArray:
    """Return `images` (count, height, width, channels), each turned, scaled, moved, mirrored at random.

    Values between pixels are interpolated bilinearly; beyond the border its pixels are repeated.
    """
    rows, columns = _sources(images.shape[:3], how, random)
    return _interpolate(images, rows, columns)


def _sources(
    shape: tuple[int, ...], how: Augmentation, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return row and column in the image for every pixel of every result."""
    import numpy as np

    count, height, width = shape
    angle = np.radians(how.rotation_degrees * _uniform(random, count))
    scale = 1 + how.zoom * _uniform(random, count)
    mirror = np.where(random.random(count) < 0.5 * how.mirror, -1, 1).astype(np.float32).reshape(-1, 1, 1)
    down, right = (how.shift * side * _uniform(random, count) for side in (height, width))
    y = (np.arange(height, dtype=np.float32) - (height - 1) / 2)[:, np.newaxis]
    x = mirror * (np.arange(width, dtype=np.float32) - (width - 1) / 2)
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    rows = sine * x + cosine * y + down + np.float32((height - 1) / 2)
    columns = cosine * x - sine * y + right + np.float32((width - 1) / 2)
    return rows.clip(0, height - 1), columns.clip(0, width - 1)


def _uniform(random: np.random.Generator, count: int) -> FloatArray:
    """Return `count` values from -1 to 1, shaped to broadcast over whole images."""
    import numpy as np

    return random.uniform(-1, 1, (count, 1, 1)).astype(np.float32)


def _interpolate(images: FloatArray, rows: FloatArray, columns: FloatArray) -> FloatArray:
    import numpy as np

    count, height, width = images.shape[:3]
    top, left = rows.astype(np.intp), columns.astype(np.intp)
    below, beside = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down, right = (_fraction(values) for values in (rows, columns))
    pixels = images.reshape(count * height * width, -1)
    first = (np.arange(count) * height * width).reshape(-1, 1, 1)

    def at(row: npt.NDArray[np.intp], column: npt.NDArray[np.intp]) -> FloatArray:
        taken: FloatArray = pixels[first + row * width + column]
        return taken

    upper = at(top, left) + (at(top, beside) - at(top, left)) * right
    lower = at(below, left) + (at(below, beside) - at(below, left)) * right
    mixed: FloatArray = upper + (lower - upper) * down
    return mixed


def _fraction(values: FloatArray) -> FloatArray:
    """Return the fractional part of each value, with an axis for channels."""
    import numpy as np

    return np.fmod(values, np.float32(1))[..., np.newaxis]
