"""Input sections of an image, as GNU ld lists them in its map file.

An ELF file does not record the borders of input sections; only the map does.
Format: GNU ld manual, 'Command-line options', -Map; one line a section, or two where the name is long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_START = "Linker script and memory map"
_OUTPUT = re.compile(r"^(\.[\w.]+)(?:\s|$)")
_INPUT = re.compile(r"^ (\.[^\s]+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+(\S.*)$")


@dataclass(frozen=True)
class InputSection:
    """A section of an object file in the image: its output section, its own name, its file."""

    output: str
    name: str
    file: str
    size: int

    @property
    def identity(self) -> str:
        """'conv.a(conv_2d_int8.o): .text.conv', without folders, which differ between machines."""
        return f"{Path(self.file).name}: {self.name}"


def input_sections(text: str) -> tuple[InputSection, ...]:
    """Return all input sections with bytes in the map `text`, in the order of the image."""
    joined = re.sub(r"^( \.\S+)\n +(0x)", r"\1 \2", text.partition(_START)[2], flags=re.MULTILINE)
    found, output = [], ""
    for line in joined.splitlines():
        if match := _OUTPUT.match(line):
            output = match[1]
        elif (match := _INPUT.match(line)) and int(match[2], 16):
            found.append(InputSection(output, match[1], match[3], int(match[2], 16)))
        elif line.startswith("/DISCARD/"):
            output = ""
    return tuple(found)
