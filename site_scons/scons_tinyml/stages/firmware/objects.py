"""Objects that a kernel is linked from, and a digest of the content that the linker takes from them.

Compiled code is in archives, one per kernel set. The digest covers sections that take memory, their
relocations and the symbols that these refer to. It leaves out debug information, which contains the paths of
a build.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from scons_tinyml.emulator.elf_sections import image_bytes, opened, section_contents
from scons_tinyml.records.errors import EnvironmentProblem, InternalError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import IMAGE_BYTES
from scons_tinyml.stages.codegen.generate import kernel_texts
from scons_tinyml.stages.lowering.implementation import GeneratedCode

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

    from scons_tinyml.stages.firmware.image import ImageBuilder
    from scons_tinyml.stages.lowering.implementation import Implementation

_ARCHIVE = b"!<arch>\n"
_HEADER_BYTES = 60
_ALLOCATED = 0x2
"""SHF_ALLOC: the section occupies memory when the program runs (System V ABI, section header flags)."""


class KernelObjects(Protocol):
    """Identifies kernels by their compiled code."""

    def digest(self, item: Implementation) -> str:
        """Return the SHA-256 of the objects of `item`."""


class ArchivedObjects:
    """Objects in archives named after their kernel sets; generated code is compiled here."""

    def __init__(self, builder: ImageBuilder) -> None:
        self._builder = builder
        self._archives = {path.stem: path for path in builder.archives}
        self._members: dict[str, dict[str, bytes]] = {}
        self._digests: dict[tuple[str, str], str] = {}

    def digest(self, item: Implementation) -> str:
        """Return the SHA-256 of the objects of `item`.

        Raises EnvironmentProblem for an archive that cannot be read.
        """
        if isinstance(item.code, GeneratedCode):
            return self._generated(item)
        kernel = item.code.kernel
        names = sorted(f"{Path(name).stem}.o" for name in (*kernel.sources, *kernel.external_sources))
        found = (f"{name} {self._digest(kernel.set_name, name)}\n" for name in names)
        return sha256("".join(found).encode()).hexdigest()

    def _generated(self, item: Implementation) -> str:
        key = (item.set_name, item.function)
        if key not in self._digests:
            texts = kernel_texts(item.function, [item])
            with TemporaryDirectory(prefix="tinyml-object-") as folder:
                builder = replace(self._builder, folder=Path(folder))
                builder.write(texts)
                (compiled,) = builder.compile([f"{item.function}.c"])
                self._digests[key] = linked_digest(image_bytes(compiled), compiled)
        return self._digests[key]

    def _digest(self, set_name: str, member: str) -> str:
        if (set_name, member) not in self._digests:
            self._digests[set_name, member] = linked_digest(
                self._member(set_name, member), self._archives[set_name]
            )
        return self._digests[set_name, member]

    def _member(self, set_name: str, member: str) -> bytes:
        if set_name not in self._archives:
            raise InternalError(f"there is no archive of {set_name}", where=member)
        path = self._archives[set_name]
        if set_name not in self._members:
            self._members[set_name] = dict(members(path))
        if member not in self._members[set_name]:
            raise InternalError(f"there is no {member} in it", where=path)
        return self._members[set_name][member]


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of the files in the archive `path`, in GNU's format (binutils, bfd/archive.c).

    Raises EnvironmentProblem when `path` is not an archive, or a damaged one.
    """
    try:
        data = read_input(path, IMAGE_BYTES)
    except OSError as error:
        raise EnvironmentProblem(f"cannot be read: {error.strerror}", where=path) from None
    if not data.startswith(_ARCHIVE):
        raise EnvironmentProblem("is not an archive of objects", where=path)
    position, long_names = len(_ARCHIVE), b""
    while position + _HEADER_BYTES <= len(data):
        header = data[position : position + _HEADER_BYTES]
        name, start = header[:16].rstrip(b" "), position + _HEADER_BYTES
        size = header[48:58].rstrip(b" ")
        if not size.isdigit() or start + int(size) > len(data):
            raise EnvironmentProblem(f"is damaged: a member at {position:,} has no valid size", where=path)
        content = data[start : start + int(size)]
        position = start + len(content) + len(content) % 2
        if name == b"//":
            long_names = content
        elif name != b"/":  # "/" is the symbol table
            yield _name(name, long_names), content


def is_archive(path: Path) -> bool:
    """Return whether the file `path` begins as an archive does. Raises EnvironmentProblem when it cannot be read."""
    try:
        return read_input(path, IMAGE_BYTES).startswith(_ARCHIVE)
    except OSError as error:
        raise EnvironmentProblem(f"cannot be read: {error.strerror}", where=path) from None


def _name(name: bytes, long_names: bytes) -> str:
    """Return a member's name: it ends in a slash, or is "/" and an offset into the table of long names."""
    if name.startswith(b"/"):
        offset = int(name[1:]) if name[1:].isdigit() else len(long_names)
        name = long_names[offset:].partition(b"\n")[0]
    return name.rstrip(b"/").decode("utf-8", "replace")


def linked_digest(data: bytes, where: Path) -> str:
    """Return the SHA-256 of the content that a linker takes from the object file `data`, which lies in `where`.

    Raises InputError for a damaged one.
    """
    digest = sha256()
    with opened(data, where) as elf:
        for line in _Object(elf, where).lines():
            digest.update(line)
    return digest.hexdigest()


class _Object:
    """An object file, reduced to the sections that take memory."""

    def __init__(self, elf: ELFFile, where: Path) -> None:
        self._elf, self._where = elf, where
        self._sections = list(elf.iter_sections())

    def lines(self) -> Iterator[bytes]:
        """Yield sections with their contents, then relocations, then the symbols that the object defines."""
        for index in self._allocated:
            section = self._sections[index]
            facts = (section.name, section["sh_type"], section["sh_flags"], section["sh_addralign"])
            yield repr((*facts, section["sh_size"])).encode()
            yield section_contents(section, self._where)
        yield from self._relocations()
        yield from self._definitions()

    @cached_property
    def _allocated(self) -> list[int]:
        found = enumerate(self._sections)
        return [index for index, section in found if section["sh_flags"] & _ALLOCATED]

    @cached_property
    def _symbols(self) -> list[Any]:
        from elftools.elf.sections import SymbolTableSection

        table = self._elf.get_section_by_name(".symtab")
        return list(table.iter_symbols()) if isinstance(table, SymbolTableSection) else []

    def _relocations(self) -> Iterator[bytes]:
        from elftools.elf.relocation import RelocationSection

        for section in self._sections:
            if isinstance(section, RelocationSection) and section["sh_info"] in self._allocated:
                yield section.name.encode()
                for found in section.iter_relocations():
                    entry = found.entry
                    referent = self._referent(self._symbols[entry["r_info_sym"]])
                    yield repr(
                        (entry["r_offset"], entry["r_info_type"], entry.get("r_addend"), referent)
                    ).encode()

    def _definitions(self) -> Iterator[bytes]:
        for symbol in self._symbols:
            if symbol["st_info"]["bind"] != "STB_LOCAL" and symbol["st_shndx"] != "SHN_UNDEF":
                info = symbol["st_info"]
                yield repr((self._referent(symbol), info["bind"], info["type"], symbol["st_size"])).encode()

    def _referent(self, symbol: Any) -> tuple[str, str, int]:
        """Return name, section and offset of a relocation's symbol; section symbols have no name."""
        place = symbol["st_shndx"]
        section = self._sections[place].name if isinstance(place, int) else str(place)
        return symbol.name, section, symbol["st_value"]
