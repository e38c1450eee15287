"""Reader of ELF files for 32-bit little-endian Arm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING

from scons_tinyml.emulator.elf_sections import image_bytes, opened, section_contents
from scons_tinyml.emulator.segment import Function, Segment
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_limits import (
    IMAGE_BYTES,
    IMAGE_NAME_BYTES,
    IMAGE_NAMES_BYTES,
    IMAGE_SYMBOLS,
)

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

MAGIC = b"\x7fELF"
_LOCAL, _FUNCTION = 2, 2
_BINDINGS = {1: 0, 2: 1}
"""Ranks of global and weak symbols; local ones come last."""
_SYMBOL = Struct("<IIIBBH")
"""Symbol: name, value, size, binding and type, visibility, section (System V ABI, chapter 4, symbol table)."""


@dataclass(frozen=True)
class ElfFile:
    """Contents of an ELF file. The names are those of `emulator.image.Image`."""

    segments: tuple[Segment, ...]
    symbols: dict[str, int]
    functions: tuple[Function, ...]
    data_marks: tuple[tuple[int, bool], ...]


@dataclass(frozen=True)
class _Symbol:
    name: str
    value: int
    size_bytes: int
    is_function: bool
    binding: int

    @property
    def address(self) -> int:
        """Value without the Thumb bit."""
        return self.value & ~1 if self.is_function else self.value


def read(path: Path) -> ElfFile:
    """Return segments and symbols of `path`. Raises InputError."""
    with opened(image_bytes(path), path) as elf:
        _check_kind(elf, path)
        segments = tuple(_segments(elf, path))
        symbols = _symbols(elf, path)
    named = [symbol for symbol in symbols if symbol.name and not symbol.name.startswith("$")]
    return ElfFile(
        segments=segments,
        symbols={symbol.name: symbol.address for symbol in sorted(named, key=_preference, reverse=True)},
        functions=_functions(named),
        data_marks=_data_marks(symbols),
    )


def _check_kind(elf: ELFFile, path: Path) -> None:
    if elf["e_machine"] != "EM_ARM" or elf.elfclass != 32 or not elf.little_endian:
        machine = str(elf["e_machine"]).removeprefix("EM_")
        order = "little" if elf.little_endian else "big"
        raise InputError(
            f"this is not a firmware image for 32-bit little-endian Arm, but for {machine}, {elf.elfclass} bits, "
            f"{order}-endian",
            where=path,
        )
    if elf["e_type"] == "ET_REL":
        raise InputError("this is an object file: link it first", where=path)


def _segments(elf: ELFFile, path: Path) -> Iterable[Segment]:
    parts = [part for part in elf.iter_segments() if part["p_type"] == "PT_LOAD" and part["p_memsz"]]
    if not parts:
        raise InputError("this ELF file has nothing to load", where=path)
    loaded_bytes = sum(part["p_filesz"] for part in parts)
    if loaded_bytes > IMAGE_BYTES:
        raise InputError(f"its parts have {loaded_bytes:,} bytes, the limit is {IMAGE_BYTES:,}", where=path)
    for part in parts:
        data = part.data()
        if len(data) != part["p_filesz"]:
            raise InputError(
                f"this ELF file is cut off: the part for 0x{part['p_paddr']:08x} has {len(data):,} of "
                f"{part['p_filesz']:,} bytes",
                where=path,
            )
        yield Segment(part["p_paddr"], data, part["p_vaddr"], part["p_memsz"])


def _symbols(elf: ELFFile, path: Path) -> list[_Symbol]:
    """Return the symbol table, empty for a stripped image. Raises InputError for more than the limits allow."""
    from elftools.elf.sections import SymbolTableSection

    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return []
    data, names = section_contents(table, path), section_contents(table.stringtable, path)
    count = len(data) // _SYMBOL.size
    if count > IMAGE_SYMBOLS:
        raise InputError(f"this ELF file has {count:,} symbols, the limit is {IMAGE_SYMBOLS:,}", where=path)
    found, names_bytes = [], 0
    for place, value, size_bytes, info, _, section in _SYMBOL.iter_unpack(data):
        if section:  # 0: defined elsewhere
            end = names.find(b"\0", place, place + IMAGE_NAME_BYTES)
            if end < 0:
                raise InputError(f"the name of a symbol, at {place:,} of its table, has no end", where=path)
            names_bytes += end - place
            if names_bytes > IMAGE_NAMES_BYTES:
                raise InputError(
                    f"its symbols have names of more than {IMAGE_NAMES_BYTES:,} bytes", where=path
                )
            name = names[place:end].decode("latin-1")
            found.append(
                _Symbol(name, value, size_bytes, info & 0xF == _FUNCTION, _BINDINGS.get(info >> 4, _LOCAL))
            )
    return found


def _preference(symbol: _Symbol) -> tuple[int, bool, int, str]:
    """Return the sort key of names for one address, best first: global, with a size, short."""
    return symbol.binding, symbol.size_bytes == 0, len(symbol.name), symbol.name


def _functions(symbols: Iterable[_Symbol]) -> tuple[Function, ...]:
    """Return one function for each address, as handlers and libraries have many names for one."""
    best: dict[int, Function] = {}
    for symbol in sorted(symbols, key=_preference):
        if symbol.is_function:
            best.setdefault(symbol.address, Function(symbol.address, symbol.size_bytes, symbol.name))
    return tuple(best[address] for address in sorted(best))


def _data_marks(symbols: Iterable[_Symbol]) -> tuple[tuple[int, bool], ...]:
    """Return (address, True for data) of mapping symbols (Arm's ELF ABI, section 5.5.5).

    $d and $d.x begin data, $t and $a code.
    """
    marks = {
        symbol.value & ~1: symbol.name[1] == "d"
        for symbol in symbols
        if symbol.name[:2] in {"$d", "$t", "$a"} and symbol.name[2:3] in {"", "."}
    }
    return tuple(sorted(marks.items()))
