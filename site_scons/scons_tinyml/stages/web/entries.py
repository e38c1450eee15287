"""Ways in which values come into a network in a browser: a picture, a sound, readings, or test samples alone.

What a browser does to a picture or a sound is what the readers of data sets do: see `stages/data/readers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from scons_tinyml.records.model import Model
from scons_tinyml.stages.graph.ir import Graph

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

_CHANNELS = (1, 3)
"""Channels of pictures that are grey, or red, green and blue."""
_LEAST_SIDE = 8
"""Pixels of a side below which an input of three dimensions is no picture."""
_LONGEST_SIDES = 2
"""Longer side of a picture at most, in shorter ones, where nothing but its shape is known."""
_DRAWN_SIDE = 64
"""Pixels of a side up to which a picture is drawn by hand."""
_STEPS = 4
"""Steps of a window that moves by its length. What remembers earlier calls gets each value once."""
RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-128.0, 127.0))
"""Usual values of black and white."""


@dataclass(frozen=True)
class Picture:
    """The input is a picture of `height` x `width` pixels with `channels` values."""

    height: int
    width: int
    channels: int
    black: float
    """Value of the darkest pixel."""
    white: float
    is_known: bool
    """Whether the data set says so. Otherwise the range is the usual one around the values of the samples."""
    can_draw: bool
    background: int
    """Grey value of an empty drawing, 0 to 255: that at the borders of most samples."""
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True)
class Sound:
    """The input is a window of `samples` values of a sound, -1 to 1, at `rate_hz`."""

    samples: int
    rate_hz: int
    stride: int
    """Samples between the beginnings of windows while it listens."""
    kind: Literal["sound"] = "sound"


@dataclass(frozen=True)
class Readings:
    """The input is a window of `rows` readings of `columns` sensors."""

    rows: int
    columns: int
    stride: int
    """Rows between the beginnings of windows."""
    kind: Literal["readings"] = "readings"


@dataclass(frozen=True)
class SamplesAlone:
    """A browser cannot make the input: `reason` says why, as part of a sentence."""

    reason: str
    kind: Literal["samples"] = "samples"


Entry = Picture | Sound | Readings | SamplesAlone


def entry_of(graph: Graph, model: Model | None, samples: FloatArray) -> Entry:
    """Return how the input of `graph` is made; `samples`, of shape (samples, shape...), are values of its input."""
    if len(graph.inputs) != 1:
        return SamplesAlone(f"the network has {len(graph.inputs)} inputs")
    tensor = graph.tensors[graph.inputs[0]]
    dataset = model.dataset if model else None
    if dataset and dataset.sample_rate and dataset.window == tensor.elements:
        stride = tensor.elements if graph.has_state else -(-tensor.elements // _STEPS)
        return Sound(tensor.elements, dataset.sample_rate, stride)
    if dataset and dataset.window and not dataset.sample_rate and tensor.elements % dataset.window == 0:
        stride = dataset.window if graph.has_state else dataset.stride or dataset.window
        return Readings(dataset.window, tensor.elements // dataset.window, stride)
    shape = tensor.shape[1:]
    can_be = len(shape) == 3 and shape[2] in _CHANNELS and tensor.shape[0] == 1
    if can_be and (_has_pictures(model) or _looks_like_a_picture(*shape[:2])):
        return _picture(shape, model, samples)
    shown = " x ".join(map(str, shape)) or "one value"
    return SamplesAlone(f"its input, {shown}, is no picture, and no window that model.toml describes")


def _looks_like_a_picture(*sides: int) -> bool:
    """Return whether the two `sides` are those of a picture, and not of features of a sound: long ones are those."""
    short, long = sorted(sides)
    return short >= _LEAST_SIDE and long <= _LONGEST_SIDES * short


def _picture(shape: tuple[int, ...], model: Model | None, samples: FloatArray) -> Picture:
    height, width, channels = shape
    is_known = _has_pictures(model)
    black, white = (0.0, 1.0) if is_known else _range_of(samples)
    return Picture(
        height,
        width,
        channels,
        black,
        white,
        is_known,
        can_draw=channels == 1 and max(height, width) <= _DRAWN_SIDE,
        background=255 if _border(samples.reshape(-1, *shape)) > (black + white) / 2 else 0,
    )


def _has_pictures(model: Model | None) -> bool:
    """Return whether the samples are pictures, of files or of a shipped data set: their values are known then."""
    dataset = model.dataset if model else None
    if dataset is None or dataset.script is not None or dataset.window is not None:
        return False
    origins = (dataset.path, dataset.train, dataset.test)
    return dataset.name is not None or any(one and PurePosixPath(one).suffix != ".npz" for one in origins)


def _range_of(samples: FloatArray) -> tuple[float, float]:
    """Return the narrowest usual range that has all values of `samples`, or the widest."""
    low, high = float(samples.min()), float(samples.max())
    fitting = (one for one in RANGES if one[0] <= low and high <= one[1])
    return next(fitting, RANGES[2] if low >= 0 else RANGES[3])


def _border(pictures: FloatArray) -> float:
    """Return the median value at the borders of `pictures`, of shape (pictures, height, width, channels)."""
    import numpy as np

    sides = (pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1])
    return float(np.median(np.concatenate([side.reshape(-1) for side in sides])))
