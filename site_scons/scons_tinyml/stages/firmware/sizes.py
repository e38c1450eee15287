"""Stage: the sizes of a linked image, read from its ELF file and never from printed text.

python -m scons_tinyml.stages firmware.sizes --image I --graph G.json --constants G.bin --plan P.json --board B.toml
    --sizes S.json
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scons_tinyml.emulator.elf_sections import image_bytes, opened
from scons_tinyml.records.board import Board, MemoryRegion, read_board
from scons_tinyml.records.errors import BudgetExceeded
from scons_tinyml.records.placement import RESERVED_BYTES, place
from scons_tinyml.records.typed import from_values
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.requests import SizesRequest
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.plan.record import read_plan

ARENA, BSS = ".arena", ".bss"
DATA_SECTIONS = (".data", ".tinyml_code")
CODE_SECTIONS = (".boot_stage", ".vectors", ".text", ".startup")
_ALLOCATED, _EXECUTABLE = 0x2, 0x4
"""SHF_ALLOC: the section occupies memory when the program runs; SHF_EXECINSTR: it has code (System V ABI, section
header flags)."""


@dataclass(frozen=True)
class Section:
    """An allocated section: its address at run time, and its address in flash (None: not in flash)."""

    name: str
    address: int
    size: int
    load_address: int | None
    is_code: bool = False


@dataclass(frozen=True)
class Symbol:
    """A function or object of the image."""

    name: str
    section: str
    size: int
    is_function: bool = False


@dataclass(frozen=True)
class Image:
    """Sections and symbols of an ELF file."""

    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]

    def section_bytes(self, *names: str) -> int:
        """Return the bytes of the sections called `names` together."""
        return sum(section.size for section in self.sections if section.name in names)


@dataclass(frozen=True)
class Part:
    """Bytes of a part of an image."""

    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class PartSymbol:
    """Bytes in flash of the functions and objects of one name in a part of an image."""

    name: str
    part: str
    flash_bytes: int


@dataclass(frozen=True)
class Sizes:
    """Bytes of an image. `sizes.json` has the same keys."""

    flash_bytes: int
    """Bytes of the whole image in flash, with gaps."""
    code_bytes: int
    weight_bytes: int
    """Constant arrays of the network: weights, biases, multipliers and shifts, those that are copied into RAM too."""
    data_bytes: int
    bss_bytes: int
    """Zeroed data without the arena."""
    arena_bytes: int
    region_bytes: Mapping[str, int]
    """Bytes by memory region of the board, without the stack."""
    stack_region: str
    sections: Mapping[str, int]
    """Allocated sections by name."""
    code_by_object: Mapping[str, int]
    """Code by function."""
    parts: Mapping[str, Part] = field(default_factory=dict)
    """Bytes of each network of an application, its kernels, a shared arena, and the rest, which is the users'."""
    data_by_object: Mapping[str, int] = field(default_factory=dict)
    """Bytes in flash outside of .text by symbol: constants, initial data, vectors, start-up code."""
    part_symbols: tuple[PartSymbol, ...] = ()
    """Symbols of an application in flash with their parts, the largest first."""
    reserved_stack_bytes: int = 0
    """Stack and heap for which the linker script of an application has a section."""

    def to_json(self) -> dict[str, Any]:
        """Return the content of sizes.json."""
        return asdict(self)


def read_sizes(path: Path) -> Sizes:
    """Return the sizes in `path`. Raises InputError when it is not a `sizes.json`."""
    return files.read_record(path, lambda values: from_values(Sizes, values))


def read_image(path: Path) -> Image:
    """Return the allocated sections and the symbols of the ELF file `path`. Raises InputError."""
    with opened(image_bytes(path), path) as file:
        segments = [part for part in file.iter_segments() if part["p_type"] == "PT_LOAD" and part["p_filesz"]]
        numbered = list(file.iter_sections())
        sections = []
        for section in numbered:
            if section["sh_flags"] & _ALLOCATED and section["sh_size"]:
                load = (
                    None
                    if section["sh_type"] == "SHT_NOBITS"
                    else _load_address(segments, section["sh_offset"])
                )
                is_code = bool(section["sh_flags"] & _EXECUTABLE)
                sections.append(Section(section.name, section["sh_addr"], section["sh_size"], load, is_code))
        table: Any = file.get_section_by_name(".symtab")
        symbols = tuple(
            Symbol(
                symbol.name,
                numbered[symbol["st_shndx"]].name,
                symbol["st_size"],
                symbol["st_info"]["type"] == "STT_FUNC",
            )
            for symbol in (table.iter_symbols() if table else ())
            if symbol["st_size"] and isinstance(symbol["st_shndx"], int)
        )
    return Image(tuple(sections), symbols)


