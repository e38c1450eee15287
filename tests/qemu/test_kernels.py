"""The same image in QEMU and in our machine: the same output, and every instruction executed as often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from scons_tinyml.emulator.machine import Machine
from support.qemu import TARGETS, Ran, Target, build_for, is_installed, run_in_qemu

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs qemu-system-arm")

SOURCE = Path(__file__).parent / "firmware" / "kernels.c"
WIDE = (0b11101, 0b11110, 0b11111)  # DDI0403, A5.1: highest bits of a first halfword of two


@pytest.fixture(scope="module", params=TARGETS, ids=lambda target: target.core)
def target(request: pytest.FixtureRequest) -> Target:
    chosen: Target = request.param
    return chosen


@pytest.fixture(scope="module", params=["-O2", "-Os"])
def elf(target: Target, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_for(target, SOURCE, tmp_path_factory.mktemp("image"), request.param)


@pytest.fixture(scope="module")
def ran(target: Target, elf: Path) -> Ran:
    return run_in_qemu(target.machine, elf)


def conditional(machine: Machine, addresses: Iterable[int]) -> Iterator[int]:
    """Addresses of instructions that an IT may skip (DDI0403, A7.7.38: the lowest 1 of the mask ends the block)."""
    for address in addresses:
        hint = int.from_bytes(machine.read(address, 2), "little")
        if hint >> 8 == 0xBF and hint & 15:
            address += 2
            for _ in range(4 - (hint & -hint).bit_length() + 1):
                yield address
                address += 4 if machine.read(address + 1, 1)[0] >> 3 in WIDE else 2


@pytest.mark.parametrize("timing", [True, False], ids=["with timing", "without timing"])
def test_output_and_instructions_are_those_of_qemu(target: Target, elf: Path, ran: Ran, timing: bool) -> None:
    machine = Machine(target.board, timing=timing)
    machine.load(elf)
    stop = machine.run()
    assert (stop.reason, stop.exit_code) == ("exit", ran.exit_code)
    assert ran.output.count(b"\n") == 4
    assert machine.take_output("semihosting") == ran.output
    assert machine.instructions == ran.instructions


def test_every_instruction_is_executed_as_often_as_in_qemu(target: Target, elf: Path, ran: Ran) -> None:
    machine = Machine(target.board)
    machine.load(elf)
    machine.run()
    profile = Counter({cost.address: cost.executions for cost in machine.profile()})
    skipped = ran.executions - profile  # QEMU has seen them, and our profile has not
    assert profile <= ran.executions
    assert set(skipped) <= set(conditional(machine, ran.executions))
    assert profile.total() + skipped.total() == machine.instructions
