"""Files of boards."""

from fuzz.files import in_file
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import TinymlError
from support.project import ROOT

TOKENS = (
    b'"""',
    b"'''",
    b"[[",
    b"]]",
    b" = ",
    b"{",
    b"}",
    b"\\u0000",
    b"1e999",
    b"1979-05-27",
    b'"64 KiB"',
    b"nan",
    b"\n",
)


def seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted(ROOT.glob("boards/*.toml"))]


def execute(data: bytes) -> None:
    try:
        read_board(in_file(data, "board.toml"))
    except TinymlError:
        return