def _load_address(segments: Iterable[Any], offset: int) -> int | None:
    for segment in segments:
        if segment["p_offset"] <= offset < segment["p_offset"] + segment["p_filesz"]:
            return int(segment["p_paddr"] + offset - segment["p_offset"])
    return None


def image_sizes(image: Image, board: Board, network: str, arena_bytes: int) -> Sizes:
    """Return the sizes of `image`. C names of its network begin with `network`."""
    regions = used_by_region(image, board)
    flash = {region.name for region in board.memory if region.kind == "flash"}
    in_flash = {section.name for section in image.sections if section.load_address is not None}
    weights = (symbol for symbol in image.symbols if symbol.section in (".rodata", ".data"))
    functions = (symbol for symbol in image.symbols if symbol.section == ".text")
    return Sizes(
        flash_bytes=sum(used for name, used in regions.items() if name in flash),
        code_bytes=image.section_bytes(*CODE_SECTIONS),
        weight_bytes=sum(symbol.size for symbol in weights if symbol.name.startswith(f"{network}_")),
        data_bytes=image.section_bytes(*DATA_SECTIONS),
        bss_bytes=image.section_bytes(BSS),
        arena_bytes=image.section_bytes(ARENA),
        region_bytes=regions,
        stack_region=place(board, arena_bytes).stack.name,
        sections={section.name: section.size for section in image.sections},
        code_by_object={symbol.name: symbol.size for symbol in functions},
        data_by_object=_added(symbol for symbol in image.symbols if symbol.section in in_flash - {".text"}),
    )


def _added(symbols: Iterable[Symbol]) -> dict[str, int]:
    """Return the bytes of `symbols` by name; those of several files may have one name."""
    found: Counter[str] = Counter()
    for symbol in symbols:
        found[symbol.name] += symbol.size
    return dict(found)


def used_by_region(image: Image, board: Board) -> dict[str, int]:
    """Return the bytes of `image` by region of `board`, with gaps."""
    return {region.name: _used(board, region, image.sections) for region in board.memory}


def region_of(board: Board, address: int) -> MemoryRegion | None:
    """Return the region of `board` that holds `address`."""
    return next((region for region in board.memory if region.origin <= address < region.end), None)


def _used(board: Board, region: MemoryRegion, sections: Sequence[Section]) -> int:
    """Return the bytes from the start of `region` to the end of its last section.

    The linker sees no end of regions, so a section belongs to the last region that begins before it.
    """
    ends = [
        address + section.size - region.origin
        for section in sections
        for address in (section.address, section.load_address)
        if address is not None and _owner(board, address) is region
    ]
    return max(ends, default=0)


def _owner(board: Board, address: int) -> MemoryRegion | None:
    below = (region for region in board.memory if region.origin <= address)
    return max(below, key=lambda region: region.origin, default=None)


def main(request: SizesRequest[Path]) -> None:
    """Read the image, write its sizes."""
    graph = read_graph(request.graph, request.constants)
    plan = read_plan(request.plan)
    board = read_board(request.board)
    sizes = image_sizes(read_image(request.image), board, c_identifier(graph.name), plan.memory.arena_bytes)
    files.write_json(request.sizes, sizes.to_json())
    if too_much := overrun(board, sizes):
        raise BudgetExceeded(f"{graph.name} has no room on {board.name}; the image was not run\n  {too_much}")


def overrun(board: Board, sizes: Sizes) -> str | None:
    """Return a message when a region overlaps the next one, so that the image cannot run; None otherwise.

    The stack counts at least RESERVED_BYTES, as in the linker script.
    """
    for region in board.memory:
        used, stack = sizes.region_bytes[region.name], ""
        if region.name == sizes.stack_region and used + RESERVED_BYTES > region.size:
            used, stack = used + RESERVED_BYTES, f", with {format_bytes(RESERVED_BYTES)} for the stack"
        behind = [other for other in board.memory if region.end <= other.origin < region.origin + used]
        if behind:
            holds, puts, over = (format_bytes(size) for size in (region.size, used, used - region.size))
            return (
                f"region {region.name} holds {holds}, the image puts {puts} there{stack}: {over} too much, "
                f"into {behind[0].name}\n    set by boards/{board.name}.toml: memory {region.name}"
            )
    return None
