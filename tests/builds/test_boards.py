"""A network on boards of families and lines that no other build has: from the file to a verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from support.effort import examples
from support.networks import images
from support.project import Project
from support.tflite_builder import to_tflite

BOARDS = ("imxrt1062", "nrf5340", "ra4m1", "rp2350", "samd21")
"""Boards of families that no other build has."""
LIKE_OTHERS = ("samd51", "stm32f411", "stm32f446", "stm32g474", "stm32h743", "stm32u385", "stm32wb55")
"""Boards whose core and family another build has: tried with --effort."""


@pytest.fixture
def project(tmp_path, shared_cache):
    network = images("int8")
    found = Project.clone(tmp_path / "project", cache=shared_cache)
    found.take_kernels(
        "reference/pad_any", *{f"reference/{one.operator.lower()}_int8" for one in network.layers}
    )
    (found.folder / "images.tflite").write_bytes(to_tflite(network))
    return found


@pytest.mark.parametrize("name", BOARDS + LIKE_OTHERS)
def test_a_network_runs_on_the_board(project, name):
    if name in LIKE_OTHERS and examples(1) == 1:
        pytest.skip("core and family as another board's: --effort=2 runs it")
    built = project.scons(f"target={name}", "model=images.tflite", "kernels=reference")
    assert built.code == 0, built.errors
    board = read_board(Path(__file__).parents[2] / "boards" / f"{name}.toml")
    report = project.report(name, "images")
    assert report["bit_exact"]["differing_bytes"] == 0
    assert report["clock_hz"] == board.clock
    assert report["latency_s"]["value"] == pytest.approx(report["cycles"] / board.clock)
