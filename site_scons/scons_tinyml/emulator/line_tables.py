"""Line tables of DWARF, versions 2 to 5 (section 6.2 of each), as data of anybody.

pyelftools has a reader of them, too. It believes counts (of files without a format, 2^60 of them), takes 600 bytes for
each row, and comes to no end for tables of a few hundred bytes. This one takes a step for each thing that it reads, and
the number of steps is limited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from scons_tinyml.records.input_limits import IMAGE_NAME_BYTES, LINE_STEPS

_LONG = 0xFFFF_FFFF  # first word of the length of a unit in the 64-bit format
_PATH, _FOLDER = 1, 2  # DW_LNCT_path, DW_LNCT_directory_index
_STRING, _STRP, _LINE_STRP = 0x08, 0x0E, 0x1F
_NUMBERS = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16}  # DW_FORM_data1 to data16
_BLOCKS = {0x0A: 1, 0x03: 2, 0x04: 4}  # DW_FORM_block1, block2, block4
_UDATA, _SDATA, _BLOCK = 0x0F, 0x0D, 0x09
_END_SEQUENCE, _SET_ADDRESS, _DEFINE_FILE = 1, 2, 3  # extended opcodes
_NO_OPERAND = {6, 7, 10, 11}  # negate_stmt, set_basic_block, set_prologue_end, set_epilogue_begin
_ONE_OPERAND = {5, 12}  # set_column, set_isa


class DamagedTable(ValueError):
    """A table that is not valid, or that takes more steps than the limit."""


class Steps:
    """Steps that are left for all tables of a file."""

    def __init__(self, count: int = LINE_STEPS) -> None:
        self._left = count

    def take(self) -> None:
        """Take a step. Raises DamagedTable after the last one."""
        self._left -= 1
        if self._left < 0:
            raise DamagedTable("the tables take too many steps")


class Cursor:
    """Position in little-endian `data`. All methods raise DamagedTable at its `end`."""

    def __init__(self, data: bytes, steps: Steps, start: int = 0, end: int | None = None) -> None:
        self.data, self.steps, self.at = data, steps, start
        self.end = len(data) if end is None else end
        if not 0 <= start <= self.end <= len(data):
            raise DamagedTable("a table lies outside of its section")

    def skip(self, count: int) -> None:
        """Go on by `count` bytes."""
        self.steps.take()
        self.at += count
        if not 0 <= self.at <= self.end:
            raise DamagedTable("a table is cut off")

    def number(self, size: int) -> int:
        """Return the unsigned number of `size` bytes."""
        start = self.at
        self.skip(size)
        return int.from_bytes(self.data[start : self.at], "little")

    def leb(self, *, signed: bool = False) -> int:
        """Return the number of variable length (LEB128, section 7.6)."""
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value - (1 << shift) if signed and byte & 0x40 else value
            if shift > 63:
                raise DamagedTable("a number has more than 64 bits")

    def text(self) -> str:
        """Return the text up to its NUL."""
        found = self.data.find(b"\0", self.at, min(self.end, self.at + IMAGE_NAME_BYTES))
        if found < 0:
            raise DamagedTable("a name has no end")
        start = self.at
        self.skip(found + 1 - start)
        return self.data[start:found].decode("utf-8", "replace")

    def unit(self) -> tuple[Cursor, int]:
        """Return a cursor over the unit that begins here, and the size of offsets in it; go on behind the unit."""
        length, offset_bytes = self.number(4), 4
        if length == _LONG:
            length, offset_bytes = self.number(8), 8
        start = self.at
        self.skip(length)
        return Cursor(self.data, self.steps, start, self.at), offset_bytes


@dataclass(frozen=True)
class Strings:
    """Sections with texts: .debug_line_str and .debug_str."""

    line_strings: bytes = b""
    strings: bytes = b""

    def find(self, form: int, offset: int, steps: Steps) -> str:
        """Return the text at `offset` in the section that `form` names."""
        return Cursor(self.line_strings if form == _LINE_STRP else self.strings, steps, offset).text()


@dataclass
class FileTable:
    """Folders and files of a line program, both counted from `since`. The folder 0 is that of the compilation."""

    since: int
    folders: list[str] = field(default_factory=list)
    files: list[tuple[str, int]] = field(default_factory=list)
    built_in: str = ""
    known: dict[int, str] = field(default_factory=dict)

    def path(self, number: int) -> str:
        """Return the path of the file `number`."""
        if number not in self.known:
            self.known[number] = self._path(number - self.since)
        return self.known[number]

    def _path(self, index: int) -> str:
        if not 0 <= index < len(self.files):
            return "unknown"
        name, folder = self.files[index]
        place = folder - self.since
        inside = self.folders[place] if 0 <= place < len(self.folders) else ""
        built_in = self.folders[0] if self.since == 0 and self.folders else self.built_in
        return str(PurePosixPath(built_in, inside, name))


@dataclass(frozen=True)
class Row:
    """State of a program at the beginning of an instruction, or behind the last one."""

    address: int
    file: int
    line: int
    is_end: bool


def line_programs(
    section: bytes, strings: Strings, folders: Mapping[int, str], steps: Steps
) -> Iterator[tuple[FileTable, Iterator[Row]]]:
    """Yield files and rows of each program of the section .debug_line. Raises DamagedTable.

    `folders` are those of compilations, by the offset of their program; programs of version 5 have their own.
    """
    cursor = Cursor(section, steps)
    while cursor.at < cursor.end:
        start = cursor.at
        unit, offset_bytes = cursor.unit()
        version = unit.number(2)
        if not 2 <= version <= 5:
            raise DamagedTable(f"a program has the version {version}")
        if version == 5:
            unit.skip(2)  # sizes of addresses and segment selectors
        yield _program(unit, offset_bytes, version, strings, folders.get(start, ""))


def _program(
    unit: Cursor, offset_bytes: int, version: int, strings: Strings, built_in: str
) -> tuple[FileTable, Iterator[Row]]:
    length = unit.number(offset_bytes)
    body = Cursor(unit.data, unit.steps, unit.at, unit.end)
    body.skip(length)
    scale = unit.number(1)
    if version >= 4:
        unit.skip(1)  # operations an instruction, for processors that run several at once
    unit.skip(1)  # first value of is_stmt
    line_base, line_range, opcode_base = unit.number(1), unit.number(1), unit.number(1)
    if not line_range:
        raise DamagedTable("a program has a range of no lines")
    lengths = [unit.number(1) for _ in range(opcode_base - 1)]
    files = _new_table(unit, offset_bytes, strings) if version == 5 else _old_table(unit, built_in)
    line_base -= 256 if line_base > 127 else 0
    return files, _rows(body, files, _Machine(scale, line_base, line_range, opcode_base, lengths))


def _old_table(unit: Cursor, built_in: str) -> FileTable:
    """Return the tables of versions 2 to 4, which end with an empty name."""
    table = FileTable(1, built_in=built_in)
    while folder := unit.text():
        table.folders.append(folder)
    while name := unit.text():
        table.files.append(_old_file(unit, name))
    return table


def _old_file(unit: Cursor, name: str) -> tuple[str, int]:
    folder = unit.leb()
    unit.leb()  # time of the last change
    unit.leb()  # size
    return name, folder


def _new_table(unit: Cursor, offset_bytes: int, strings: Strings) -> FileTable:
    """Return the tables of version 5, which say themselves what an entry holds."""
    folders = [name for name, _ in _entries(unit, offset_bytes, strings)]
    return FileTable(0, folders, list(_entries(unit, offset_bytes, strings)))


def _entries(unit: Cursor, offset_bytes: int, strings: Strings) -> Iterator[tuple[str, int]]:
    formats = [(unit.leb(), unit.leb()) for _ in range(unit.number(1))]
    for _ in range(unit.leb()):
        unit.steps.take()  # an entry may hold nothing
        values = {kind: _value(unit, form, offset_bytes, strings) for kind, form in formats}
        folder = values.get(_FOLDER, 0)
        yield str(values.get(_PATH, "")), folder if isinstance(folder, int) else 0


def _value(unit: Cursor, form: int, offset_bytes: int, strings: Strings) -> str | int:
    if form == _STRING:
        return unit.text()
    if form in (_STRP, _LINE_STRP):
        return strings.find(form, unit.number(offset_bytes), unit.steps)
    if form in _NUMBERS:
        return unit.number(_NUMBERS[form])
    if form in (_UDATA, _SDATA):
        return unit.leb(signed=form == _SDATA)
    if form in _BLOCKS or form == _BLOCK:
        unit.skip(unit.leb() if form == _BLOCK else unit.number(_BLOCKS[form]))
        return 0
    raise DamagedTable(f"a table of files has the form {form:#x}")


@dataclass
class _Machine:
    """Constants of a program's header."""

    scale: int
    line_base: int
    line_range: int
    opcode_base: int
    operand_counts: list[int]


