"""Recordings of sound in `.wav` files."""

import io
import wave
from pathlib import Path

from fuzz.files import in_file
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.stages.data.readers.wav import read_recording
from scons_tinyml.stages.data.wanted import Wanted

TOKENS = (
    b"RIFF",
    b"WAVE",
    b"fmt ",
    b"data",
    b"LIST",
    b"\x00\x00",
    b"\xff\xff\xff\xff",
    b"\xfe\xff",
    b"\x01\x00",
)


def seeds() -> list[bytes]:
    found = []
    for width in (1, 2, 3, 4):
        content = io.BytesIO()
        with wave.open(content, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(width)
            file.setframerate(8000)
            file.writeframes(bytes(4 * width))
        found.append(content.getvalue())
    return found


def execute(data: bytes) -> None:
    asked = Wanted((2,), "none", Path("model.toml"), window=2, sample_rate=8000)
    try:
        read_recording(in_file(data, "1.wav"), asked)
    except TinymlError:
        return
