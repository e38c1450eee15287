"""Other boards are judged by measured rows alone, and only what is sure is said of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.dates import utc_now
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.board import read_board
from scons_tinyml.records.budget import BudgetLimits, Budgets
from scons_tinyml.records.remedies import OtherBoard
from scons_tinyml.stages.firmware.toolchain import COMPILER, find_toolchain
from scons_tinyml.stages.gate.elsewhere import Elsewhere, at_most, other_boards
from scons_tinyml.stages.lowering.declared import implementation_of
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.identity import Identity
from scons_tinyml.stages.plan.footprint import Footprint, Part

ROOT = Path(__file__).parents[2]
KERNEL = "reference/fully_connected_int8"

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH")


@pytest.fixture
def sources(tmp_path):
    """The reference kernels alone: nothing has to be fetched, and no seeds come with them."""
    for name in ("include", "reference"):
        shutil.copytree(ROOT / "kernels" / name, tmp_path / "kernels" / name)
    return KernelSources.read([tmp_path / "kernels"])


@pytest.fixture
def judged(tmp_path, build, sources):
    """Judges a network of one layer that took some cycles on some boards; it was built for stm32l4."""
    toolchain = find_toolchain()
    kernel = next(kernel for kernel in sources.kernels if kernel.name == KERNEL)
    view = build.graph.view(build.graph.layers[1])

    def judge(names, cycles, **limits):
        boards = {name: ROOT / "boards" / f"{name}.toml" for name in (*names, "stm32l4")}
        with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
            for name, count in cycles.items():
                identity = Identity(read_board(boards[name]), toolchain, sources, "")
                key = identity.cost(view, implementation_of(view, kernel))
                database.record(CostRow(key, count, None, utc_now(), "test", "a" * 64))
        network = Elsewhere(
            graph=build.graph,
            here="stm32l4",
            boards=boards,
            footprint=at_most(Footprint(2_000, 0, {"code": Part(500, 0)}, {KERNEL: ("code",)}), 24),
            weight_bytes=24,
            sources=sources,
            toolchain=toolchain,
            costs=tmp_path / "costs.sqlite3",
            budgets=Budgets(),
            options=BudgetLimits.model_validate(limits),
            model_file="net/model.toml",
            subject="model=net",
        )
        return other_boards(network)

    return judge


def test_the_smallest_board_that_would_pass_is_first(judged):
    found = judged(
        ("stm32h7a3", "stm32f103", "rp2040", "nrf52840"),
        {"stm32h7a3": 20_000, "stm32f103": 72_000, "rp2040": 900_000},
        latency="2 ms",
    )
    slow_end = {"stm32f103": 1.15, "stm32h7a3": 1.1, "rp2040": 1.2}
    assert [(board.board, board.outcome) for board in found] == [
        ("stm32f103", "would pass"),
        ("stm32h7a3", "would pass"),
        ("rp2040", "would not pass"),
        ("nrf52840", "not measured"),
    ]
    assert found[0].text.endswith(" ms, 800 B of RAM, at most 4.9 KiB of flash")
    assert found[0].latency_s == pytest.approx(0.001 * 1.01 * slow_end["stm32f103"], rel=0.1)
    assert found[2].text.endswith(" ms at best")
    assert found[3] == OtherBoard(
        board="nrf52840", outcome="not measured", text="scons measure target=nrf52840 model=net"
    )


@pytest.mark.parametrize(
    ("limits", "outcome", "text"),
    [
        ({"flash": "4 KiB"}, "not known", "how large its code is there, only a build can tell"),
        ({"flash": "24 B"}, "not known", "how large its code is there, only a build can tell"),
        ({"flash": "23 B"}, "would not pass", "weights alone take 24 B"),
        ({"ram": "600 B"}, "not known", "near a limit: only a build for it can tell"),
        ({"ram": "24 B"}, "would not pass", "32 B of RAM without the stack"),
    ],
)
def test_what_is_not_sure_is_not_said(judged, limits, outcome, text):
    [found] = judged(("stm32f103",), {"stm32f103": 72_000}, **limits)
    assert (found.outcome, found.text) == (outcome, text)


def test_latency_within_the_room_for_calls_is_not_known(judged):
    [sure] = judged(("stm32f103",), {"stm32f103": 72_000})
    just_enough = sure.latency_s / 1.01
    for factor, outcome in ((1.02, "would pass"), (1.001, "not known"), (0.999, "would not pass")):
        [found] = judged(("stm32f103",), {}, latency=f"{just_enough * factor * 1e6:.3f} us")
        assert found.outcome == outcome


def test_a_network_that_no_kernel_of_the_board_can_run(judged, sources):
    (sources.places["reference"] / "fully_connected_int8.toml").unlink()
    sources.__dict__["kernels"] = tuple(kernel for kernel in sources.kernels if kernel.name != KERNEL)
    [found] = judged(("stm32f103",), {})
    assert (found.outcome, found.text) == ("would not pass", "no kernel can run layer 1 (FULLY_CONNECTED)")


def test_a_board_that_cannot_be_read_hides_no_other(judged):
    [broken, fine] = sorted(
        judged(("stm32f103", "missing"), {"stm32f103": 72_000}), key=lambda board: board.board
    )
    assert (broken.outcome, "missing.toml" in broken.text) == ("not known", True)
    assert fine.outcome == "would pass"
