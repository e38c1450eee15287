"""Benches of boards, each made once, and a desk to measure at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import pytest
from tests.measure.hardware.desk import Desk, Lab, listen_to

from scons_tinyml.stages.executors import processes
from scons_tinyml.stages.measure.hardware import clock
from scons_tinyml.stages.measure.hardware.manifest import read_manifest
from support.board_player import Recording

SPAN_S = 2.0


@contextmanager
def _quick() -> Iterator[None]:
    """Clocks are checked for half the time, and nothing is measured in other processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "SPAN_S", SPAN_S)
        patch.setattr(processes, "INLINE_JOBS", 100)
        yield


@pytest.fixture(scope="package")
def labs(tmp_path_factory) -> Iterator[Callable[[str], Lab]]:
    """The lab of a board, each made once."""
    with _quick():
        yield cache(lambda board: Lab(board, tmp_path_factory.mktemp(board)))


@pytest.fixture
def lab(labs) -> Lab:
    return labs("stm32l4")


@pytest.fixture
def other_images(lab, desk):
    """`other_images(folder, patch)`: images that are made after `patch`, for the desk; recordings of them."""

    def make(folder: str, change: Callable[[pytest.MonkeyPatch], None]) -> list[Recording]:
        desk.bench = replace(lab.bench, images=folder)
        with pytest.MonkeyPatch.context() as patch:
            change(patch)
            desk.bench.make_images()
        images = read_manifest(desk.bench.manifest).images
        return [listen_to(desk.bench, image.name) for image in images]

    return make


@pytest.fixture
def desk(lab, tmp_path) -> Desk:
    return Desk(lab, tmp_path)
