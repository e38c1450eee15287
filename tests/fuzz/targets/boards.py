"""Files of boards."""

from fuzz.files import in_file
from fuzz.tokens import TOML
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import TinymlError
from support.project import ROOT

TOKENS = TOML


def seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted(ROOT.glob("boards/*.toml"))]


def execute(data: bytes) -> None:
    try:
        read_board(in_file(data, "board.toml"))
    except TinymlError:
        return
