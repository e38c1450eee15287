"""Pictures of a data set in the shape of a smaller input.

They are scaled after they were split: so all sizes of a network are trained and tested on the same samples.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits

if TYPE_CHECKING:
    from scons_tinyml.stages.data.labelled import FloatArray

_LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in grey. Source: ITU-R BT.601, as Pillow has them."""


def scaled(splits: Splits, shape: tuple[int, ...], where: Path) -> Splits:
    """Return `splits` with pictures of `shape`: height, width, channels.

    Raises InputError, for the file `where`, if that is larger than the pictures, or has other channels than 1.
    """
    found = splits.test.values.shape[1:]
    fits = len(shape) == len(found) == 3 and all(new <= old for new, old in zip(shape, found, strict=True))
    if not fits or (shape[2] != found[2] and (shape[2], found[2]) != (1, len(_LUMA))):
        raise InputError(
            f"found {list(shape)}; pictures of {list(found)} can become smaller, and grey if they have 3 channels",
            where=where,
            key="input.shape",
        )

    def of(part: LabelledSamples) -> LabelledSamples:
        return replace(part, values=scale(part.values, (shape[0], shape[1], shape[2])))

    return replace(splits, train=of(splits.train), validation=of(splits.validation), test=of(splits.test))


def scale(pictures: FloatArray, shape: tuple[int, int, int]) -> FloatArray:
    """Return `pictures` (count, height, width, channels) in `shape`; each pixel is the mean of the area below it."""
    import numpy as np

    height, width, channels = shape
    if channels != pictures.shape[3]:
        pictures = (pictures @ np.array(_LUMA, np.float32))[..., np.newaxis]
    rows, columns = _shares(pictures.shape[1], height), _shares(pictures.shape[2], width)
    low = np.einsum("oh,nhwc->nowc", rows, pictures) if height != pictures.shape[1] else pictures
    narrow = np.einsum("pw,nowc->nopc", columns, low) if width != pictures.shape[2] else low
    return np.ascontiguousarray(narrow, np.float32)


def _shares(old: int, new: int) -> FloatArray:
    """Return the share of each of `old` pixels in each of `new` ones, of shape (new, old); rows add up to 1."""
    import numpy as np

    edges = np.arange(new + 1) * (old / new)
    starts, ends = edges[:-1, np.newaxis], edges[1:, np.newaxis]
    pixel = np.arange(old)
    overlap = np.minimum(ends, pixel + 1) - np.maximum(starts, pixel)
    shares: FloatArray = (overlap.clip(0) * (new / old)).astype(np.float32)
    return shares
