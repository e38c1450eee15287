"""The shipped boards, whole: a figure that changes has to change here too."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.schema import json_schema
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.firmware.layout import code_alignment_bytes, place
from scons_tinyml.stages.firmware.toolchain import core_flags

BOARDS = Path(__file__).parents[2] / "boards"
FILES = sorted(BOARDS.glob("*.toml"))

KIB = 1024
RAM = ("data", "arena", "stack")


def cache(size, line, ways, **more):
    return {"size": size, "line": line, "ways": ways, **more}


def flash(origin, size):
    return {"name": "FLASH", "kind": "flash", "origin": origin, "size": size, "holds": ("code", "weights")}


def ram(name, origin, size, holds=RAM, **more):
    return {"name": name, "kind": "ram", "origin": origin, "size": size, "holds": holds, **more}


def reads(wait_states, line_width_bits, prefetch, **caches):
    found = {"wait_states": wait_states, "line_width_bits": line_width_bits, "prefetch": prefetch}
    return {**found, **caches}


L4_CACHES = {"instruction_cache": cache(KIB, 32, 32), "data_cache": cache(256, 32, 8)}

EXPECTED = {
    "nrf52840": {
        "vendor": "Nordic Semiconductor",
        "part": "nRF52840",
        "core": "cortex-m4",
        "features": ("fpu", "dsp"),
        "clock": 64_000_000,
        "interrupts": 48,
        "devices": "nrf52",
        "memory": (flash(0, 1024 * KIB), ram("RAM", 0x2000_0000, 256 * KIB)),
        "flash": reads(2, 128, False, instruction_cache=cache(2 * KIB, 16, 2)),
        "supply": {"voltage": 3.0, "run_current": pytest.approx(3.3e-3)},
    },
    "rp2040": {
        "vendor": "Raspberry Pi",
        "part": "RP2040",
        "core": "cortex-m0plus",
        "clock": 125_000_000,
        "interrupts": 26,
        "devices": "rp2040",
        "boot_stage": "rp2040",
        "memory": (
            flash(0x1000_0000, 2048 * KIB),
            ram("SRAM", 0x2000_0000, 256 * KIB),
            ram("SCRATCH", 0x2004_0000, 8 * KIB),
        ),
        "flash": reads(49, 32, False, unified_cache=cache(16 * KIB, 8, 2)),
    },
    "stm32f103": {
        "part": "STM32F103RB",
        "core": "cortex-m3",
        "clock": 72_000_000,
        "interrupts": 43,
        "devices": "stm32f1",
        "memory": (flash(0x0800_0000, 128 * KIB), ram("RAM", 0x2000_0000, 20 * KIB)),
        "flash": reads(2, 64, True),
    },
    "stm32f407": {
        "part": "STM32F407VG",
        "core": "cortex-m4",
        "features": ("fpu", "dsp"),
        "clock": 168_000_000,
        "interrupts": 82,
        "devices": "stm32f4",
        "memory": (
            flash(0x0800_0000, 1024 * KIB),
            ram("SRAM1", 0x2000_0000, 112 * KIB),
            ram("SRAM2", 0x2001_C000, 16 * KIB),
            ram("CCM", 0x1000_0000, 64 * KIB),
        ),
        "flash": reads(
            5,
            128,
            True,
            instruction_cache=cache(KIB, 16, 64, replacement="lru"),
            data_cache=cache(128, 16, 8),
        ),
    },
    "stm32f746": {
        "part": "STM32F746NG",
        "core": "cortex-m7",
        "features": ("fpu", "dsp"),
        "clock": 216_000_000,
        "interrupts": 98,
        "devices": "stm32f7",
        "memory": (
            flash(0x0800_0000, 1024 * KIB),
            ram("DTCM", 0x2000_0000, 64 * KIB, tightly_coupled=True),
            ram("SRAM", 0x2001_0000, 256 * KIB, ("arena",)),
            ram("ITCM", 0, 16 * KIB, ("data",), tightly_coupled=True),
        ),
        "flash": reads(7, 256, False),
        "core_caches": {"instruction": cache(4 * KIB, 32, 2), "data": cache(4 * KIB, 32, 4)},
    },
    "stm32g0b1": {
        "part": "STM32G0B1RE",
        "core": "cortex-m0plus",
        "clock": 64_000_000,
        "interrupts": 31,
        "devices": "stm32g0",
        "memory": (flash(0x0800_0000, 512 * KIB), ram("RAM", 0x2000_0000, 144 * KIB)),
        "flash": reads(2, 64, True, instruction_cache=cache(16, 8, 2)),
    },
    "stm32h7a3": {
        "part": "STM32H7A3ZI",
        "core": "cortex-m7",
        "features": ("fpu", "fpu_double", "dsp"),
        "clock": 280_000_000,
        "interrupts": 155,
        "devices": "stm32h7",
        "memory": (
            flash(0x0800_0000, 2048 * KIB),
            ram("DTCM", 0x2000_0000, 128 * KIB, tightly_coupled=True),
            ram("AXISRAM", 0x2400_0000, 1024 * KIB, ("arena",)),
            ram("AHBSRAM", 0x3000_0000, 128 * KIB, ("arena",)),
            ram("ITCM", 0, 64 * KIB, ("data",), tightly_coupled=True),
        ),
        "flash": reads(6, 128, False),
        "core_caches": {"instruction": cache(16 * KIB, 32, 2), "data": cache(16 * KIB, 32, 4)},
    },
    "stm32l1": {
        "part": "STM32L152RE",
        "core": "cortex-m3",
        "clock": 32_000_000,
        "interrupts": 57,
        "devices": "stm32l1",
        "memory": (flash(0x0800_0000, 512 * KIB), ram("RAM", 0x2000_0000, 80 * KIB)),
        "flash": reads(1, 64, True),
        "supply": {"voltage": 3.0, "run_current": pytest.approx(9.6e-3)},
    },
    "stm32l4": {
        "part": "STM32L475VG",
        "core": "cortex-m4",
        "features": ("fpu", "dsp"),
        "clock": 80_000_000,
        "interrupts": 82,
        "devices": "stm32l4",
        "memory": (
            flash(0x0800_0000, 1024 * KIB),
            ram("SRAM1", 0x2000_0000, 96 * KIB),
            ram("SRAM2", 0x1000_0000, 32 * KIB),
        ),
        "flash": reads(4, 64, True, **L4_CACHES),
        "supply": {"voltage": 3.0, "run_current": pytest.approx(8e-3)},
    },
    "stm32l4r5": {
        "part": "STM32L4R5ZI",
        "core": "cortex-m4",
        "features": ("fpu", "dsp"),
        "clock": 120_000_000,
        "interrupts": 95,
        "devices": "stm32l4",
        "memory": (
            flash(0x0800_0000, 2048 * KIB),
            ram("SRAM1", 0x2000_0000, 192 * KIB),
            ram("SRAM2", 0x2003_0000, 64 * KIB),
            ram("SRAM3", 0x2004_0000, 384 * KIB),
        ),
        "flash": reads(5, 64, True, **L4_CACHES),
        "supply": {"voltage": 3.0, "run_current": pytest.approx(13.2e-3)},
    },
    "stm32u575": {
        "part": "STM32U575ZI",
        "core": "cortex-m33",
        "features": ("fpu", "dsp"),
        "clock": 160_000_000,
        "interrupts": 126,
        "devices": "stm32u5",
        "memory": (
            flash(0x0800_0000, 2048 * KIB),
            ram("SRAM1", 0x2000_0000, 192 * KIB),
            ram("SRAM2", 0x2003_0000, 64 * KIB),
            ram("SRAM3", 0x2004_0000, 512 * KIB),
        ),
        "flash": reads(4, 128, True, unified_cache=cache(8 * KIB, 16, 2, replacement="lru", miss_cycles=3)),
        "supply": {"voltage": 3.3, "run_current": pytest.approx(3.12e-3)},
    },
}
DOCUMENTS = ("DS", "RM", "PM", "data sheet", "datasheet", "product specification")
"""A chip maker's data sheet, reference manual, programming manual."""


