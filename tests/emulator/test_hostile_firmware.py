"""Firmware that asks the emulator for too much: memory, time, output; and files of images that are damaged."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from scons_tinyml.emulator import channels
from scons_tinyml.emulator.channels import Channels
from scons_tinyml.emulator.elf_sections import contents, opened
from scons_tinyml.emulator.image import Image, read_image
from scons_tinyml.emulator.line_tables import Cursor, DamagedTable, Steps, Strings, line_programs
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.memory import mappings
from scons_tinyml.emulator.profile import disassembly
from scons_tinyml.emulator.segment import Segment
from scons_tinyml.emulator.session import RunRequest, run_session
from scons_tinyml.records.errors import FirmwareFault, InputError, LimitReached
from support.elf_bytes import CODE, FLASH, elf_file, line_program, typical
from support.fake_machine import MAIN, FakeMachine, Tick

CALLS = """
.macro ask operation, block
movs r0, #\\operation
ldr r1, =\\block
bkpt 0xAB
.endm
.macro block a, b, c
ldr r2, =0x20000000
ldr r3, =\\a
str r3, [r2]
ldr r3, =\\b
str r3, [r2, #4]
ldr r3, =\\c
str r3, [r2, #8]
.endm
"""
CONSOLE = (
    '\n.balign 4\nname: .asciz ":tt"\n.balign 4\nto_read: .word name, 0, 3\nto_write: .word name, 4, 3\n'
)


def run(machine, body: str, **options: object) -> Machine:
    made: Machine = machine(f"{CALLS}\nstart: {body}\nend: b end\n.ltorg\n{CONSOLE}", **options)
    made.run_until(made.symbol("end"), max_instructions=1000)
    return made


@pytest.mark.parametrize("timing", [True, False])
def test_a_read_of_2_to_the_32_bytes_takes_what_there_is(machine, timing):
    made = run(machine, "ask 1, to_read\n block 1, 0x20000100, 0xffffffff\n ask 6, 0x20000000", timing=timing)
    assert made.register("r0") == 0xFFFF_FFFF


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "ask 1, to_write\n block 1, 0x20000000, 0xffffffff\n ask 5, 0x20000000",
            "is to read 4,294,967,295 bytes at 0x20000000, where memory has 65,536 bytes",
        ),
        ("ask 4, 0x30000000", "is to read 1 bytes at 0x30000000, where memory has 0 bytes"),
        ("ask 5, 0xfffffffc", "is to read 12 bytes at 0xfffffffc, where memory has 0 bytes"),
        ("ask 0x30, 0x2000fffc", "is to write 8 bytes at 0x2000fffc, where memory has 4 bytes"),
        ("block 0x30000000, 4, 0xffffffff\n ask 1, 0x20000000", "is to read 256 bytes at 0x30000000"),
    ],
)
def test_what_there_is_not_is_a_fault_with_its_place(machine, body, message):
    with pytest.raises(FirmwareFault, match=message) as found:
        run(machine, body)
    assert "in start+0x" in str(found.value)


def test_a_long_name_is_no_file(machine):
    assert run(machine, "block 0x20000000, 4, 0xffffffff\n ask 1, 0x20000000").register("r0") == 0xFFFF_FFFF


def test_open_files_have_a_limit(machine):
    body = "movs r4, #70\n 1: ask 1, to_read\n subs r4, #1\n bne 1b\n mov r5, r0\n ask 0x13, 0"
    made = run(machine, body)
    assert (made.register("r5"), made.register("r0")) == (0xFFFF_FFFF, 24)


def test_output_that_nobody_takes_is_forgotten(monkeypatch):
    monkeypatch.setattr(channels, "KEPT_OUTPUT_BYTES", 100)
    kept = Channels()
    heard = []
    kept.on_output = lambda _, data: heard.append(data)
    for number in range(1000):
        kept.put("uart", b"%3d" % number)
    assert b"".join(heard) == b"".join(b"%3d" % number for number in range(1000))
    taken = kept.take("uart")
    assert 100 <= len(taken) <= 200
    assert taken.endswith(b"998999")


class Clock:
    """A clock that is one second later at each look."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 1
        return self.now_s


@pytest.mark.parametrize(
    "body",
    [
        "b start",
        "ask 3, 0x20000000\n b start",
        "wfi\n b start",
        "ldr r2, =0xE000E010\n 1: ldr r3, [r2]\n b 1b",
    ],
)
@pytest.mark.parametrize("timing", [True, False])
def test_wall_clock_time_ends_every_run(machine, body, timing, monkeypatch):
    monkeypatch.setattr("scons_tinyml.emulator.runner._SLICE_INSTRUCTIONS", {True: 1000, False: 1000})
    made = machine(f"{CALLS}\nstart: {body}\n.ltorg", timing=timing)
    outcome = run_session(made, RunRequest(max_seconds=3, clock=Clock()))
    assert outcome.reason in ("limit", "idle")
    if outcome.reason == "limit":
        assert isinstance(outcome.problem, LimitReached)
        assert "the limit of 3 s of wall-clock time was reached (pc 0x0800" in str(outcome.problem)
    else:
        assert body.startswith("wfi")  # nothing will wake it, which is known at once


def test_the_moment_makes_native_code_come_to_its_end(machine):
    """Without a timer, this loop would run for 2,000,000,000 instructions before anybody looked at the clock."""
    made = machine("start: b start", timing=False)
    made._runner._slice_instructions = 1 << 62
    outcome = run_session(made, RunRequest(max_seconds=0.01))
    assert "the limit of 0.01 s of wall-clock time was reached" in str(outcome.problem)
    assert outcome.instructions < 2_000_000_000


def test_without_a_limit_no_clock_is_read(make_board):
    def clock() -> float:
        raise AssertionError

    outcome = run_session(FakeMachine([Tick(MAIN, exit_code=0)], make_board()), RunRequest(clock=clock))
    assert outcome.reason == "exit"


HEADERS = {
    "parts without end": ({44: b"\xff\xff"}, "this ELF file has 65,535 parts, the limit is 1,024"),
    "sections without end": ({48: b"\0\0"}, "has more than 65,279 sections, the limit is 8,192"),
    "sections of no size": ({46: b"\0\0"}, "the table of sections has entries of 0 bytes, expected 40"),
    "parts of no size": ({42: b"\0\0"}, "the table of parts has entries of 0 bytes, expected 32"),
    "sections elsewhere": (
        {32: b"\xff\xff\xff\x7f"},
        r"its table of sections ends at 2,147,48\d,\d+, the file at",
    ),
    "a part of 4 GiB": (
        {68: b"\xff\xff\xff\xff"},
        "its parts have 4,294,967,295 bytes, the limit is 67,108,864",
    ),
    "another byte order": ({5: b"\x02"}, "the table of parts has entries of 8192 bytes, expected 32"),
    "nothing behind the header": ({}, "this ELF file is cut off"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_damaged_headers(tmp_path, name):
    changes, message = HEADERS[name]
    data = bytearray(elf_file())
    for place, content in changes.items():
        data[place : place + len(content)] = content
    path = tmp_path / "image.elf"
    path.write_bytes(data if changes else data[:52])
    with pytest.raises(InputError, match=message):
        read_image(path)


def with_symbols(count: int, name_bytes: int, place: int) -> bytes:
    symbol = struct.pack("<IIIBBH", place, FLASH + 9, 8, 0x12, 0, 1)
    return elf_file({".symtab": symbol * count, ".strtab": b"\0" + b"n" * name_bytes + b"\0"})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (with_symbols(200_001, 4, 1), "this ELF file has 200,001 symbols, the limit is 200,000"),
        (with_symbols(5000, 4000, 1), "its symbols have names of more than 16,777,216 bytes"),
        (with_symbols(1, 5000, 1), "the name of a symbol, at 1 of its table, has no end"),
        (with_symbols(1, 4, 2**32 - 1), "the name of a symbol, at 4,294,967,295 of its table, has no end"),
        (
            elf_file({".symtab": bytes(17), ".strtab": b"\0"}),
            "Expected section size to be a multiple of entry size",
        ),
    ],
)
def test_damaged_symbols(tmp_path, data, message):
    path = tmp_path / "image.elf"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_image(path)


def test_a_small_valid_file(tmp_path):
    """The files above differ from it in one thing each."""
    path = tmp_path / "image.elf"
    path.write_bytes(elf_file())
    image = read_image(path)
    assert image.segments == (Segment(FLASH, CODE, FLASH, len(CODE)),)
    assert [function.name for function in image.functions] == ["main"]
    assert [image.line_of(FLASH + offset) for offset in (7, 8, 10, 12)] == [
        None,
        ("/src/main.c", 2),
        ("/src/main.c", 3),
        None,
    ]


def test_sections_that_the_file_does_not_hold(tmp_path):
    data = bytearray(elf_file())
    index = list(typical()).index(".debug_line") + 1
    headers = len(data) - 40 * (len(typical()) + 2)
    struct.pack_into("<I", data, headers + 40 * index + 4, 8)  # SHT_NOBITS: of zeroes, as many as it says
    struct.pack_into("<I", data, headers + 40 * index + 20, 0xFFFF_FFFF)
    with opened(bytes(data), tmp_path) as elf:
        assert contents(elf, ".debug_line", tmp_path) == b""


def programs(section: bytes, steps: int = 10_000) -> list[tuple[int, int]]:
    found = line_programs(section, Strings(b"/src\0main.c\0", b""), {}, Steps(steps))
    return [(row.address, row.line) for _, rows in found for row in rows]


ROWS = [(FLASH + 8, 2), (FLASH + 10, 3), (FLASH + 12, 3)]
V5 = struct.pack("<HBBI", 5, 4, 0, 20) + bytes((2, 1, 1, 0xFB, 14, 1))


def unit(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_lines_of_all_versions(version):
    assert programs(line_program(version)) == ROWS


TABLES = {
    "files without a format": (unit(V5 + b"\0" + b"\xff" * 8 + b"\x0f" + bytes(30)), "too many steps"),
    "a range of no lines": (
        unit(struct.pack("<HI", 3, 5) + bytes((2, 1, 0xFB, 0, 1))),
        "a range of no lines",
    ),
    "a unit beyond the end": (struct.pack("<I", 999) + bytes(8), "a table is cut off"),
    "a unit of 2^64 bytes": (b"\xff" * 12 + bytes(8), "a table is cut off"),
    "zeroes": (bytes(400), "a program has the version|a table is cut off"),
    "a number without end": (unit(V5 + b"\0" + b"\x80" * 30), "a number has more than 64 bits"),
    "a name without end": (
        unit(struct.pack("<HI", 3, 30) + bytes((2, 1, 0xFB, 14, 1)) + b"n" * 50),
        "has no end",
    ),
    "more rows than steps": (line_program(3)[:-3] + b"", "a table is cut off"),
    "a form that there is not": (
        unit(V5 + b"\x01\x01\x99\x01\x01" + bytes(9)),
        "a table of files has the form",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_damaged_tables(name):
    section, message = TABLES[name]
    with pytest.raises(DamagedTable, match=message):
        programs(section)


def test_rows_take_steps():
    header = line_program(3)[4:]
    section = unit(header[:-14] + b"\x01" * 100_000)
    with pytest.raises(DamagedTable, match="too many steps"):
        programs(section, steps=1000)
    with pytest.raises(DamagedTable, match="lies outside"):
        Cursor(b"", Steps(1), 5)


def test_an_image_takes_no_more_memory_than_the_board_and_some(make_board):
    image = Image(Path("image"), (Segment(FLASH, bytes(8), 0x2000_0000, 0xD000_0000),))
    with pytest.raises(InputError, match="the image needs 0x20000000 to 0xf0000000, but RAM ends at 0x2001"):
        mappings(make_board(), image)


def test_a_profile_shows_no_other_files_than_sources(tmp_path):
    for name in ("secret", "secret.txt", "notes.md"):
        (tmp_path / name).write_text("password")
        assert disassembly._source(str(tmp_path / name), 1) == ""
    (tmp_path / "main.c").write_text("int x;\n")
    assert disassembly._source(str(tmp_path / "main.c"), 1) == "int x;"
    (tmp_path / "zeroes.c").symlink_to("/dev/zero")
    assert disassembly._source(str(tmp_path / "zeroes.c"), 1) == ""
