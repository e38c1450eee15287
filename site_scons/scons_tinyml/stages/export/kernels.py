"""Kernels of an export: their functions get a name with a digest of their set.

Two exports in one image so share a kernel only where its sources, headers and flags are the same, and no other copy of
these sources that the image has, such as a CMSIS-NN of its own, takes its place. The definitions are weak: build
systems that link whole libraries then keep one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.emulator.elf_sections import opened
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import InternalError
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.firmware.objects import members
from scons_tinyml.stages.firmware.sources import source_digest
from scons_tinyml.stages.firmware.toolchain import set_flags
from scons_tinyml.stages.lowering.ram_constants import SUFFIX
from scons_tinyml.stages.lowering.sources import KernelSources

_SHOWN_DIGITS = 8


@dataclass(frozen=True)
class KernelFile:
    """C file of kernels that the network calls."""

    kernel_set: str
    name: str
    """Path in the set, or in its external sources."""
    external: bool
    path: Path
    symbols: tuple[str, ...]
    """Names of the functions and tables that it defines for others."""


@dataclass(frozen=True)
class UsedKernels:
    """Kernels of a network: their C files, and the name in the export of each function and table."""

    files: tuple[KernelFile, ...]
    renamed: Mapping[str, str]


def declared_kernels(names: Iterable[str], sources: KernelSources) -> list[Kernel]:
    """Return the declared kernels among `names`, which a plan has; the others are generated."""
    known = {kernel.name: kernel for kernel in sources.kernels}
    plain = (name.removesuffix(f".{SUFFIX}") for name in names)
    return [known[name] for name in dict.fromkeys(plain) if name in known]


def used_kernels(
    kernels: Iterable[Kernel], sources: KernelSources, board: Board, archives: Mapping[str, Path]
) -> UsedKernels:
    """Return the C files of `kernels`; `archives` hold their objects by set. Raises InternalError without an object."""
    wanted: dict[tuple[str, bool, str], Path] = {}
    for kernel in kernels:
        own = len(kernel.sources)
        names = (*kernel.sources, *kernel.external_sources)
        for position, (name, path) in enumerate(zip(names, sources.files(kernel), strict=True)):
            wanted[kernel.set_name, position >= own, name] = path
    objects = {name: _objects(archives[name]) for name in sorted({key[0] for key in wanted})}
    files = tuple(
        KernelFile(key[0], key[2], key[1], path, _symbols(objects[key[0]], path, key[1]))
        for key, path in sorted(wanted.items())
    )
    digests = {name: _set_digest(name, sources, board)[:_SHOWN_DIGITS] for name in objects}
    renamed = {symbol: f"{symbol}_{digests[file.kernel_set]}" for file in files for symbol in file.symbols}
    return UsedKernels(files, dict(sorted(renamed.items())))


def _objects(archive: Path) -> dict[str, list[bytes]]:
    """Return the objects of a set by name; of two with one name, that of its own sources is the first."""
    found: dict[str, list[bytes]] = {}
    for name, data in members(archive):
        found.setdefault(name, []).append(data)
    return found


def _symbols(objects: Mapping[str, list[bytes]], path: Path, external: bool) -> tuple[str, ...]:
    found = objects.get(f"{path.stem}.o", [])
    if not found:
        raise InternalError(f"its set has no object of it: {path.stem}.o", where=path)
    return tuple(sorted(_defined(found[-1] if external else found[0], path)))


def _defined(data: bytes, path: Path) -> Iterator[str]:
    """Yield the names of all symbols that the object file `data` defines for others."""
    from elftools.elf.sections import SymbolTableSection

    with opened(data, path) as elf:
        table = elf.get_section_by_name(".symtab")
        if isinstance(table, SymbolTableSection):
            for symbol in table.iter_symbols():
                if symbol["st_info"]["bind"] != "STB_LOCAL" and symbol["st_shndx"] != "SHN_UNDEF":
                    yield symbol.name


def _set_digest(name: str, sources: KernelSources, board: Board) -> str:
    """Return the SHA-256 of all C files of the set `name`, their headers, and its flags."""
    files = {path for kernel in sources.kernels if kernel.set_name == name for path in sources.files(kernel)}
    digest = source_digest(sorted(files), sources.include_folders_of(name))
    flags = " ".join(set_flags(board, sources.sets[name]))
    return hashlib.sha256(f"{digest} {flags}".encode()).hexdigest()
