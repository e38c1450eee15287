"""Symbols and sections of a linked image, read from the ELF file itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FLASH_SECTIONS = (".vectors", ".text", ".rodata", ".ARM.exidx", ".data")
RAM_SECTIONS = (".arena", ".data", ".bss")


@dataclass(frozen=True)
class ImageSizes:
    """Bytes of the allocated sections of an image, and of its largest symbols in flash and RAM."""

    sections: Mapping[str, int]
    symbols: Mapping[str, int]

    @property
    def flash_bytes(self) -> int:
        """Bytes that are programmed into flash: code, constants and the initial values of data."""
        return sum(self.sections.get(name, 0) for name in FLASH_SECTIONS)


def read_sizes(elf: Path) -> ImageSizes:
    """Sizes in the ELF file `elf`; padding between sections counts for the section before it."""
    from elftools.elf.elffile import ELFFile

    with elf.open("rb") as stream:
        file = ELFFile(stream)
        allocated = [section for section in file.iter_sections() if section["sh_flags"] & 2]
        sections = {section.name: int(section["sh_size"]) for section in allocated if section["sh_size"]}
        symbols = {
            symbol.name: int(symbol["st_size"])
            for symbol in file.get_section_by_name(".symtab").iter_symbols()
            if symbol["st_size"] and symbol["st_info"]["type"] in ("STT_OBJECT", "STT_FUNC")
        }
    return ImageSizes(sections, symbols)
