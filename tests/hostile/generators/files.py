"""Text files, records, databases, packs and images that make their reader work for ever, or with all memory.

Machine code of images is written as bytes, so that no compiler is needed.
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from support.elf_bytes import FLASH, elf_file, typical
from support.hostile import Hostile
from support.reports import REPORT

_BOARD = Path("boards", "acme.toml")
_BUILD = ("scons", "target=acme", "model=mine", "-n")
_COSTS = ("tinyml", "costs", "list")
_RUN = ("tinyml", "run", "image", "--board", "stm32l1", "--no-timing")
_REPORT = ("tinyml", "report", "report.json")
_VALIDATE = ("tinyml", "validate", "expected.toml")
_RAM = 0x2000_0000


def board(text: str | bytes, project: Path) -> None:
    (project / _BOARD).write_bytes(text.encode() if isinstance(text, str) else text)


def clock(value: str, project: Path) -> None:
    lines = (project / _BOARD).read_text().splitlines()
    changed = [f"clock = {value}" if line.startswith("clock =") else line for line in lines]
    (project / _BOARD).write_text("\n".join(changed))


def fifo(path: str, project: Path) -> None:
    place = project / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    os.mkfifo(place)


def link_to_zeroes(path: str, project: Path) -> None:
    place = project / path
    place.unlink(missing_ok=True)
    place.symlink_to("/dev/zero")


def sparse(path: str, project: Path) -> None:
    with (project / path).open("wb") as stream:
        stream.truncate(30 * 2**30)


def report(change: Callable[[dict[str, object]], object], project: Path) -> None:
    values = REPORT.model_dump(mode="json", by_alias=True)
    change(values)
    (project / "report.json").write_text(json.dumps(values))


def written(path: str, content: str | bytes, project: Path) -> None:
    place = project / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content.encode() if isinstance(content, str) else content)


def database(*statements: str, project: Path) -> None:
    path = project / ".tinyml" / "costs.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def firmware(*halfwords: int) -> bytes:
    """Raw image for a board with flash at 0: a vector table, and code in Thumb at its entry."""
    code = struct.pack(f"<{len(halfwords)}H", *halfwords)
    return struct.pack("<2I", _RAM + 0x1000, FLASH + 9) + code


def semihosting(operation: int, block: tuple[int, ...]) -> bytes:
    """Image that makes one call with `block`, which is behind the code, then branches to itself."""
    words = struct.pack(f"<{len(block)}I", *block)
    #          movs r0, #op        ldr r1, [pc]  bkpt    b .     nop
    return firmware(0x2000 | operation, 0x4901, 0xBEAB, 0xE7FE) + struct.pack("<I", FLASH + 20) + words


VIEW = "create view costs as with recursive n(i) as (select 1 union all select i + 1 from n) select i as digest from n"
VERSIONS = (
    "create table schema_versions (version integer primary key, applied_at text) strict",
    "insert into schema_versions values (3, 'now')",
)

CASES = [
    Hostile(
        "a board with deep arrays",
        partial(board, "a = " + "[" * 3000),
        _BUILD,
        says="acme.toml: found values",
    ),
    Hostile("a board with a million digits", partial(clock, "9" * 1_000_000), _BUILD, says="the limit is"),
    Hostile(
        "a board with 300,000 keys",
        partial(board, "".join(f"k{number} = 1\n" for number in range(300_000))),
        _BUILD,
        says="acme.toml: found 3,488,890 bytes, the limit is 262,144 bytes",
    ),
    Hostile("a board that is a pipe", partial(fifo, str(_BOARD)), _BUILD, says="acme.toml"),
    Hostile("a board that is a device", partial(link_to_zeroes, str(_BOARD)), _BUILD, says="acme.toml"),
    Hostile("a board of 30 GB", partial(sparse, str(_BOARD)), _BUILD, says="found 32,212,254,720 bytes"),
    Hostile(
        "a board that is not UTF-8", partial(board, b"a = '\xff\0'"), _BUILD, says="acme.toml: cannot be read"
    ),
    Hostile(
        "a clock of 400 digits", partial(clock, f'"{"9" * 400} Hz"'), _BUILD, says="acme.toml: clock: '99999"
    ),
    Hostile(
        "a clock beyond a double", partial(clock, '"1e400 KiB"'), _BUILD, says="acme.toml: clock: '1e400 KiB'"
    ),
    Hostile(
        "a table of 20,000 expected results",
        partial(written, "expected.toml", "[[firmware]]\n" * 20_000),
        _VALIDATE,
        says="expected.toml: 80,000 mistakes",
    ),
    Hostile(
        "expected results of 400 digits",
        partial(written, "expected.toml", "[[firmware]]\ncycles = " + "9" * 400),
        _VALIDATE,
        says="expected.toml: firmware.0.cycles: found a number of 1329 bits, the limit is 64",
    ),
    Hostile(
        "a report of deep lists",
        partial(written, "report.json", "[" * 100_000),
        _REPORT,
        says="report.json: is not JSON: found lists and objects 100000 deep, the limit is 64",
    ),
    Hostile(
        "a report with half of a surrogate pair",
        partial(report, lambda values: values.update(target="\ud800")),
        _REPORT,
        says="report.json: is not JSON: found half of a surrogate pair",
    ),
    Hostile(
        "a report with a number that is none",
        partial(report, lambda values: values.update(flash_bytes=float("nan"))),
        _REPORT,
        says="report.json: is not JSON: found NaN",
    ),
    Hostile(
        "a report of a million mistakes",
        partial(report, lambda values: values.update(layers=[0] * 1_000_000)),
        _REPORT,
        says="the limit is 100,000",
    ),
    Hostile(
        "a report with a number of 5000 digits",
        partial(report, lambda values: values.update(cycles="@")),
        _REPORT,
        says="report.json: cycles: is not a report of this version",
    ),
    Hostile("a report that is a pipe", partial(fifo, "report.json"), _REPORT, says="report.json: is a pipe"),
    Hostile(
        "costs that are an endless view",
        partial(lambda project: database(*VERSIONS, VIEW, project=project)),
        _COSTS,
        says="costs.sqlite3: is no database of costs: has a view, 'costs', expected tables and indexes only",
    ),
    Hostile(
        "costs with a trigger",
        lambda project: database(
            *VERSIONS, "create trigger t after insert on schema_versions begin select 1; end", project=project
        ),
        _COSTS,
        says="costs.sqlite3: is no database of costs: has a trigger, 't'",
    ),
    Hostile(
        "costs with generated columns",
        lambda project: database(
            *VERSIONS,
            "create table costs (digest text primary key, cycles integer as (length(zeroblob(900000000)))) strict",
            project=project,
        ),
        _COSTS,
        says="table 'costs' has generated columns",
    ),
    Hostile(
        "costs of any types",
        lambda project: database(*VERSIONS, "create table costs (digest, cycles)", project=project),
        _COSTS,
        says="table 'costs' does not fix the types of its columns",
    ),
    Hostile(
        "a write-ahead log that is a pipe",
        lambda project: (
            database(*VERSIONS, project=project),
            fifo(".tinyml/costs.sqlite3-wal", project),
        ),
        _COSTS,
        says="costs.sqlite3-wal: is a pipe (FIFO), not a file",
    ),
    Hostile(
        "a pack that says it has ten million rows",
        partial(
            written,
            "pack.jsonl",
            json.dumps(
                {
                    "created": "2024-01-02T03:04:05+00:00",
                    "digest": "0" * 64,
                    "format": "tinyml-costs",
                    "format_version": 2,
                    "name": "mine",
                    "rows": 10**7,
                    "tool_version": "1",
                },
                sort_keys=True,
                separators=(",", ":"),
            )
            + "\n",
        ),
        ("tinyml", "costs", "import", "pack.jsonl"),
        says="pack.jsonl:1: rows: found 10,000,000, the limit is 500,000",
    ),
    Hostile(
        "a pack of one line",
        partial(written, "pack.jsonl", "[" * 50_000_000),
        ("tinyml", "costs", "import", "pack.jsonl"),
        says="pack.jsonl:1: found a line of 65536 bytes or more",
    ),
    Hostile(
        "a pack that is a pipe",
        partial(fifo, "pack.jsonl"),
        ("tinyml", "costs", "import", "pack.jsonl"),
        says="pack.jsonl: is a pipe",
    ),
    Hostile(
        "an image with four billion bytes to load",
        partial(written, "image", elf_file()[:64] + b"\xff" * 12 + elf_file()[76:]),
        _RUN,
        says="image: ",
    ),
    Hostile(
        "an image with sections without end",
        partial(written, "image", elf_file()[:48] + b"\0\0" + elf_file()[50:]),
        _RUN,
        says="image: this ELF file has more than 65,279 sections, the limit is 8,192",
    ),
    Hostile(
        "an image with 2^60 files in its lines",
        partial(
            written,
            "image",
            elf_file(
                {
                    **typical(),
                    ".debug_line": struct.pack("<IHBBI", 40, 5, 4, 0, 30)
                    + bytes((2, 1, 1, 0xFB, 14, 1, 0))
                    + b"\xff" * 8
                    + b"\x0f"
                    + bytes(20),
                },
                firmware(0xDE00),
            ),
        ),
        _RUN,
        code=4,
        says="undefined instruction",
    ),
    Hostile("an image that is a device", partial(link_to_zeroes, "image"), _RUN, says="image: is a device"),
    Hostile("an image that is a pipe", partial(fifo, "image"), _RUN, says="image: is a pipe"),
    Hostile("an image of 30 GB", partial(sparse, "image"), _RUN, says="the limit is 67,108,864 bytes"),
    Hostile(
        "a call of the debugger that reads 2^32 bytes",
        partial(written, "image", semihosting(0x01, (FLASH, 4, 0xFFFF_FFFF))),
        (*_RUN, "--max-instructions", "1000"),
        code=4,
        says="the limit of 1,000 instructions was reached",
    ),
    Hostile(
        "a text of the debugger where there is no memory",
        partial(written, "image", firmware(0x2004, 0x4901, 0xBEAB, 0xE7FE) + struct.pack("<I", 0x3000_0000)),
        _RUN,
        code=4,
        says="is to read 1 bytes at 0x30000000, where memory has 0 bytes",
    ),
    Hostile(
        "a script that waits for a million years",
        lambda project: (
            written("image", firmware(0xE7FE), project),
            written("talk", "wait 99999999999999 s", project),
        ),
        (*_RUN, "--script", "talk"),
        says="talk:1: 1e+14 s is too long: the limit is 1e+06 s",
    ),
    Hostile(
        "input that is a device",
        partial(written, "image", firmware(0xE7FE)),
        (*_RUN, "--input", "/dev/zero"),
        says="/dev/zero: is a device, not a file",
    ),
]
