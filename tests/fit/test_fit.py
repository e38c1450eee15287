"""Whether a board has room for a network, asked of the graph alone."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import EXIT_BUDGET
from scons_tinyml.stages import command
from scons_tinyml.stages.fit.__main__ import main
from scons_tinyml.stages.fit.int8_version import as_int8, is_float
from scons_tinyml.stages.fit.latency import Sum
from scons_tinyml.stages.fit.needs import Misfit, Needs, misfits, needs_of
from scons_tinyml.stages.fit.request import FitRequest
from scons_tinyml.stages.fit.wording import Refusal, lines
from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.files import write_graph
from support.mobilenet import mobilenet_v1
from support.networks import small_int8
from support.tflite_builder import NetworkBuilder

ROOT = Path(__file__).parents[2]
BOARD = read_board(ROOT / "boards" / "stm32l4.toml")
CHANNELS = 11_944
"""Of all layers of MobileNet: what has a bias, a multiplier and a shift."""


def test_mobilenet():
    """The published figures of MobileNet v1 1.0 192: 418 million multiply-accumulates, 4.2 million parameters."""
    graph = mobilenet_v1(192, "int8")
    assert check_graph(graph) == []
    needs = needs_of(graph)
    assert (needs.macs, needs.weights, needs.float_bytes) == (418_121_728, 4_221_032, 16_884_128)
    assert needs.arena_bytes == 96 * 96 * (32 + 64)
    assert 4_221_032 < needs.weight_bytes < 4_221_032 + CHANNELS * 11
    assert misfits(needs, BOARD) == (
        Misfit("weights", needs.weight_bytes, "FLASH", 1024**2),
        Misfit("activations", 884_736, "SRAM1", 96 * 1024),
    )


def test_the_int8_version_of_a_float_network():
    graph, int8 = mobilenet_v1(192, "float32"), needs_of(mobilenet_v1(192, "int8"))
    needs = needs_of(graph)
    assert (is_float(graph), needs.weight_bytes, needs.arena_bytes) == (True, 4_221_032 * 4, 4 * 884_736)
    about = as_int8(needs, graph)
    assert (about.macs, about.weights, about.arena_bytes) == (needs.macs, needs.weights, int8.arena_bytes)
    assert about.weight_bytes == pytest.approx(int8.weight_bytes, rel=0.03)


def test_what_fits():
    graph = small_int8()
    assert misfits(needs_of(graph), BOARD) == ()
    assert not is_float(graph)


def test_what_may_be_written_over_is_counted_once():
    network = NetworkBuilder()
    tensors = [network.activation((1, 1024), "int8", scale=0.5) for _ in range(3)]
    for source, target in pairwise(tensors):
        network.layer("LOGISTIC", [source], [target])
    assert needs_of(network.finish(tensors[:1], tensors[-1:])).arena_bytes == 1024


NEEDS = Needs(macs=1_500, weights=500_000, weight_bytes=2_000_000, arena_bytes=4096)
REFUSAL = Refusal(
    model="net",
    target="stm32l4",
    needs=NEEDS,
    int8=None,
    int8_misfits=(),
    misfits=(Misfit("weights", 2_000_000, "FLASH", 2**20),),
    latency=Sum(cycles=8_000_000, measured=2, layers=2, seconds=0.1, slow_seconds=0.125),
    measure="scons measure",
    larger_boards=("big", "bigger"),
)


def test_words():
    assert list(lines(REFUSAL)) == [
        "1,500 multiply-accumulates, 500,000 weights: 2.0 MB as float32",
        "weights take 1.91 MiB at least, FLASH has 1.00 MiB",
        "the int8 version, which this is, takes 1.91 MiB of flash for weights, 4.0 KiB of RAM for activations; "
        "code, stack and scratch are not counted",
        "latency 100.00 ms, 125.00 ms at the slow end of the band: 8,000,000 cycles, the sum of what was measured "
        "of its 2 layers",
        "boards with memory for it: big, bigger",
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"int8": replace(NEEDS, weight_bytes=500_000)},
            "its int8 version would take about 488.3 KiB of flash for weights, 4.0 KiB of RAM for activations: "
            "may fit: quantize=int8",
        ),
        (
            {"int8": NEEDS, "int8_misfits": REFUSAL.misfits},
            "its int8 version would take about 1.91 MiB of flash for weights, 4.0 KiB of RAM for activations: "
            "would not fit either",
        ),
        (
            {"latency": replace(REFUSAL.latency, measured=0)},
            "latency not known: none of 2 layers was measured; scons measure does it",
        ),
        (
            {"latency": replace(REFUSAL.latency, measured=1)},
            "latency of 1 of 2 layers 100.00 ms, 125.00 ms at the slow end of the band; the others were not "
            "measured: scons measure does it",
        ),
        ({"larger_boards": ()}, "no board that is known here has memory for it"),
    ],
)
def test_other_words(change, line):
    assert line in list(lines(replace(REFUSAL, **change)))


def stage(folder, graph):
    """Exit code of the stage for `graph` on stm32l4, and what it wrote."""
    write_graph(graph, folder / "graph.json", folder / "graph.bin")
    request = FitRequest(
        graph=folder / "graph.json",
        constants=folder / "graph.bin",
        fit=folder / "fit.json",
        board=ROOT / "boards" / "stm32l4.toml",
        boards=(ROOT / "boards",),
        kernels=(ROOT / "kernels",),
        costs=folder / "costs.sqlite3",
        sets=("reference",),
        compiler="arm-none-eabi-gcc",
        subject="model=net.tflite",
    )
    code = command.call(main, request)
    return code, json.loads((folder / "fit.json").read_text())


def test_the_report_of_a_network_that_fits(tmp_path):
    code, report = stage(tmp_path, small_int8())
    assert (code, report["verdict"], report["model"]) == (0, "pass", "small")
    assert report["needs"]["weights"] * 4 == report["needs"]["float_bytes"]
    assert not (tmp_path / "costs.sqlite3").exists()


@pytest.mark.arm
def test_a_refusal_is_a_report_and_the_exit_code_of_a_budget(tmp_path, capsys):
    code, report = stage(tmp_path, mobilenet_v1(192, "float32"))
    assert (code, report["verdict"]) == (EXIT_BUDGET, "fail")
    assert [found["region"] for found in report["misfits"]] == ["FLASH", "SRAM1"]
    assert report["larger_boards"] == []
    shown = capsys.readouterr().err
    assert shown.startswith(
        "tinyml: error: mobilenet has no room on stm32l4; nothing was compiled for it\n"
        "  418,121,728 multiply-accumulates, 4,221,032 weights: 16.9 MB as float32\n"
        "  weights take 16.10 MiB at least, FLASH has 1.00 MiB\n"
    )
    assert "scons measure target=stm32l4 model=net.tflite placements=default does it\n" in shown
    assert shown.endswith(f"\n  report: {tmp_path / 'fit.json'}\n")
