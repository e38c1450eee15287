"""Line tables of DWARF. The first bytes are the sizes of four sections, which follow each other."""

from fuzz.pieces import joined, split
from scons_tinyml.emulator.compilations import compilation_folders
from scons_tinyml.emulator.line_tables import DamagedTable, Steps, Strings, line_programs
from support.elf_bytes import line_program, typical

TOKENS = (b"\xff\xff\xff\xff", b"\x00\x01\x01", b"\x00\x05\x02", b"\x05\x00\x04\x00", b"\x80\x80\x80\x80\x01")


def seeds() -> list[bytes]:
    found = typical()
    names = (".debug_line", ".debug_line_str", ".debug_info", ".debug_abbrev")
    whole = joined(*(found[name] for name in names))
    return [whole, *(joined(line_program(version), b"main.c\0" * 2, b"", b"") for version in (2, 3, 4, 5))]


def execute(data: bytes) -> None:
    lines, texts, info, abbreviations = split(data, 4)
    steps, strings = Steps(50_000), Strings(texts, texts)
    try:
        folders = compilation_folders(info, abbreviations, strings, steps)
        for files, rows in line_programs(lines, strings, folders, steps):
            for row in rows:
                files.path(row.file)
    except DamagedTable:
        return