def _rows(body: Cursor, files: FileTable, machine: _Machine) -> Iterator[Row]:
    """Yield the rows of a program: the state machine of section 6.2.5."""
    address, file, line = 0, 1, 1
    while body.at < body.end:
        opcode = body.number(1)
        if opcode >= machine.opcode_base:
            advance, step = divmod(opcode - machine.opcode_base, machine.line_range)
            address, line = address + advance * machine.scale, line + machine.line_base + step
            yield Row(address, file, line, is_end=False)
        elif opcode == 0:
            inside = Cursor(body.data, body.steps, *_extended(body))
            kind = inside.number(1)
            if kind == _END_SEQUENCE:
                yield Row(address, file, line, is_end=True)
                address, file, line = 0, 1, 1
            elif kind == _SET_ADDRESS:
                address = inside.number(min(inside.end - inside.at, 8))
            elif kind == _DEFINE_FILE:
                files.files.append(_old_file(inside, inside.text()))
        elif opcode == 1:
            yield Row(address, file, line, is_end=False)
        elif opcode == 2:
            address += body.leb() * machine.scale
        elif opcode == 3:
            line += body.leb(signed=True)
        elif opcode == 4:
            file = body.leb()
        elif opcode == 8:
            address += (255 - machine.opcode_base) // machine.line_range * machine.scale
        elif opcode == 9:
            address += body.number(2)
        elif opcode in _ONE_OPERAND:
            body.leb()
        elif opcode not in _NO_OPERAND:
            for _ in range(machine.operand_counts[opcode - 1]):
                body.leb()


def _extended(body: Cursor) -> tuple[int, int]:
    """Return the range of an extended instruction, and go on behind it."""
    length, start = body.leb(), body.at
    body.skip(max(length, 1))
    return start, body.at