def test_every_board_is_here():
    assert sorted(EXPECTED) == [path.stem for path in FILES]


@pytest.mark.parametrize("name", EXPECTED)
def test_board(name):
    board = read_board(BOARDS / f"{name}.toml")
    expected = {"name": name, "vendor": "STMicroelectronics", **EXPECTED[name]}
    assert board.model_dump(exclude={"sources", "description"}, exclude_defaults=True) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_figure_has_a_source_that_names_a_document(path):
    sources = read_board(path).sources
    assert all(any(mark in text for mark in DOCUMENTS) for text in sources.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_boards_follow_the_schema_that_editors_use(path):
    table = tomllib.loads(path.read_text())
    assert table["$schema"] == "board.schema.json"
    jsonschema.validate(table, json_schema("board"), cls=jsonschema.Draft202012Validator)


def test_the_schema_beside_the_boards_is_the_one_of_this_version():
    """`tinyml schema board --output boards` writes it."""
    assert json.loads((BOARDS / "board.schema.json").read_text()) == json_schema("board")


def test_cores_that_are_compiled_for_in_different_ways_have_different_names():
    """Objects of kernels lie in folders of that name, and rows of the cost database bear it."""
    names = {}
    for path in FILES:
        board = read_board(path)
        names.setdefault(board.core_name, set()).add(core_flags(board))
    assert {name: flags for name, flags in names.items() if len(flags) > 1} == {}
    assert names["cortex-m7f"] != names["cortex-m7fd"]


@pytest.mark.parametrize(
    ("name", "alignment_bytes"),
    [
        ("stm32f103", 8),
        ("stm32g0b1", 8),
        ("rp2040", 8),
        ("stm32f407", 16),
        ("stm32u575", 16),
        ("stm32f746", 32),
    ],
)
def test_functions_begin_a_line_of_what_is_in_front_of_the_flash(name, alignment_bytes):
    board = read_board(BOARDS / f"{name}.toml")
    assert code_alignment_bytes(board) == alignment_bytes


def test_caches_of_the_core_decide_where_they_have_longer_lines_than_the_flash():
    board = read_board(BOARDS / "stm32h7a3.toml")
    assert board.flash.line_width_bits == 128
    assert code_alignment_bytes(board) == 32


@pytest.mark.parametrize("name", ["stm32f746", "stm32h7a3"])
def test_stack_and_data_are_tightly_coupled_and_the_arena_is_in_the_large_ram(name):
    board = read_board(BOARDS / f"{name}.toml")
    placed = place(board, 100 * KIB)
    assert placed.stack.tightly_coupled and placed.data.tightly_coupled
    assert placed.arena is board.regions("arena")[0] and not placed.arena.tightly_coupled


def test_the_readme_lists_every_board():
    text = (BOARDS.parent / "README.md").read_text()
    rows = (
        line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| `\w+` \| \w+, ", line)
    )
    found = {name.strip("`"): (chip.partition(",")[0], clock, ram) for name, chip, _, clock, _, ram in rows}
    assert found == {
        path.stem: (
            board.part,
            f"{board.clock / 1e6:g} MHz",
            format_bytes(board.ram_capacity_bytes).replace(".0 ", " "),
        )
        for path in FILES
        for board in [read_board(path)]
    }
