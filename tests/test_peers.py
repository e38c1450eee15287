"""Tests of the choice of engines in benchmarks/peers.py, whose builds are replaced by rows of given sizes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))
import peers  # noqa: E402

from scons_tinyml.records.board import read_board  # noqa: E402

BOARD = read_board(ROOT / "boards" / "stm32l4r5.toml")
NETWORK = Path("network.tflite")
FLASH_BYTES = {peers.CMSIS_NN: 100, peers.LEAST_RAM: 90, peers.ALL_CHANNELS: 300}


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...]]]:
    """Return a list to which each build adds its engine and options."""
    calls = []

    def build(board, network, engine, *options):
        calls.append((engine, options))
        return peers.Row(board.name, network.stem, engine, FLASH_BYTES.get(engine, 200), 4000, 1, 1.0, 0)

    monkeypatch.setattr(peers, "built", build)
    return calls


def engines_of(*engines: str) -> list[str]:
    return [row.engine for row in peers.ours(BOARD, NETWORK, engines)]


def test_named_engines_alone_are_built(built):
    assert engines_of(peers.FASTEST, peers.CMSIS_NN) == [peers.CMSIS_NN, peers.FASTEST]
    assert built == [(peers.CMSIS_NN, ("kernels=cmsis_nn,reference",)), (peers.FASTEST, ())]


def test_lean_takes_its_limits_from_rows_that_are_not_shown(built):
    assert engines_of(peers.LEAN) == [peers.LEAN]
    assert built[-1] == (peers.LEAN, ("flash=200 B", "ram=12000 B"))


def test_lean_without_limits_is_left_out(monkeypatch):
    def refuse(board, network, engine, *_options):
        return peers.Row(board.name, network.stem, engine, refused="too large")

    monkeypatch.setattr(peers, "built", refuse)
    assert engines_of(*peers.ENGINES) == [peers.REFERENCE, peers.CMSIS_NN, peers.LEAST_RAM, peers.FASTEST]


def test_all_engines_of_a_board_without_tightly_coupled_ram(built):
    expected = [engine for engine in peers.ENGINES if engine != peers.COUPLED]
    assert engines_of(*peers.ENGINES) == expected
    assert [engine for engine, _ in built] == expected


def test_tightly_coupled_ram_that_builds_do_not_use(built):
    board = read_board(ROOT / "boards" / "stm32f746.toml")
    assert [row.engine for row in peers.ours(board, NETWORK, peers.ENGINES)] == list(peers.ENGINES)
    assert (peers.COUPLED, ("activations=DTCM",)) in built


@pytest.mark.usefixtures("built")
def test_all_channels_without_constant_channels_are_no_row(monkeypatch):
    monkeypatch.delitem(FLASH_BYTES, peers.ALL_CHANNELS)
    assert engines_of(peers.ALL_CHANNELS) == []
