"""Windows of recordings: parts of equal length that begin at equal distances."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.data.wanted import Wanted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]


def require_window(wanted: Wanted, columns: int, path: Path) -> int:
    """Return the samples of a window. Raises InputError when windows of so many `columns` do not fill an input."""
    if wanted.window is None:
        raise InputError(
            "missing: a recording is cut into windows",
            where=wanted.where,
            key="dataset.window",
            hint=f"window = {max(wanted.sample_values // columns, 1)}",
        )
    if wanted.window * columns != wanted.sample_values:
        raise InputError(
            f"windows of {wanted.window:,} samples with {columns} column{'s' * (columns > 1)} have "
            f"{wanted.window * columns:,} values; input.shape {list(wanted.shape)} has {wanted.sample_values:,}",
            where=path,
        )
    return wanted.window


def windows(recording: FloatArray, wanted: Wanted, path: Path) -> FloatArray:
    """Return the windows of `recording`, of shape (samples, columns), as inputs of the network.

    A window begins every `stride` samples. Samples behind the last whole window are left out. Raises InputError for
    a recording that is shorter than a window.
    """
    import numpy as np

    window = require_window(wanted, recording.shape[1], path)
    if len(recording) < window:
        raise InputError(f"has {len(recording):,} samples, and a window {window:,}", where=path)
    count = (len(recording) - window) // (wanted.stride or window) + 1
    wanted.require_room(count, path)
    found: Any = np.lib.stride_tricks.sliding_window_view(recording, window, axis=0)
    cut = found[:: wanted.stride or window].swapaxes(1, 2)
    return np.ascontiguousarray(cut, np.float32).reshape(-1, *wanted.shape)


def windows_of(recordings: LabelledSamples, wanted: Wanted, name: str) -> LabelledSamples:
    """Return the windows of all `recordings` of the data set `name`, each of shape (samples, columns).

    Windows of one recording have its number. Raises InputError for samples that are no recordings.
    """
    import numpy as np

    shape = recordings.values.shape[1:]
    if len(shape) != 2:
        problem = f"samples of {name} are no recordings, which windows are cut from: they have {list(shape)}"
        raise InputError(problem, where=wanted.where, key="dataset.window")
    cut = [windows(one, wanted, wanted.where) for one in recordings.values]
    numbers = np.repeat(np.arange(len(cut)), [len(one) for one in cut])
    return LabelledSamples(np.concatenate(cut), recordings.labels[numbers], recordings.classes, numbers)
