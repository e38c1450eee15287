"""A made-up board, and machines that run assembler text on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board
from support.assembly import COMPILER, Bench, build_image
from support.assembly import make_board as made_up_board

if shutil.which(COMPILER) is None:
    collect_ignore_glob = ["test_*"]

_KEPT_BENCHES = 8


@pytest.fixture(scope="session")
def make_board() -> Callable[..., Board]:
    """A board of 64 KiB flash and 64 KiB RAM; keyword arguments replace fields of its flash timing."""
    return made_up_board


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where images are built."""
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="session")
def build(images: Path) -> Callable[..., Path]:
    """Assemble and link assembler text that defines `start`; equal text is built once."""

    def build_in_folder(source: str, core: str = "cortex-m4") -> Path:
        return build_image(images, source, core)

    return build_in_folder


@pytest.fixture(scope="session")
def machine(build: Callable[..., Path]) -> Callable[..., Machine]:
    """A machine at the first instruction of `source`, on a made-up board."""

    def make(source: str, board: Board | None = None, **options: Any) -> Machine:
        board = board or made_up_board()
        made = Machine(board, **options)
        made.load(build(source, board.core))
        return made

    return make


@pytest.fixture(scope="module")
def bench(images: Path) -> Callable[..., Bench]:
    """The machine of a board and options (timing, model): the last few are kept for further programs."""
    kept: dict[str, Bench] = {}

    def bench_of(board: Board, **options: Any) -> Bench:
        key = f"{board.model_dump_json()} {options}"
        kept[key] = kept.pop(key, None) or Bench(images, board, **options)
        if len(kept) > _KEPT_BENCHES:
            del kept[next(iter(kept))]  # the machine of a board takes 16 MiB
        return kept[key]

    return bench_of
