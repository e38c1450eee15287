"""What an ELF file holds for an emulator: bytes at addresses, and names of addresses."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile


@dataclass(frozen=True)
class Segment:
    """Bytes of one PT_LOAD, at their load address, and the range that they (or zeroes) occupy when the image runs."""

    load_address: int
    data: bytes
    run_address: int
    run_bytes: int


@dataclass(frozen=True)
class Image:
    """A linked firmware image."""

    path: Path
    segments: tuple[Segment, ...] = ()
    symbols: dict[str, int] = field(default_factory=dict)
    functions: tuple[tuple[int, int, str], ...] = ()  # (address, size in bytes or 0, name), sorted

    def symbol(self, name: str) -> int:
        """Address of a symbol, bit 0 cleared for functions. Raises InputError."""
        if name not in self.symbols:
            raise InputError(
                f"there is no symbol '{name}' in the image",
                where=self.path,
                hint=did_you_mean(name, self.symbols),
            )
        return self.symbols[name]

    def place(self, address: int) -> str:
        """'function+0x1a' for a person, or the plain address where no function is known."""
        index = bisect_right(self.functions, (address, 1 << 32, "")) - 1
        if index >= 0:
            start, size, name = self.functions[index]
            if address < start + size or (size == 0 and address - start < 4096):
                return f"{name}+0x{address - start:x}"
        return f"0x{address:08x}"


def read_image(path: Path) -> Image:
    """Read an ELF file for 32-bit little-endian Arm. Raises InputError."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            if elf["e_machine"] != "EM_ARM" or elf.elfclass != 32 or not elf.little_endian:
                raise InputError("this is not a firmware image for 32-bit little-endian Arm", where=path)
            segments = tuple(
                Segment(part["p_paddr"], part.data(), part["p_vaddr"], part["p_memsz"])
                for part in elf.iter_segments()
                if part["p_type"] == "PT_LOAD" and part["p_memsz"]
            )
            entries = _symbols(elf)
    except OSError as error:
        raise InputError(f"the image cannot be read: {error.strerror}", where=path) from error
    except ELFError as error:
        raise InputError(f"this is not an ELF file: {error}", where=path) from error
    named = [entry for entry in entries if entry[0] and not entry[0].startswith("$")]
    return Image(
        path=path,
        segments=segments,
        symbols={name: value & ~1 if kind == "STT_FUNC" else value for name, value, _, kind in named},
        functions=tuple(
            sorted((value & ~1, size, name) for name, value, size, kind in named if kind == "STT_FUNC")
        ),
    )


def _symbols(elf: ELFFile) -> list[tuple[str, int, int, str]]:
    """(name, value, size in bytes, type) of the symbol table, empty for a stripped image."""
    from elftools.elf.sections import SymbolTableSection

    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return []
    return [
        (item.name, item["st_value"], item["st_size"], item["st_info"]["type"])
        for item in table.iter_symbols()
    ]
