from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.costs.memory import memory_description, memory_text
from scons_tinyml.records.board import read_board
from scons_tinyml.records.placement import place

BOARDS = Path(__file__).parents[2] / "boards"


@pytest.fixture
def board():
    return read_board(BOARDS / "stm32l4.toml")


FLASH = {
    "wait_states": 4,
    "line_width_bits": 64,
    "prefetch": True,
    "instruction_cache": {"size": 1024, "line": 32, "ways": 32, "next_line_cycles": 1},
    "data_cache": {"size": 256, "line": 32, "ways": 8},
}


def placed(board, **regions):
    """The default placement of `board` with some regions, by name, instead."""
    named = {region.name: region for region in board.memory}
    return replace(place(board, 0), **{use: named[name] for use, name in regions.items()})


def default_text(board):
    return memory_text(board, place(board, 0))


def test_description_holds_what_changes_cycles(board):
    assert memory_description(board, placed(board, weights="SRAM1", stack="SRAM2")) == {
        "code": {"kind": "flash", "bus": "code", "region": 0},
        "weights": {"kind": "ram", "bus": "system", "wait_states": 0, "region": 1},
        "activations": {"kind": "ram", "bus": "system", "wait_states": 0, "region": 1},
        "stack": {"kind": "ram", "bus": "code", "wait_states": 0, "region": 2},
        "flash": FLASH,
        "code_alignment_bytes": 32,
    }


def test_flash_does_not_matter_to_what_is_in_ram(board):
    assert "flash" not in memory_description(board, placed(board, code="SRAM1", weights="SRAM1"))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other", "part": "other", "clock": 1, "interrupts": 0},
        {"supply": None, "sources": {}},
    ],
)
def test_clock_and_names_do_not_matter(board, change):
    assert default_text(board.model_copy(update=change)) == default_text(board)


def test_sizes_and_region_names_do_not_matter(board):
    memory = tuple(
        region.model_copy(update={"name": f"{region.name}_X", "size": region.size * 2})
        for region in board.memory
    )
    assert default_text(board.model_copy(update={"memory": memory})) == default_text(board)


@pytest.mark.parametrize("change", [{"wait_states": 3}, {"prefetch": False}, {"data_cache": None}])
def test_flash_timing_matters(board, change):
    other = board.model_copy(update={"flash": board.flash.model_copy(update=change)})
    assert default_text(other) != default_text(board)


def test_caches_of_the_core_and_ram_that_they_are_not_in_front_of():
    board = read_board(BOARDS / "stm32f746.toml")
    described = memory_description(board, place(board, 0))
    assert described["activations"] == {"kind": "ram", "bus": "system", "wait_states": 0, "region": 1}
    assert described["stack"] == {"kind": "ram", "bus": "tightly coupled", "wait_states": 0, "region": 2}
    assert described["core_caches"] == {
        "instruction": {"size": 4096, "line": 32, "ways": 2},
        "data": {"size": 4096, "line": 32, "ways": 4},
    }


def test_ram_wait_states_matter(board):
    slow = tuple(region.model_copy(update={"wait_states": 1}) for region in board.memory)
    assert default_text(board.model_copy(update={"memory": slow})) != default_text(board)
