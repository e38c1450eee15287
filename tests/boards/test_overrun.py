"""An image that runs over into the next region of a board is over budget, and the region is named."""

from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.stages.firmware.sizes import Sizes, overrun

BOARD = read_board(Path(__file__).parents[2] / "boards" / "stm32f746.toml")
"""DTCM of 64 KiB, and 256 KiB of SRAM behind it without a gap."""


def sizes(stack_region: str = "DTCM", **used: int) -> Sizes:
    regions = {region.name: used.get(region.name, 0) for region in BOARD.memory}
    return Sizes(0, 0, 0, 0, 0, 0, regions, stack_region, {}, {})


@pytest.mark.parametrize(
    "used",
    [
        {"DTCM": 60 * 1024, "SRAM": 256 * 1024},
        {"SRAM": 300 * 1024},  # nothing is behind it: the report judges that
        {"FLASH": 2 * 1024**2, "ITCM": 16 * 1024},
    ],
)
def test_nothing_is_in_the_way(used):
    assert overrun(BOARD, sizes(**used)) is None


@pytest.mark.parametrize(
    ("stack_region", "used", "text"),
    [
        ("SRAM", 65 * 1024, "65.0 KiB there: 1.0 KiB"),
        ("DTCM", 61 * 1024, "65.0 KiB there, with 4.0 KiB for the stack: 1.0 KiB"),
    ],
)
def test_the_region_and_what_is_in_the_way_are_named(stack_region, used, text):
    assert overrun(BOARD, sizes(stack_region, DTCM=used)) == (
        f"region DTCM holds 64.0 KiB, the image puts {text} too much, into SRAM\n"
        "    set by boards/stm32f746.toml: memory DTCM"
    )
