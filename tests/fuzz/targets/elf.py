"""ELF files: `tinyml run IMAGE`, with names and source lines."""

from fuzz.files import in_file
from scons_tinyml.emulator.image import read_image
from scons_tinyml.records.errors import TinymlError
from support.elf_bytes import FLASH, elf_file

TOKENS = (b"\x7fELF", b"\xff\xff\xff\xff", b".symtab\0", b".debug_line\0", b"\x08\x00\x00\x00")


def seeds() -> list[bytes]:
    return [elf_file(), elf_file({})]


def execute(data: bytes) -> None:
    path = in_file(data, "image.elf")
    try:
        image = read_image(path)
    except TinymlError:
        return
    for address in (0, FLASH + 8, FLASH + 10, 0xFFFF_FFFF):
        image.place(address)
        image.line_of(address)
        image.is_data(address)
