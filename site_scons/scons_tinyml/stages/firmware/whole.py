"""Stage: sizes of an application, whatever linker script it has: the whole image, by network and the rest.

python -m scons_tinyml.stages firmware.whole --image I --library L.a --plan A.json --plan B.json --networks a
    --networks b --board B.toml --sizes S.json
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.emulator.elf_sections import image_bytes, opened
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import BudgetExceeded, InputError
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.names import SHARED_ARENA, c_identifier
from scons_tinyml.stages.firmware.objects import is_archive, members
from scons_tinyml.stages.firmware.requests import WholeSizesRequest
from scons_tinyml.stages.firmware.sizes import (
    Image,
    Part,
    PartSymbol,
    Section,
    Sizes,
    overrun,
    read_image,
    region_of,
    used_by_region,
)
from scons_tinyml.stages.plan.record import read_plan

KERNELS, REST = "kernels", "rest"
"""Parts of an application beside its networks: kernels with parameters; and sources of users, libraries, start-up code,
and gaps."""
_STACK = "stack"
"""Text in the names of sections that linker scripts reserve for stack and heap: `.stack`, `._user_heap_stack`."""


def whole_sizes(
    image: Image, board: Board, networks: Mapping[str, int], library: Iterable[str], initial_stack: int
) -> Sizes:
    """Return the sizes of `image`: `networks` has the arena bytes that each needs by C name.

    `library` has the names of the symbols of their objects, `initial_stack` is the stack pointer at reset. Raises
    InputError for an arena that is smaller than its network needs.
    """
    in_flash, in_ram = _placed(image, board)
    arenas = {f"{name}_arena": name for name in networks} | {SHARED_ARENA: SHARED_ARENA}
    sizes = {symbol.name: symbol.size for symbol in image.symbols if symbol.name in arenas}
    _require_room(networks, sizes)
    stack = sum(section.size for section in in_ram if _is_stack(section))
    zeroed = sum(
        section.size for section in in_ram if section.load_address is None and not _is_stack(section)
    )
    copied = [section for section in in_ram if section.load_address is not None]
    regions = used_by_region(image, board)
    flash = {region.name for region in board.memory if region.kind == "flash"}
    symbols = list(_symbols(image, networks, frozenset(library), {section.name for section in in_flash}))
    parts = _parts(symbols, networks)
    own = region_of(board, initial_stack - 1)
    return Sizes(
        flash_bytes=sum(used for name, used in regions.items() if name in flash),
        code_bytes=sum(section.size for section in in_flash if section.is_code),
        weight_bytes=_weights(image, networks, {section.name for section in (*in_flash, *copied)}),
        data_bytes=sum(section.size for section in copied),
        bss_bytes=zeroed - sum(sizes.values()),
        arena_bytes=sum(sizes.values()),
        region_bytes=regions,
        stack_region=own.name if own else "",
        sections={section.name: section.size for section in image.sections},
        code_by_object={
            symbol.name: symbol.size
            for symbol in image.symbols
            if any(section.name == symbol.section and section.is_code for section in in_flash)
        },
        parts=_with_rest(
            parts,
            sum(used for name, used in regions.items() if name in flash),
            sum(section.size for section in in_ram) - stack,
        ),
        part_symbols=_in_flash(symbols),
        reserved_stack_bytes=stack,
    )


def _placed(image: Image, board: Board) -> tuple[list[Section], list[Section]]:
    """Return the sections that lie in flash, and those that take RAM."""
    kinds = {section.name: region_of(board, section.address) for section in image.sections}
    ram = [section for section in image.sections if (found := kinds[section.name]) and found.kind == "ram"]
    flash = [section for section in image.sections if section not in ram]
    return flash, ram


def _is_stack(section: Section) -> bool:
    return section.load_address is None and _STACK in section.name.lower()


def _require_room(networks: Mapping[str, int], sizes: Mapping[str, int]) -> None:
    for name, needed in networks.items():
        symbol = f"{name}_arena" if f"{name}_arena" in sizes else SHARED_ARENA
        found = sizes.get(symbol)
        if found is not None and found < needed:
            raise InputError(
                f"{symbol} has {format_bytes(found)}, but the network '{name}' needs {format_bytes(needed)}",
                key="arena",
                hint="link the arena that is generated for all networks that share it, and no other",
            )


def _owner(symbol: str, networks: Mapping[str, int]) -> str | None:
    """Return the network whose C names `symbol` begins with: 'kws_small' and not 'kws' for 'kws_small_invoke'."""
    owners = [name for name in networks if symbol.startswith(f"{name}_")]
    return max(owners, key=len, default=None)


def _weights(image: Image, networks: Mapping[str, int], stored: set[str]) -> int:
    """Return the bytes of constants of the networks in sections of the names `stored`, which are in flash at first."""
    code = {section.name for section in image.sections if section.is_code}
    separate = stored - code
    return sum(
        symbol.size
        for symbol in image.symbols
        if _owner(symbol.name, networks)
        and (symbol.section in separate or (symbol.section in stored and not symbol.is_function))
    )


@dataclass(frozen=True)
class _Owned:
    """A symbol with its part, and its bytes in flash and in RAM."""

    name: str
    part: str
    flash_bytes: int
    ram_bytes: int


def _symbols(
    image: Image, networks: Mapping[str, int], library: frozenset[str], in_flash: set[str]
) -> Iterator[_Owned]:
    loaded = {section.name for section in image.sections if section.load_address is not None}
    for symbol in image.symbols:
        part = REST
        if symbol.name == SHARED_ARENA:
            part = SHARED_ARENA
        elif symbol.name in library:
            part = _owner(symbol.name, networks) or KERNELS
        flash = symbol.size if symbol.section in in_flash or symbol.section in loaded else 0
        ram = 0 if symbol.section in in_flash else symbol.size
        yield _Owned(symbol.name, part, flash, ram)


def _parts(symbols: Iterable[_Owned], networks: Mapping[str, int]) -> dict[str, Part]:
    parts = {name: Part(0, 0) for name in (*networks, KERNELS)}
    for symbol in symbols:
        if symbol.part != REST:
            before = parts.get(symbol.part, Part(0, 0))
            parts[symbol.part] = Part(
                before.flash_bytes + symbol.flash_bytes, before.ram_bytes + symbol.ram_bytes
            )
    return parts


def _in_flash(symbols: Iterable[_Owned]) -> tuple[PartSymbol, ...]:
    """Return the symbols in flash, the largest first; those of one name in a part are one."""
    sizes: Counter[tuple[str, str]] = Counter()
    for symbol in symbols:
        sizes[symbol.name, symbol.part] += symbol.flash_bytes
    found = (PartSymbol(name, part, size) for (name, part), size in sizes.items() if size)
    return tuple(sorted(found, key=lambda one: (-one.flash_bytes, one.name, one.part)))


def _with_rest(parts: Mapping[str, Part], flash_bytes: int, ram_bytes: int) -> dict[str, Part]:
    """Return `parts` with everything else: sources, C library, start-up code, gaps."""
    flash = flash_bytes - sum(part.flash_bytes for part in parts.values())
    return {**parts, REST: Part(flash, ram_bytes - sum(part.ram_bytes for part in parts.values()))}


def library_symbols(paths: Sequence[Path]) -> Iterator[str]:
    """Yield the names of functions and objects in archives and object files. Raises EnvironmentProblem, InputError."""
    for path in paths:
        contents = members(path) if is_archive(path) else [("", image_bytes(path))]
        for _, data in contents:
            yield from _defined(data, path)


def _defined(data: bytes, path: Path) -> Iterator[str]:
    from elftools.elf.sections import SymbolTableSection

    with opened(data, path) as elf:
        table = elf.get_section_by_name(".symtab")
        if isinstance(table, SymbolTableSection):
            for symbol in table.iter_symbols():
                if symbol["st_size"] and isinstance(symbol["st_shndx"], int):
                    yield symbol.name


def initial_stack(image: Path, board: Board) -> int:
    """Return the stack pointer that the core loads at reset, 0 without a vector table at its place."""
    from scons_tinyml.emulator import image as emulated

    for segment in emulated.read_image(image).segments:
        offset = board.vector_table - segment.load_address
        if 0 <= offset <= len(segment.data) - 4:
            return int.from_bytes(segment.data[offset : offset + 4], "little")
    return 0


def main(request: WholeSizesRequest[Path]) -> None:
    """Read the image, write its sizes."""
    board = read_board(request.board)
    plans = (read_plan(path).memory.arena_bytes for path in request.plan)
    networks = dict(zip(map(c_identifier, request.networks), plans, strict=True))
    symbols, stack = library_symbols(request.library), initial_stack(request.image, board)
    sizes = whole_sizes(read_image(request.image), board, networks, symbols, stack)
    files.write_json(request.sizes, sizes.to_json())
    if too_much := overrun(board, sizes):
        raise BudgetExceeded(f"the firmware has no room on {board.name}; it was not run\n  {too_much}")
