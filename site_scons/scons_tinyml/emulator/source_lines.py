"""Source lines of instructions, from the line tables of DWARF (versions 2 to 5, section 6.2)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from scons_tinyml.emulator.compilations import compilation_folders
from scons_tinyml.emulator.elf_sections import contents, image_bytes, opened
from scons_tinyml.emulator.line_tables import DamagedTable, FileTable, Row, Steps, Strings, line_programs
from scons_tinyml.records.errors import InputError

Line = tuple[str, int]
Entry = tuple[int, Line | None]
"""First address, and the line from there on; None where a sequence ends."""


class SourceLines:
    """Source lines by address."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    @classmethod
    def read(cls, elf: Path) -> SourceLines:
        """Read the lines of an ELF file. Return none without debug information, or if it is faulty or too large."""
        try:
            sequences = _read(elf)
        except (DamagedTable, InputError):  # faults are then reported without lines
            return cls(())
        sequences.sort(key=lambda sequence: sequence[0][0])
        return cls([entry for sequence in sequences for entry in sequence])

    def find(self, address: int) -> Line | None:
        """Return the line of `address`, or None where unknown."""
        index = bisect_right(self._entries, address, key=lambda entry: entry[0]) - 1
        return self._entries[index][1] if index >= 0 else None


def _read(path: Path) -> list[list[Entry]]:
    names = (".debug_line", ".debug_line_str", ".debug_str", ".debug_info", ".debug_abbrev")
    with opened(image_bytes(path), path) as elf:
        lines, line_strings, texts, info, abbreviations = (contents(elf, name, path) for name in names)
    steps, strings = Steps(), Strings(line_strings, texts)
    folders = compilation_folders(info, abbreviations, strings, steps)
    return [
        sequence
        for files, rows in line_programs(lines, strings, folders, steps)
        for sequence in _sequences(files, rows)
    ]


def _sequences(files: FileTable, rows: Iterable[Row]) -> Iterator[list[Entry]]:
    """Yield runs of addresses of one compilation unit, without those of discarded sections."""
    run: list[Entry] = []
    for row in rows:
        unknown = row.is_end or row.line <= 0  # line 0: code that the compiler added
        run.append((row.address, None if unknown else (files.path(row.file), row.line)))
        if row.is_end:
            if run[0][0] > 0:  # discarded code lies at 0, where Cortex-M has a vector table
                yield _in_order(run)
            run = []


def _in_order(run: list[Entry]) -> list[Entry]:
    """Return a run by address. The last of several lines for one address belongs to its instruction."""
    latest = dict(run)
    return sorted(latest.items(), key=lambda entry: entry[0])
