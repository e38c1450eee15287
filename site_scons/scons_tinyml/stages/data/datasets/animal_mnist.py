"""Animal-MNIST: 10,000 grey silhouettes of 28 x 28 pixels, 1,000 of each of ten animals (MIT licence).

Source: two files of the package `animal-mnist` 0.4 on PyPI. 284 images occur twice. Many others are turned or
scaled versions of one drawing, but differ in bytes. So its test split is easier than new drawings.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.input_file import check_file
from scons_tinyml.records.network_limits import DATASET_BYTES
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.data.packaged import Packaged
from scons_tinyml.stages.data.pickles import PickleError, read_array

if TYPE_CHECKING:
    from scons_tinyml.stages.data.pickles import NumberArray

CLASSES = ("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra")
_IMAGES = "animal_data_version_3.gz"
_LABELS = "animal_label_version_3.gz"
FILES = Packaged(
    distribution="animal-mnist",
    version="0.4",
    sha256="aeebf3d9de4552d6fd2d5701424e1a5b9020f8e5115d68df9db252f2f53ce2ce",
    module="animal_mnist",
    inner="data/Animal_MNIST",
    names=(_IMAGES, _LABELS),
)
_SHAPE = (28, 28)


def load() -> LabelledSamples:
    """Return all images as float32 in 0 ... 1 of shape (28, 28, 1). Raises EnvironmentProblem."""
    import numpy as np

    folder = FILES.folder()
    images, labels = (_read(folder / name) for name in (_IMAGES, _LABELS))
    if images.shape[1:] != _SHAPE or images.dtype != np.uint8 or labels.shape != images.shape[:1]:
        raise EnvironmentProblem(
            f"found images {images.dtype}{list(images.shape)} and labels {list(labels.shape)}; "
            f"expected uint8 of {list(_SHAPE)} with one label each",
            where=folder,
        )
    values = (images.astype(np.float32) / np.float32(255))[..., np.newaxis]
    return LabelledSamples(values, labels.astype(np.int64), CLASSES)


def _read(path: Path) -> NumberArray:
    check_file(path, DATASET_BYTES, InputError)
    try:
        with gzip.open(path) as file:
            data = file.read(DATASET_BYTES.value + 1)
        DATASET_BYTES.require(len(data), where=path, error=InputError)
        return read_array(data)
    except (OSError, EOFError, zlib.error, PickleError) as error:
        raise EnvironmentProblem(
            f"cannot be read: {error}",
            where=path,
            hint=f"run {FILES.install} --force-reinstall",
        ) from None
