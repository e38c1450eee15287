"""ELF files as data: the one place that opens them, with bounds that the library does not have.

pyelftools trusts counts, sizes and offsets of headers: it reads 4 GiB of zeroes for a section without contents, and
four billion sections where a header says so. It raises nearly any exception for damaged contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError, TinymlError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import IMAGE_BYTES, IMAGE_PARTS, IMAGE_SECTIONS, SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

_PART_HEADER_BYTES, _SECTION_HEADER_BYTES = 32, 40
"""Sizes of the headers of a part and of a section of 32 bits (System V ABI, chapters 4 and 5)."""


@contextmanager
def opened(data: bytes, where: Path) -> Iterator[ELFFile]:
    """Give the ELF file with the content `data`. Raises InputError, also for what is wrong with it inside of `with`."""
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(BytesIO(data))
        if elf.elfclass == 32:
            _check_tables(elf, len(data), where)
        yield elf
    except TinymlError:
        raise
    except Exception as error:  # pyelftools raises nearly any exception for damaged contents
        shown = shorten(str(error) or type(error).__name__, SHOWN_CHARACTERS)
        raise InputError(f"this is not an ELF file, or a damaged one: {shown}", where=where) from error


def image_bytes(path: Path, most_bytes: int = IMAGE_BYTES) -> bytes:
    """Return the content of the image `path`. Raises InputError."""
    try:
        return read_input(path, most_bytes)
    except OSError as error:
        raise InputError(f"the image cannot be read: {error.strerror}", where=path) from error


def contents(elf: ELFFile, name: str, where: Path) -> bytes:
    """Return the bytes of the section `name`, empty without one. Raises InputError for sizes beyond the limit."""
    section = elf.get_section_by_name(name)
    return b"" if section is None else section_contents(section, where)


def section_contents(section: Any, where: Path) -> bytes:
    """Return the bytes of `section`. Raises InputError for one that the file does not hold or that is too large."""
    if section["sh_type"] == "SHT_NOBITS":
        return b""
    if section.data_size > IMAGE_BYTES:
        raise InputError(
            f"section {shorten(section.name)!r} has {section.data_size:,} bytes, the limit is {IMAGE_BYTES:,}",
            where=where,
        )
    data: bytes = section.data()
    return data


def _check_tables(elf: ELFFile, size_bytes: int, where: Path) -> None:
    for what, prefix, entry_bytes, most in (
        ("parts", "ph", _PART_HEADER_BYTES, IMAGE_PARTS),
        ("sections", "sh", _SECTION_HEADER_BYTES, IMAGE_SECTIONS),
    ):
        count, start = elf[f"e_{prefix}num"], elf[f"e_{prefix}off"]
        if count > most or (start and not count and prefix == "sh"):  # 0: another field has a larger number
            found = f"{count:,}" if count else "more than 65,279"
            raise InputError(f"this ELF file has {found} {what}, the limit is {most:,}", where=where)
        if count and elf[f"e_{prefix}entsize"] != entry_bytes:
            found = elf[f"e_{prefix}entsize"]
            raise InputError(
                f"the table of {what} has entries of {found} bytes, expected {entry_bytes}", where=where
            )
        if start + count * entry_bytes > size_bytes:
            raise InputError(
                f"this ELF file is cut off: its table of {what} ends at {start + count * entry_bytes:,}, the file at "
                f"{size_bytes:,}",
                where=where,
            )
