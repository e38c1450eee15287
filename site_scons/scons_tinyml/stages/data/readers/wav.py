"""Recordings of sound in `.wav` files: one channel of whole numbers (PCM) of 8, 16, 24 or 32 bits.

Values are -1 to 1: a number by the largest of its bits.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import check_file, open_input
from scons_tinyml.records.network_limits import RECORDING_BYTES
from scons_tinyml.stages.data.wanted import Wanted
from scons_tinyml.stages.data.windows import require_window, windows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

SUFFIXES = (".wav",)
KIND = "sounds"
_BITS = (8, 16, 24, 32)


def read_recording(path: Path, wanted: Wanted) -> FloatArray:
    """Return the windows of the file `path`, of shape (windows, *wanted.shape). Raises InputError."""
    require_window(wanted, 1, path)
    check_file(path, RECORDING_BYTES, InputError)
    try:
        with open_input(path) as stream, wave.open(stream) as sound:
            _check(sound, wanted, path)
            data = sound.readframes(sound.getnframes())
            declared_bytes, width = sound.getnframes() * sound.getsampwidth(), sound.getsampwidth()
    except (wave.Error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"is no .wav file that can be read: {error or 'it ends too early'}", where=path
        ) from None
    if len(data) != declared_bytes:
        problem = f"says that it has {declared_bytes:,} bytes of samples, and has {len(data):,}"
        raise InputError(problem, where=path)
    return windows(_values(data, width).reshape(-1, 1), wanted, path)


def _check(sound: wave.Wave_read, wanted: Wanted, path: Path) -> None:
    """Raise InputError for a sound that is not what the model.toml says."""
    if wanted.sample_rate is None:
        raise InputError(
            "missing: .wav files of another rate would pass unseen",
            where=wanted.where,
            key="dataset.sample_rate",
            hint=f'sample_rate = "{sound.getframerate()} Hz", as {path.name} has',
        )
    problems = {
        f"has {sound.getnchannels()} channels; expected one": sound.getnchannels() != 1,
        f"has {sound.getframerate():,} samples a second; dataset.sample_rate is {wanted.sample_rate:,}": (
            sound.getframerate() != wanted.sample_rate
        ),
        f"has samples of {8 * sound.getsampwidth()} bits; expected 8, 16, 24 or 32": (
            8 * sound.getsampwidth() not in _BITS
        ),
    }
    for problem, is_so in problems.items():
        if is_so:
            raise InputError(problem, where=path)


def _values(data: bytes, width: int) -> FloatArray:
    """Return samples of `width` bytes, little-endian, as -1 to 1. Those of 8 bits have no sign."""
    import numpy as np

    raw = np.frombuffer(data, np.uint8).reshape(-1, width)
    signed = np.zeros((len(raw), 4), np.uint8)
    signed[:, 4 - width :] = raw ^ 0x80 if width == 1 else raw
    numbers = signed.view("<i4").reshape(-1)
    return (numbers / 2.0**31).astype(np.float32)
