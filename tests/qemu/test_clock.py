"""Time that firmware measures by itself: that of QEMU says something with -icount only, ours in every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.emulator.machine import Machine
from support.qemu import TARGETS, Target, build_for, is_installed, run_in_qemu

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs qemu-system-arm")

SOURCE = Path(__file__).parent / "firmware" / "clock.c"
INSTRUCTIONS = 200_000
CLOCK_HZ = {"netduinoplus2": 168_000_000, "mps2-an500": 25_000_000}
"""SysTick of the machines (QEMU, hw/arm/netduinoplus2.c and mps2.c)."""


@pytest.fixture(scope="module", params=[t for t in TARGETS if t.machine in CLOCK_HZ], ids=lambda t: t.core)
def target(request: pytest.FixtureRequest) -> Target:
    chosen: Target = request.param
    return chosen


@pytest.fixture(scope="module")
def elf(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_for(target, SOURCE, tmp_path_factory.mktemp("clock"))


def test_with_icount_the_timer_of_qemu_counts_instructions(target: Target, elf: Path) -> None:
    """An instruction stands for a nanosecond; which loop of instructions that was, and how long, has no part in it."""
    first, second = (run_in_qemu(target.machine, elf).output for _ in range(2))
    assert first == second
    assert int(first, 16) == pytest.approx(INSTRUCTIONS * CLOCK_HZ[target.machine] / 1e9, abs=3)


def test_our_timer_counts_instructions_without_timing_and_cycles_with(target: Target, elf: Path) -> None:
    def ticks(*, timing: bool) -> int:
        machine = Machine(target.board, timing=timing)
        machine.load(elf)
        assert machine.run().reason == "exit"
        return int(machine.take_output("semihosting"), 16)

    assert ticks(timing=False) == pytest.approx(INSTRUCTIONS, abs=20)
    with_timing = ticks(timing=True)
    assert with_timing == ticks(timing=True)
    assert with_timing != pytest.approx(INSTRUCTIONS, rel=0.1)
