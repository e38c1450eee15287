"""The shipped boards, whole: a figure that changes has to change here too."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.schema import json_schema

BOARDS = Path(__file__).parents[2] / "boards"
FILES = sorted(BOARDS.glob("*.toml"))

CACHES = {
    "instruction_cache": {"size": 1024, "line": 32, "ways": 32},
    "data_cache": {"size": 256, "line": 32, "ways": 8},
}


def region(name, kind, origin, size):
    holds = ("code", "weights") if kind == "flash" else ("data", "arena", "stack")
    return {"name": name, "kind": kind, "origin": origin, "size": size, "holds": holds, "wait_states": 0}


EXPECTED = {
    "stm32l1": {
        "part": "STM32L152RE",
        "core": "cortex-m3",
        "features": (),
        "clock": 32_000_000,
        "interrupts": 57,
        "memory": (
            region("FLASH", "flash", 0x0800_0000, 512 * 1024),
            region("RAM", "ram", 0x2000_0000, 80 * 1024),
        ),
        "flash": {
            "wait_states": 1,
            "line_width_bits": 64,
            "prefetch": True,
            "instruction_cache": None,
            "data_cache": None,
        },
        "supply": {"voltage": 3.0, "run_current": pytest.approx(9.6e-3)},
    },
    "stm32l4": {
        "part": "STM32L475VG",
        "core": "cortex-m4",
        "features": ("fpu", "dsp"),
        "clock": 80_000_000,
        "interrupts": 82,
        "memory": (
            region("FLASH", "flash", 0x0800_0000, 1024 * 1024),
            region("SRAM1", "ram", 0x2000_0000, 96 * 1024),
            region("SRAM2", "ram", 0x1000_0000, 32 * 1024),
        ),
        "flash": {"wait_states": 4, "line_width_bits": 64, "prefetch": True, **CACHES},
        "supply": {"voltage": 3.0, "run_current": pytest.approx(8e-3)},
    },
    "stm32l4r5": {
        "part": "STM32L4R5ZI",
        "core": "cortex-m4",
        "features": ("fpu", "dsp"),
        "clock": 120_000_000,
        "interrupts": 95,
        "memory": (
            region("FLASH", "flash", 0x0800_0000, 2048 * 1024),
            region("SRAM1", "ram", 0x2000_0000, 192 * 1024),
            region("SRAM2", "ram", 0x2003_0000, 64 * 1024),
            region("SRAM3", "ram", 0x2004_0000, 384 * 1024),
        ),
        "flash": {"wait_states": 5, "line_width_bits": 64, "prefetch": True, **CACHES},
        "supply": {"voltage": 3.0, "run_current": pytest.approx(13.2e-3)},
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_board(name):
    board = read_board(BOARDS / f"{name}.toml")
    texts = {"name": name, "vendor": "STMicroelectronics"}
    assert board.model_dump(exclude={"sources", "description"}) == {**texts, **EXPECTED[name]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_figure_has_a_source_that_names_a_document(path):
    sources = read_board(path).sources
    assert all(any(mark in text for mark in ("DS", "RM", "data sheet")) for text in sources.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_boards_follow_the_schema_that_editors_use(path):
    table = tomllib.loads(path.read_text())
    assert table["$schema"] == "board.schema.json"
    jsonschema.validate(table, json_schema("board"), cls=jsonschema.Draft202012Validator)


def test_the_schema_beside_the_boards_is_the_one_of_this_version():
    """`tinyml schema board --output boards` writes it."""
    assert json.loads((BOARDS / "board.schema.json").read_text()) == json_schema("board")
