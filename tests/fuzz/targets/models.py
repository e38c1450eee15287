"""Files of models."""

from fuzz.files import in_file
from fuzz.tokens import TOML
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.records.model import read_model
from support.project import ROOT

TOKENS = TOML


def seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted(ROOT.glob("models/*/model.toml"))]


def execute(data: bytes) -> None:
    try:
        read_model(in_file(data, "model.toml"))
    except TinymlError:
        return
