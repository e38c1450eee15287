"""Recordings of sensors in `.csv` files."""

from pathlib import Path

from fuzz.files import in_file
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.stages.data.readers.csv_rows import read_recording
from scons_tinyml.stages.data.wanted import Wanted

TOKENS = (b",", b"\n", b'"', b"\r\n", b"nan", b"1e999", b"-0", b"\xef\xbb\xbf", b"\x00")


def seeds() -> list[bytes]:
    return [b"x,y\n1,2\n3,4.5\n", b'"1","2"\r\n-3e4,4\r\n']


def execute(data: bytes) -> None:
    try:
        read_recording(in_file(data, "1.csv"), Wanted((2, 2), "none", Path("model.toml"), window=2))
    except TinymlError:
        return
