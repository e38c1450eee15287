"""Networks in `.tflite` files."""

from fuzz.files import in_file
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.stages.graph.reader import read_canonical
from support.small_file import SMALL

TOKENS = (b"TFL3", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\x04\x00\x00\x00", b"\x01\x00\x00\x00")


def seeds() -> list[bytes]:
    return [SMALL]


def execute(data: bytes) -> None:
    try:
        read_canonical(in_file(data, "small.tflite"))
    except TinymlError:
        return
