"""Small ELF files for 32-bit Arm with symbols and source lines, made without a compiler."""

from __future__ import annotations

import struct
from collections.abc import Mapping

FLASH = 0x0800_0000
_HEADER_BYTES, _PART_BYTES, _SECTION_BYTES = 52, 32, 40
_KINDS = {"": 0, ".symtab": 2, ".strtab": 3, ".shstrtab": 3}
CODE = struct.pack("<2I", 0x2000_1000, FLASH + 9) + b"\x00\xbf" * 12
"""A vector table, and NOPs."""


def elf_file(sections: Mapping[str, bytes] | None = None, code: bytes = CODE) -> bytes:
    """An ELF file with `code` at the beginning of the flash, and `sections` by name (default: symbols and lines)."""
    found = {"": b"", **(typical() if sections is None else sections)}
    names = b"".join(name.encode() + b"\0" for name in (*found, ".shstrtab"))
    found[".shstrtab"] = names
    at = _HEADER_BYTES + _PART_BYTES
    body, headers = code, b""
    for index, (name, data) in enumerate(found.items()):
        link = list(found).index(".strtab") if name == ".symtab" and ".strtab" in found else 0
        place = names.index(name.encode() + b"\0") if index else 0
        size = 16 if name == ".symtab" else 0
        headers += struct.pack(
            "<10I", place, _KINDS.get(name, 1), 0, 0, at + len(body), len(data), link, 1, 1, size
        )
        body += data
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = struct.pack(
        "<2H5I6H",
        *(2, 40, 1, FLASH + 9, _HEADER_BYTES, at + len(body), 0x0500_0000),
        *(_HEADER_BYTES, _PART_BYTES, 1, _SECTION_BYTES, len(found), len(found) - 1),
    )
    part = struct.pack("<8I", 1, at, FLASH, FLASH, len(code), len(code), 5, 4)
    return ident + header + part + body + headers


def typical() -> dict[str, bytes]:
    """Symbols of one function, and its lines in DWARF 3 and 5."""
    symbols = bytes(16) + struct.pack("<IIIBBH", 1, FLASH + 9, 8, 0x12, 0, 1)
    return {
        ".symtab": symbols + struct.pack("<IIIBBH", 6, FLASH + 8, 0, 0, 0, 1),
        ".strtab": b"\0main\0$t\0",
        ".debug_abbrev": bytes((1, 0x11, 0, 0x10, 0x17, 0x1B, 0x08, 0, 0, 0)),
        ".debug_info": _unit(struct.pack("<HIB", 4, 0, 4) + b"\x01" + struct.pack("<I", 0) + b"/src\0"),
        ".debug_line": line_program(3) + line_program(5),
        ".debug_line_str": b"/src\0main.c\0",
    }


def line_program(version: int) -> bytes:
    """A program with two rows for the code of `elf_file`. The version 5 names its file twice, as compilers do."""
    lengths = bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1))
    start, constants = struct.pack("<H", version), bytes((2, 1, 0xFB, 14, 13))
    tables = b"inc\0\0main.c\0\0\0\0\0"
    if version >= 4:
        constants = constants[:1] + b"\x01" + constants[1:]
    if version == 5:
        start += bytes((4, 0))
        folders = b"\x01\x01\x1f\x01" + struct.pack("<I", 0)
        tables = folders + b"\x02\x01\x1f\x02\x0b\x02" + 2 * struct.pack("<IB", 5, 0)
    header = constants + lengths + tables
    rows = b"\x00\x05\x02" + struct.pack("<I", FLASH + 8) + b"\x13\x21\x02\x01\x00\x01\x01"
    return _unit(start + struct.pack("<I", len(header)) + header + rows)


def _unit(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content
