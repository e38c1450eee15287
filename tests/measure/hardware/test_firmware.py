"""The image that measures on a board: the same code as the emulator's bench, and a version that tells it apart."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import firmware as target
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.firmware.toolchain import LANGUAGE_FLAGS, NETWORK_OPTIMIZE, WARNING_FLAGS, core_flags
from scons_tinyml.stages.measure import bench, hardware
from scons_tinyml.stages.measure.hardware.firmware import (
    TEMPLATES,
    VERSION,
    image_digest,
    image_sources,
    network_sources,
)
from scons_tinyml.stages.measure.hardware.manifest import read_manifest
from support.benches import COMPILER, KERNELS, ROOT

KNOWN = {"bench-1": "98bc0ae33bd03d81"}
"""Digests of what measures, by version: change both together. Rows of an older version are then stale."""


def test_another_way_to_measure_has_another_version():
    own, counters = (files(package.__name__).joinpath("templates") for package in (hardware, target))
    texts = [own.joinpath(name).read_bytes() for name in TEMPLATES]
    texts += [counters.joinpath("counter", name).read_bytes() for name in ("dwt.c.j2", "systick.c.j2")]
    assert hashlib.sha256(b"".join(texts)).hexdigest()[:16] == KNOWN[VERSION]


def code_of(source: Path, board) -> bytes:
    """The function that invokes, before it is linked."""
    target = source.with_suffix(".o")
    flags = [
        *core_flags(board),
        *LANGUAGE_FLAGS,
        NETWORK_OPTIMIZE,
        f"-I{KERNELS / 'include'}",
        f"-I{source.parent}",
    ]
    subprocess.run([COMPILER, *flags, "-c", "-o", target, source], check=True)
    sections = [f"--only-section=.text.{source.stem}_invoke", "-O", "binary"]
    binary = source.with_suffix(".bin")
    subprocess.run(["arm-none-eabi-objcopy", *sections, target, binary], check=True)
    return binary.read_bytes()


@pytest.mark.parametrize("number", range(4))
def test_a_trial_is_the_code_of_the_emulators_bench(lab, tmp_path, number):
    """Byte for byte as far as the linker has not filled it in: a shared arena changes addresses only."""
    trial = lab.bench.trials()[number]
    alone = generate(trial.bench.graph, trial.bench.memory, {0: trial.bench.item}, bench.NAME)
    for name, text in {**alone, **network_sources(trial)}.items():
        (tmp_path / name).write_text(text)
    code = [code_of(tmp_path / f"{name}.c", lab.bench.board) for name in (bench.NAME, trial.name)]
    assert code[0] == code[1] != b""


def test_kernels_of_a_layer_share_its_constants(lab):
    trial = lab.bench.trials()[0]
    item = replace(trial.bench.item, name="set/other", function="other")
    other = replace(trial, bench=replace(trial.bench, item=item))
    one, two = network_sources(trial), network_sources(other)
    shared = sorted(one.keys() & two.keys())
    assert shared == ["layer_0_weights.c", "layer_0_weights.h"]
    assert all(one[name] == two[name] for name in shared)


def test_an_image_is_known_by_all_that_it_is_made_of(lab):
    board, trials = lab.bench.board, lab.bench.trials()
    digest = image_digest(board, trials, [b"startup"])
    assert digest == image_digest(board, lab.bench.trials(), [b"startup"])
    slower = board.model_copy(update={"clock": board.clock // 2})
    others = {
        image_digest(board, trials[1:], [b"startup"]),
        image_digest(board, trials, [b"other startup"]),
        image_digest(slower, trials, [b"startup"]),
    }
    assert len(others | {digest}) == 4


def test_the_banner_of_an_image_is_that_of_its_manifest(lab):
    (image,) = read_manifest(lab.bench.manifest).images
    assert f'"image":"{image.digest}"'.encode() in lab.recording[0].data


@pytest.mark.parametrize(
    ("board", "cold"),
    [("stm32f103", 0), ("stm32l4", 2048), ("rp2040", 32768), ("stm32u575", 16384), ("nrf52840", 4096)],
)
def test_caches_in_front_of_the_flash_are_filled_with_something_else(lab, board, cold):
    source = image_sources(read_board(ROOT / "boards" / f"{board}.toml"), lab.bench.trials(), "")["bench.c"]
    assert (f".rept {cold // 2}\\n nop" in source) == bool(cold)
    assert "DCCISW" not in source
    assert ".data.cycles_of" in source


def test_caches_of_the_core_are_emptied(lab):
    source = image_sources(read_board(ROOT / "boards" / "stm32f746.toml"), lab.bench.trials(), "")["bench.c"]
    assert "way < 4u" in source and "set < 32u" in source and "way << 30 | set << 5" in source
    assert "nop" not in source and ".data.cycles_of" not in source


@pytest.mark.parametrize("path", sorted((ROOT / "boards").glob("*.toml")), ids=lambda path: path.stem)
def test_it_compiles_for_every_board(lab, tmp_path, path):
    board = read_board(path)
    for name, text in image_sources(board, lab.bench.trials(), "").items():
        (tmp_path / name).write_text(text)
    flags = [*core_flags(board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE, *WARNING_FLAGS]
    target = tmp_path / "bench.o"
    subprocess.run([COMPILER, *flags, "-c", "-o", target, tmp_path / "bench.c"], check=True)


def test_a_trial_finds_no_branch_predicted(lab):
    from scons_tinyml.emulator.timing.native import layout

    source = image_sources(read_board(ROOT / "boards" / "stm32h7a3.toml"), lab.bench.trials(), "")["bench.c"]
    assert f".rept {layout.PREDICTED_BRANCHES}\\n b .+2" in source
