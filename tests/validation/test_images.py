"""The published images themselves. TINYML_TINY_RESULTS names a checkout of them; without it these tests are skipped."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.validation.checkout import NETWORKS, PublishedImage, find_images
from scons_tinyml.validation.compare import compare_all
from scons_tinyml.validation.inputs import made_up_input
from scons_tinyml.validation.run import measure

CHECKOUT = os.environ.get("TINYML_TINY_RESULTS")
pytestmark = pytest.mark.skipif(CHECKOUT is None, reason="TINYML_TINY_RESULTS names no checkout of results")
BOARDS = {path.stem: path for path in (Path(__file__).parents[2] / "boards").glob("*.toml")}
TAKES_BYTES = {"bosch/NUCLEO_H7A3ZI/ad"}
"""A debug build: it reads its 640 inputs as bytes, the other ones for that network as floats."""
PRINTED = 0.0011
"""Outputs have three digits, which some images round and others cut off."""


def images(network: str) -> list[PublishedImage]:
    return [
        image for image in find_images(Path(CHECKOUT or ""), network=network) if image.name not in TAKES_BYTES
    ]


def board_of(image: PublishedImage) -> Board:
    return read_board(BOARDS[image.board])


def numbers(results: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+\.\d+", results)]


@pytest.mark.parametrize("network", [network for network in NETWORKS if network != "vww"])
def test_all_boards_give_the_same_outputs(network):
    """One inference only: the images work in place, so a second one would read what the first has left."""
    found = {
        image.name: numbers(
            measure(image.path, board_of(image), image.network, iterations=1, warmup=0, timing=False).results
        )
        for image in images(network)
    }
    first, *others = found.values()
    assert first
    assert len(others) > 1
    assert [other for other in others if other != pytest.approx(first, abs=PRINTED)] == []


@pytest.mark.parametrize("network", ["ad", "kws"])
def test_the_time_hardly_depends_on_the_input(network):
    """Within 0.02 %: requantization of the outputs branches, nothing else."""
    image = images(network)[0]
    counts = [
        measure(
            image.path, board_of(image), image.network, data=made_up_input(image.network, seed), timing=False
        ).instructions_per_inference
        for seed in (1, 2)
    ]
    assert counts[0] == pytest.approx(counts[1], rel=2e-4)


def test_a_measurement_is_the_same_in_every_run():
    image = images("kws")[0]
    first, second = (measure(image.path, board_of(image), image.network) for _ in range(2))
    assert first == second


def test_every_image_is_inside_of_its_band():
    found = find_images(Path(CHECKOUT or ""))
    boards = {name: read_board(path) for name, path in BOARDS.items()}
    comparisons = list(compare_all(found, boards, os.cpu_count() or 1))
    outside = {item.image.name: item.ratio or item.problem for item in comparisons if not item.inside}
    assert outside == {}
