"""Native code that a wheel brings: it is mapped and called, without numba and llvmlite.

The two take half of the disk space of all packages together. A file of `data/native/` is flat code for Linux on
x86-64: `MAGIC`, the offset of its entry in the file (u64), then instructions and constants, which refer only to each
other. `hatch_build.py` writes the files with `flat.py`. The digest in the name is of the sources of the code, so that
code of other sources is never called.
"""

from __future__ import annotations

import mmap
import platform
import struct
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "data" / "native"
MAGIC = b"TINYMLNC"
HEADER = struct.Struct("<8sQ")
_loaded: list[mmap.mmap] = []  # mappings, which keep their code alive


def file_name(name: str, digest: str) -> str:
    """Return the name of the file with the code `name` of sources with the SHA-256 `digest`."""
    return f"{name}-{digest[:16]}.code"


def find(name: str, digest: str) -> Path | None:
    """Return the file with the code `name` of the sources `digest`, None if no wheel brought it for this machine."""
    path = FOLDER / file_name(name, digest)
    return path if (sys.platform, platform.machine()) == ("linux", "x86_64") and path.is_file() else None


def load(path: Path) -> int:
    """Return the address of the entry of the code in `path`."""
    import numpy as np

    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC)
    _loaded.append(mapped)
    magic, offset = HEADER.unpack_from(mapped)
    assert magic == MAGIC and HEADER.size <= offset < len(mapped), f"{path} is not what the wheel brought"
    return int(np.frombuffer(mapped, np.uint8).ctypes.data) + int(offset)
