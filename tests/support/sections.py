"""Contents of object files that end up in an image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scons_tinyml.emulator.elf_sections import opened

_IN_MEMORY, _EMPTY = 0x2, "SHT_NOBITS"
_DIGEST = re.compile(r"_[0-9a-f]{8}$")


def code_sections(data: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Yield name, alignment and bytes of code and constants in an object; names without digests of exports."""
    with opened(data, Path("object")) as elf:
        for section in elf.iter_sections():
            if section["sh_flags"] & _IN_MEMORY and section["sh_size"] and section["sh_type"] != _EMPTY:
                yield _DIGEST.sub("", section.name), section["sh_addralign"], section.data()
