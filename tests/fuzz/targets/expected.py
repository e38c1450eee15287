"""Tables of expected results."""

from pathlib import Path

from fuzz.files import in_file
from fuzz.tokens import TOML
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.validation.expected import read_images

TOKENS = (*TOML, b"[[firmware]]\n", b"cycles = 1\n", b'time = "1 ms"\n', b'from = "a"\n', b"within = 0.1\n")
_ROW = (
    b'[[firmware]]\nname = "one"\nimage = "one.elf"\nboard = "stm32l4"\nfrom = "main"\nsource = "a paper"\n'
)


def seeds() -> list[bytes]:
    return [_ROW + b'until = "done"\ncycles = 1640\n', _ROW + b'script = "talk.txt"\ntime = "5.66 ms"\n']


def execute(data: bytes) -> None:
    path = in_file(data, "expected.toml")
    try:
        read_images(path, Path(path.parent), ("stm32l4",))
    except TinymlError:
        return
