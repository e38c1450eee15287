"""Data sets in `.npz` files."""

import io
from pathlib import Path

import numpy as np

from fuzz.files import in_file
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.stages.data.reading import read_path
from scons_tinyml.stages.data.wanted import Wanted

TOKENS = (
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"\x93NUMPY",
    b"'descr': '|O'",
    b"(1, 2)",
    b"\xff\xff\xff\xff",
)


def seeds() -> list[bytes]:
    values, labels = np.zeros((2, 2), np.float32), np.arange(2)
    found = []
    for save, names in ((np.savez, ("x", "y")), (np.savez_compressed, ("x_test", "y_test"))):
        content = io.BytesIO()
        save(content, **dict(zip(names, (values, labels), strict=True)))
        found.append(content.getvalue())
    return found


def execute(data: bytes) -> None:
    try:
        read_path(in_file(data, "data.npz"), Wanted((2,), "classification", Path("model.toml")))
    except TinymlError:
        return
