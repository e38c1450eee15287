"""Boards with activations in a named region, as the option `activations=` makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.activations import board_with_activations, regions_for_activations
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.placement import place

BOARDS = sorted((Path(__file__).parents[2] / "boards").glob("*.toml"))
CASES = [(path, region) for path in BOARDS for region in regions_for_activations(read_board(path))]


def moved(path: Path, region: str, folder: Path):
    file = folder / path.name
    file.write_text(board_with_activations(path, region), encoding="utf-8")
    return read_board(file)


@pytest.mark.parametrize(("path", "region"), CASES, ids=[f"{path.stem}-{region}" for path, region in CASES])
def test_only_the_place_of_activations_changes(path, region, tmp_path):
    before, after = read_board(path), moved(path, region, tmp_path)
    assert [one.name for one in after.regions("arena")] == [region]
    kept = {one.name: one for one in before.memory}
    for one in after.memory:
        uses = tuple(use for use in kept[one.name].holds if use != "arena" or one.name == region)
        assert one == kept[one.name].model_copy(update={"holds": uses})
    same = {"memory": before.memory, "sources": before.sources}
    assert after.model_copy(update=same) == before


def test_builds_and_measurements_of_all_placements_share_rows(tmp_path):
    """The memory system of a key is the same, wherever its placement was asked for."""
    path = next(path for path in BOARDS if path.stem == "stm32f746")
    named = place(read_board(path), 0, "activations in DTCM")
    assert place(moved(path, "DTCM", tmp_path), 0).describe() == named.describe()


def test_a_region_for_activations_alone_is_left_out_with_its_source(tmp_path):
    text = next(path for path in BOARDS if path.stem == "stm32f746").read_text(encoding="utf-8")
    only = text.replace('holds = ["arena", "weights", "code"]', 'holds = ["arena"]')
    only = only.replace("[sources]\n", '[sources]\n"memory.SRAM" = "a \\"datasheet\\" of 5 µs"\n')
    file = tmp_path / "own.toml"
    file.write_text(only, encoding="utf-8")
    assert "memory.SRAM" in read_board(file).sources
    (tmp_path / "made").mkdir()
    after = moved(file, "DTCM", tmp_path / "made")
    assert [one.name for one in after.memory] == ["FLASH", "DTCM", "ITCM"]
    assert "memory.SRAM" not in after.sources
    assert moved(file, "SRAM", tmp_path / "made").sources == read_board(file).sources


def test_a_region_that_holds_none():
    path = next(path for path in BOARDS if path.stem == "stm32f746")
    with pytest.raises(InputError, match=r"has no region 'ITCM' that holds activations; .*Known: "):
        board_with_activations(path, "ITCM")
