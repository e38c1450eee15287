"""Where things can be put on each shipped board, and that the default stays what it always was."""

from pathlib import Path

import pytest

from scons_tinyml.costs.memory import memory_text
from scons_tinyml.records.board import read_board
from scons_tinyml.records.placement import DEFAULT, place, placements

BOARDS = {path.stem: read_board(path) for path in (Path(__file__).parents[2] / "boards").glob("*.toml")}
PARTS = {"activations": "arena", "weights": "weights", "code": "code"}


@pytest.fixture(params=sorted(BOARDS))
def board(request):
    return BOARDS[request.param]


def test_the_first_is_the_default_with_code_and_weights_in_flash(board):
    first = placements(board)[0]
    assert first == place(board, 0)
    assert (first.name, first.copied) == (DEFAULT, ("tinyml_code",) if board.name == "imxrt1062" else ())
    assert {first.boot.kind, first.code.kind, first.weights.kind} == {"flash"}
    assert first.arena == board.regions("arena")[0]


def test_flash_is_preferred_whatever_the_sizes():
    board = BOARDS["stm32l4"]
    memory = tuple(
        region.model_copy(update={"size": 16 * 1024}) if region.kind == "flash" else region
        for region in board.memory
    )
    small = board.model_copy(update={"memory": memory})
    assert [region.kind for region in small.regions("code")] == ["flash", "ram", "ram"]
    assert place(small, 0).weights.kind == "flash"


def test_no_two_have_the_same_text_or_name(board):
    found = placements(board)
    assert len({memory_text(board, placement) for placement in found}) == len(found)
    assert len({placement.name for placement in found}) == len(found)


def test_all_choices_are_there_and_allowed(board):
    """Weights and code in flash and in RAM, activations in every region whose kind is another."""
    found = placements(board)
    assert {placement.weights.kind for placement in found} == {"flash", "ram"}
    assert {placement.code.kind for placement in found} == {"flash", "ram"}
    for placement in found:
        for use in PARTS.values():
            assert use in getattr(placement, use).holds
        assert (placement.data, placement.stack) == (found[0].data, found[0].stack)


def test_names_say_what_is_not_as_in_the_default(board):
    default = place(board, 0)
    for placement in placements(board):
        moved = [
            f"{part} in {getattr(placement, use).name}"
            for part, use in PARTS.items()
            if getattr(placement, use) != getattr(default, use)
        ]
        assert placement.name == (" + ".join(moved) or DEFAULT)
        assert place(board, 64, placement.name) == placement
        in_ram = {"text": placement.code, "rodata": placement.weights}
        moved_parts = tuple(part for part, region in in_ram.items() if region.kind == "ram")
        assert placement.copied == (*moved_parts, *default.copied)


def test_a_source_says_where_code_may_lie(board):
    assert any("code" in region.holds for region in board.memory if region.kind == "ram")
    assert "memory.code" in board.sources


def test_ccm_and_dtcm_hold_no_code():
    for name, region in (("stm32f407", "CCM"), ("stm32f746", "DTCM"), ("stm32h7a3", "DTCM")):
        (found,) = [found for found in BOARDS[name].memory if found.name == region]
        assert "weights" in found.holds and "code" not in found.holds


def test_regions_that_are_reached_alike_count_once():
    assert [placement.name for placement in placements(BOARDS["stm32l1"])] == [
        "default",
        "code in RAM",
        "weights in RAM",
        "weights in RAM + code in RAM",
    ]
    names = {placement.name for placement in placements(BOARDS["stm32l4r5"])}
    assert "activations in SRAM1" in names and "activations in SRAM2" not in names


def test_unknown_name():
    with pytest.raises(
        ValueError, match="stm32l1 has no placement 'code in RAN'; did you mean 'code in RAM'"
    ):
        place(BOARDS["stm32l1"], 0, "code in RAN")


def test_a_large_arena_moves_data_and_stack_in_the_default_alone():
    board = BOARDS["stm32l4"]
    large = 96 * 1024
    assert place(board, large).stack.name == "SRAM2"
    assert place(board, large, "weights in SRAM2").stack.name == "SRAM1"
