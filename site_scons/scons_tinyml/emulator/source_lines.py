"""Source lines of instructions, from the line tables of DWARF (versions 2 to 5, section 6.2)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

Line = tuple[str, int]
Entry = tuple[int, Line | None]
"""First address, and the line from there on; None where a sequence ends."""


class SourceLines:
    """Source lines by address."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    @classmethod
    def read(cls, elf: Path) -> SourceLines:
        """Read the lines of a valid ELF file. Return none without debug information, or if it is faulty."""
        from elftools.common.exceptions import DWARFError, ELFError
        from elftools.elf.elffile import ELFFile

        with elf.open("rb") as file:
            info = ELFFile(file)
            if not info.has_dwarf_info(strict=True):
                return cls(())
            try:
                dwarf = info.get_dwarf_info()
                sequences = [sequence for unit in dwarf.iter_CUs() for sequence in _sequences(dwarf, unit)]
            except (DWARFError, ELFError):  # faults are then reported without lines
                return cls(())
        sequences.sort(key=lambda sequence: sequence[0][0])
        return cls([entry for sequence in sequences for entry in sequence])

    def find(self, address: int) -> Line | None:
        """Return the line of `address`, or None where unknown."""
        index = bisect_right(self._entries, address, key=lambda entry: entry[0]) - 1
        return self._entries[index][1] if index >= 0 else None


def _sequences(dwarf: Any, unit: Any) -> Iterator[list[Entry]]:
    """Yield runs of addresses of one compilation unit, without those of discarded sections."""
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return
    names = _FileNames(program.header, unit)
    run: list[Entry] = []
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        unknown = state.end_sequence or not state.line  # line 0: code that the compiler added
        run.append((state.address, None if unknown else (names[state.file], state.line)))
        if state.end_sequence:
            if run[0][0] > 0:  # discarded code lies at 0, where Cortex-M has a vector table
                yield _in_order(run)
            run = []


def _in_order(run: list[Entry]) -> list[Entry]:
    """Return a run by address. The last of several lines for one address belongs to its instruction."""
    latest = dict(run)
    return sorted(latest.items(), key=lambda entry: entry[0])


class _FileNames:
    """Paths of a line program's files, counted from 1 up to DWARF 4 and from 0 since DWARF 5."""

    def __init__(self, header: Any, unit: Any) -> None:
        self._since = 0 if header.version >= 5 else 1
        self._files = header.file_entry
        self._folders = [folder.decode("utf-8", "replace") for folder in header.include_directory]
        built_in = unit.get_top_DIE().attributes.get("DW_AT_comp_dir")
        self._built_in = built_in.value.decode("utf-8", "replace") if built_in else ""
        self._known: dict[int, str] = {}

    def __getitem__(self, number: int) -> str:
        """Return the path of the file `number`."""
        if number not in self._known:
            self._known[number] = self._path(number)
        return self._known[number]

    def _path(self, number: int) -> str:
        index = number - self._since
        if not 0 <= index < len(self._files):
            return "unknown"
        file = self._files[index]
        folder = file.dir_index - self._since
        inside = self._folders[folder] if 0 <= folder < len(self._folders) else ""
        return str(PurePosixPath(self._built_in, inside, file.name.decode("utf-8", "replace")))
