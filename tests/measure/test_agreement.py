"""What the layers may be apart from the run, as figures."""

from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.stages.run.agreement import Agreement, cold_cycles

BOARDS = Path(__file__).parents[2] / "boards"


@pytest.mark.parametrize(
    ("total", "holds"), [(100_000, True), (96_968, True), (96_967, False), (103_532, True), (103_533, False)]
)
def test_three_percent_some_cycles_a_call_and_cold_caches(total, holds):
    """Layers alone may take longer as their caches are cold; nothing makes them as much shorter."""
    assert Agreement(total, 100_000, cold_cycles=500, calls=2).holds is holds


def test_without_caches_nothing_is_cold():
    board = read_board(BOARDS / "stm32l1.toml")
    assert cold_cycles(board, 1 << 20, 1 << 20) == 0


@pytest.mark.parametrize(
    ("board", "seen", "code_bytes", "data_bytes"),
    [
        ("stm32l4", 625 / 10, 192, 8),
        ("stm32h7a3", 1095 / 10, 192, 8),
        ("stm32f746", 2038 / 12, 288, 32),
        ("rp2040", 63557 / 12, 472, 32),
        ("stm32u575", 701 / 12, 320, 32),
        ("nrf52840", 696 / 12, 320, 32),
    ],
)
def test_what_was_seen_is_within(board, seen, code_bytes, data_bytes):
    """Cycles that a layer took more alone than in a network of ten RELU, or of twelve FULLY_CONNECTED; as measured."""
    found = cold_cycles(read_board(BOARDS / f"{board}.toml"), code_bytes, data_bytes)
    assert seen < found < 3 * seen + 200


def test_a_cache_has_an_end():
    """1 KiB for code and 256 B for data: 32 lines and 8 lines of 32 B, each of four reads of five cycles."""
    board = read_board(BOARDS / "stm32l4.toml")
    assert board.flash.instruction_cache.size // board.flash.instruction_cache.line == 32
    assert cold_cycles(board, 1 << 20, 0) == (32 + 8) * 4 * 5
