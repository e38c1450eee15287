"""Pictures, one sample each: `.png`, `.jpg`, `.jpeg`, `.bmp`.

A picture becomes grey for an input of one channel, red, green and blue for one of three, and loses its transparency. It
is stretched or shrunk to height and width of the input, bilinearly and without regard to its proportions. Values are 0
to 1. It is taken as it is stored: a note of the camera that it lies on its side is not followed.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.input_file import check_file, open_input
from scons_tinyml.records.network_limits import DATASET_BYTES, PICTURE_PIXELS
from scons_tinyml.stages.data.wanted import Wanted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")
KIND = "pictures"
_FORMATS = ("PNG", "JPEG", "BMP")
_CHANNELS = {1: "L", 3: "RGB"}
"""Kind of picture by the channels of the input, as Pillow names it."""
_BYTE_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
"""Pictures of at most 8 bits a channel. Pillow cuts values of more bits off, and does not scale them."""


def read_recording(path: Path, wanted: Wanted) -> FloatArray:
    """Return the picture in `path`, of shape (1, height, width, channels). Raises InputError, EnvironmentProblem."""
    import numpy as np

    height, width, channels = _shape(wanted)
    image_module = _pillow()
    check_file(path, DATASET_BYTES, InputError)
    with open_input(path) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes, which are checked here
        try:
            picture = image_module.open(stream, formats=_FORMATS)
            _check(picture, path)
            made = picture.convert(_CHANNELS[channels]).resize(
                (width, height), image_module.Resampling.BILINEAR
            )
        except InputError:
            raise
        except image_module.DecompressionBombError:
            raise PICTURE_PIXELS.refusal("more", InputError, where=path) from None
        except Exception as error:  # a damaged picture raises nearly any exception
            reason = str(error).replace(repr(stream), "it")
            raise InputError(f"is no picture that can be read: {reason}", where=path) from None
    values = np.asarray(made, np.uint8).astype(np.float32) / np.float32(255)
    return values.reshape(1, height, width, channels)


def _shape(wanted: Wanted) -> tuple[int, int, int]:
    if len(wanted.shape) != 3 or wanted.shape[2] not in _CHANNELS:
        raise InputError(
            f"found {list(wanted.shape)}; pictures need [height, width, 1] or [height, width, 3]",
            where=wanted.where,
            key="input.shape",
        )
    height, width, channels = wanted.shape
    return height, width, channels


def _check(picture: Any, path: Path) -> None:
    """Raise InputError for a picture of too many pixels or bits; nothing is decoded yet."""
    PICTURE_PIXELS.require(picture.width * picture.height, where=path, error=InputError)
    if picture.mode not in _BYTE_MODES:
        raise InputError(
            f"has pixels of the kind {picture.mode}; expected at most 8 bits a channel", where=path
        )


def _pillow() -> Any:
    try:
        return import_module("PIL.Image")
    except ImportError as error:
        raise EnvironmentProblem(
            f"Pillow, which reads pictures, cannot be imported: {error}",
            hint="run ./bootstrap, or: python -m pip install pillow",
        ) from None
