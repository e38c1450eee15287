"""Files of models."""

from fuzz.files import in_file
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.records.model import read_model
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
    return [path.read_bytes() for path in sorted(ROOT.glob("models/*/model.toml"))]


def execute(data: bytes) -> None:
    try:
        read_model(in_file(data, "model.toml"))
    except TinymlError:
        return
