"""Reader of ELF files for 32-bit little-endian Arm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.emulator.segment import Function, Segment
from scons_tinyml.records.errors import InputError

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

MAGIC = b"\x7fELF"
_BINDINGS = {"STB_GLOBAL": 0, "STB_WEAK": 1, "STB_LOCAL": 2}


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
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            _check_kind(elf, path)
            segments = tuple(_segments(elf, path))
            symbols = _symbols(elf)
    except OSError as error:
        raise InputError(f"the image cannot be read: {error.strerror}", where=path) from error
    except ELFError as error:
        raise InputError(f"this is not an ELF file: {error}", where=path) from error
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
    for part in parts:
        data = part.data()
        if len(data) != part["p_filesz"]:
            raise InputError(
                f"this ELF file is cut off: the part for 0x{part['p_paddr']:08x} has {len(data):,} of "
                f"{part['p_filesz']:,} bytes",
                where=path,
            )
        yield Segment(part["p_paddr"], data, part["p_vaddr"], part["p_memsz"])


def _symbols(elf: ELFFile) -> list[_Symbol]:
    """Return the symbol table, empty for a stripped image."""
    from elftools.elf.sections import SymbolTableSection

    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return []
    return [
        _Symbol(
            item.name,
            item["st_value"],
            item["st_size"],
            item["st_info"]["type"] == "STT_FUNC",
            _BINDINGS.get(item["st_info"]["bind"], 2),
        )
        for item in table.iter_symbols()
        if item["st_shndx"] != "SHN_UNDEF"
    ]


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
