"""Contents of a firmware file for an emulator: bytes at addresses, names of addresses, and source lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from scons_tinyml.emulator import elf_file, hex_file
from scons_tinyml.emulator.elf_sections import image_bytes
from scons_tinyml.emulator.segment import Function, Segment
from scons_tinyml.emulator.source_lines import SourceLines
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import open_input

__all__ = ["Function", "Image", "Segment", "read_image"]

_ELF_SUFFIXES = {".elf", ".axf", ".out"}
_HEX_SUFFIXES = {".hex", ".ihex", ".ihx"}
_OTHER = {
    b"S0": "Motorola S-records",
    b"UF2\n": "UF2",
    b"\xcf\xfa\xed\xfe": "a program for macOS",
    b"MZ": "a program for Windows",
}
_UNSIZED_BYTES = 4096
_TEXT_BYTES = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\n\r\f")


@dataclass(frozen=True)
class Image:
    """Firmware image.

    `symbols_path` is the ELF file with its names and lines, None without one.
    """

    path: Path
    segments: tuple[Segment, ...] = ()
    symbols: dict[str, int] = field(default_factory=dict)
    functions: tuple[Function, ...] = ()  # by address, one for each
    data_marks: tuple[tuple[int, bool], ...] = ()  # (address, True where data begins, False for code)
    symbols_path: Path | None = None

    def symbol(self, name: str) -> int:
        """Return the address of the symbol `name`, bit 0 cleared for functions. Raises InputError."""
        if name not in self.symbols:
            raise InputError(
                f"there is no symbol '{name}' in the image",
                where=self.path,
                hint=_like(name, self.symbols),
            )
        return self.symbols[name]

    def address(self, text: str) -> int:
        """Return the address in a user's `text`: 'main', 'main+0x1a', '0x08000123' or '4660'.

        Raises InputError.
        """
        name, plus, offset = text.partition("+")
        number = _number(text)
        if number is not None:
            return number & ~1
        added = _number(offset) if plus else 0
        if added is None:
            raise InputError(f"'{offset}' in '{text}' is not a number, such as 26 or 0x1a", where=self.path)
        return self.symbol(name) + added & ~1

    def function_of(self, address: int) -> Function | None:
        """Return the function that contains `address`, or None.

        A function without a size reaches up to the next one, or 4 KiB.
        """
        index = bisect_right(self.functions, address, key=lambda function: function.address) - 1
        if index < 0:
            return None
        found = self.functions[index]
        return found if address - found.address < (found.size_bytes or _UNSIZED_BYTES) else None

    def line_of(self, address: int) -> tuple[str, int] | None:
        """Return source file and line of the instruction at `address`, or None where unknown."""
        return self._lines.find(address)

    def place(self, address: int) -> str:
        """Return 'function+0x1a' for messages, or the address alone where no function is known."""
        function = self.function_of(address)
        return f"{function.name}+0x{address - function.address:x}" if function else f"0x{address:08x}"

    def is_data(self, address: int) -> bool:
        """Return whether the image marks `address` as data within code."""
        index = bisect_right(self.data_marks, (address, True)) - 1
        return index >= 0 and self.data_marks[index][1]

    @cached_property
    def _lines(self) -> SourceLines:
        return SourceLines.read(self.symbols_path) if self.symbols_path else SourceLines(())


def read_image(
    path: Path, *, origin: int = 0, load_address: int | None = None, symbols: Path | None = None
) -> Image:
    """Read a firmware file: ELF, Intel HEX or raw bytes.

    Raw bytes lie at `load_address`, or at `origin` where that is None. The other formats contain their
    addresses. `symbols` is an ELF file of the same firmware that gives the names. Raises InputError.
    """
    image = _read(path, origin, load_address)
    if symbols is None:
        return image
    names = elf_file.read(symbols)
    _same_bytes(image, symbols, names.segments)
    return replace(image, **_names(names), symbols_path=symbols)


def _read(path: Path, origin: int, load_address: int | None) -> Image:
    start = _first_bytes(path)
    if start.startswith(elf_file.MAGIC) or path.suffix.lower() in _ELF_SUFFIXES:
        _lies_already(path, "an ELF file", load_address)
        read = elf_file.read(path)
        return Image(path, read.segments, **_names(read), symbols_path=path)
    if hex_file.looks_like(start) or path.suffix.lower() in _HEX_SUFFIXES:
        _lies_already(path, "an Intel HEX file", load_address)
        return Image(path, hex_file.read(path))
    return Image(path, (_raw(path, start, origin if load_address is None else load_address),))


def _names(read: elf_file.ElfFile) -> dict[str, Any]:
    return {"symbols": read.symbols, "functions": read.functions, "data_marks": read.data_marks}


def _first_bytes(path: Path) -> bytes:
    try:
        with open_input(path) as file:
            return file.read(64)
    except OSError as error:
        raise InputError(f"the image cannot be read: {error.strerror}", where=path) from error


def _lies_already(path: Path, what: str, load_address: int | None) -> None:
    if load_address is not None:
        raise InputError(
            f"a load address (0x{load_address:08x}) is given, but this is {what}, which says itself where it lies",
            where=path,
        )


def _raw(path: Path, start: bytes, address: int) -> Segment:
    for magic, name in _OTHER.items():
        if start.startswith(magic):
            raise _unknown(path, f"this is {name}")
    if start and all(byte in _TEXT_BYTES for byte in start):
        raise _unknown(path, f"this is text, beginning with {start[:20].decode()!r}")
    data = image_bytes(path)
    if len(data) < 8:
        raise _unknown(path, f"{len(data)} bytes hold no vector table")
    return Segment(address, data, address, len(data))


def _unknown(path: Path, found: str) -> InputError:
    return InputError(
        found,
        where=path,
        hint="expected an ELF file, an Intel HEX file, or raw bytes that begin with a vector table",
    )


def _same_bytes(image: Image, symbols: Path, theirs: Iterable[Segment]) -> None:
    """Raise InputError when `symbols` is of another build: wrong names would go unnoticed."""
    pairs = [(ours, other) for ours in image.segments for other in theirs]
    common = [
        (ours, other, start, end)
        for ours, other in pairs
        if (start := max(ours.load_address, other.load_address)) < (end := min(ours.load_end, other.load_end))
    ]
    if not common:
        raise InputError(f"nothing in here lies where {image.path} does", where=symbols)
    for ours, other, start, end in common:
        both = zip(ours.loaded(start, end), other.loaded(start, end), strict=True)
        for address, (found, expected) in enumerate(both, start):
            if found != expected:
                raise InputError(
                    f"this is another build than {image.path}: at 0x{address:08x} it has 0x{expected:02x}, "
                    f"the image 0x{found:02x}",
                    where=symbols,
                )


def _like(name: str, symbols: Iterable[str]) -> str:
    """Return a hint with names like `name`, as images have thousands of names."""
    close = get_close_matches(name, symbols, n=3)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return "no symbol has a name like it" if list(symbols) else "it has no symbols at all"


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None
