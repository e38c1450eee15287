"""The clock that start-up code makes: the solver, its messages, and every shipped board in the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.emulator.devices import stm32f1
from scons_tinyml.emulator.devices.blocks.control import Follow, ready
from scons_tinyml.emulator.devices.families import families as emulated_families
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board, Cache, ExternalClock, read_board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.stages.firmware.clock import (
    AHB_DIVIDERS,
    ClockTree,
    Oscillator,
    Pll,
    PllLimits,
    Range,
    find_plan,
    nearest_hz,
)
from scons_tinyml.stages.firmware.families import clock_plan, family
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.run.inference import NetworkImage
from support import target
from support.target import ARENA, build_target

MHZ = 1_000_000
FILES = sorted((Path(__file__).parents[2] / "boards").glob("*.toml"))
BOARDS = {path.stem: read_board(path) for path in FILES}
MAIN = ARENA + "int main(void) { for (;;) { arena[0] = 1; } }\n"


def board_of(name: str, **changes: Any) -> Board:
    return BOARDS[name].model_copy(update=changes)


def crystal(hz: int) -> ExternalClock:
    return ExternalClock(frequency=f"{hz} Hz", kind="crystal")


# -- the solver


@st.composite
def trees(draw: st.DrawFn) -> ClockTree:
    """Small ones, so that everything can be tried."""
    low, span = draw(st.integers(1, 6)), draw(st.integers(0, 10))
    vco_low, vco_span = draw(st.integers(10, 60)), draw(st.integers(0, 100))
    multipliers = draw(st.one_of(st.just(range(4, 20)), st.just((3, 4, 6, 8, 12, 16))))
    limits = PllLimits(
        dividers=range(1, draw(st.integers(2, 5))),
        multipliers=multipliers,
        output_dividers=draw(st.sampled_from([(2, 4, 6, 8), (1,), range(2, 6)])),
        input=Range(low, low + span),
        vco=Range(vco_low, vco_low + vco_span),
    )
    oscillator_hz = draw(st.integers(1, 30))
    return ClockTree(
        oscillator=Oscillator("OSC", oscillator_hz),
        pll=draw(st.sampled_from([limits, limits, limits, None])),
        maximum_hz=draw(st.integers(oscillator_hz, 60)),
        ahb_dividers=draw(st.sampled_from([(1,), AHB_DIVIDERS])),
        buses=(20, 60),
    )


def everything(tree: ClockTree) -> Iterator[tuple[Pll | None, int, Any]]:
    """Each way with its clock."""
    sources = [(None, tree.oscillator.hz)]
    if tree.pll:
        parts = (tree.pll.dividers, tree.pll.multipliers, tree.pll.output_dividers)
        plls = [Pll(*values) for values in product(*parts)]
        sources += [
            (pll, pll.output_hz(tree.oscillator.hz))
            for pll in plls
            if tree.pll.allows(pll, tree.oscillator.hz)
        ]
    for (pll, hz), divider in product(sources, tree.ahb_dividers):
        if hz <= tree.maximum_hz:
            yield pll, divider, hz / divider


@given(trees(), st.integers(1, 70))
def test_a_plan_is_found_when_there_is_one_and_is_exact(tree, wanted):
    possible = {(pll, divider) for pll, divider, hz in everything(tree) if hz == wanted}
    plan = find_plan(tree, wanted)
    if plan is None:
        assert possible == set()
        return
    assert (plan.pll, plan.ahb_divider) in possible
    assert plan.ahb_divider == min(divider for _, divider in possible)
    assert (plan.core_hz, plan.source_hz) == (wanted, wanted * plan.ahb_divider)
    for bus, limit in enumerate(tree.buses):
        assert plan.bus_hz(bus) <= limit
        assert plan.bus_dividers[bus] == 1 or wanted / (plan.bus_dividers[bus] / 2) > limit


@given(trees(), st.integers(1, 70))
def test_no_clock_is_nearer_than_the_nearest(tree, wanted):
    possible = [hz for _, _, hz in everything(tree) if hz == int(hz)]
    found = nearest_hz(tree, wanted)
    assert found in possible
    assert abs(found - wanted) == min(abs(hz - wanted) for hz in possible)


# -- boards


def test_every_family_of_the_emulator_has_a_clock():
    for name in emulated_families():
        assert family(board_of("stm32l4", devices=name)) is not None


def test_a_board_without_family_keeps_its_clock():
    assert clock_plan(board_of("stm32l4", devices=None)) is None


@pytest.mark.parametrize(
    ("board", "message"),
    [
        (
            board_of("stm32l4", clock=79_999_999),
            "boards/stm32l4.toml: clock: 79.999999 MHz cannot be made of HSI16 (16 MHz)\n"
            "  the nearest that can is 80 MHz; external_clock names another source",
        ),
        (
            board_of("stm32l4", clock=120 * MHZ),
            "boards/stm32l4.toml: clock: 120 MHz cannot be made of HSI16 (16 MHz); STM32L475VG makes 80 MHz at most\n"
            "  the nearest that can is 80 MHz",
        ),
        (
            board_of("stm32h743", regulator="smps"),
            'boards/stm32h743.toml: regulator: found smps; STM32H743ZI has none\n  "ldo", or left out',
        ),
        (
            board_of("stm32h743", clock=480 * MHZ),
            "boards/stm32h743.toml: clock: 480 MHz cannot be made of HSI (64 MHz); STM32H743ZI makes 400 MHz at most\n"
            "  the nearest that can is 400 MHz",
        ),
        (
            board_of("stm32h743", flash=BOARDS["stm32h743"].flash.model_copy(update={"wait_states": 4})),
            "boards/stm32h743.toml: flash.wait_states: found 4; STM32H743ZI takes 5 to 31 at 400 MHz",
        ),
        (
            board_of("stm32f411", clock=168 * MHZ),
            "boards/stm32f411.toml: clock: 168 MHz cannot be made of HSE (8 MHz); STM32F411RE makes 100 MHz at most\n"
            "  the nearest that can is 100 MHz",
        ),
        (
            board_of("stm32u385", clock=64 * MHZ),
            "boards/stm32u385.toml: clock: 64 MHz cannot be made of MSIS (96 MHz)\n"
            "  the nearest that can is 48 MHz; external_clock names another source",
        ),
        (
            board_of("nrf52840", clock=80 * MHZ),
            "boards/nrf52840.toml: clock: 80 MHz cannot be made of HFXO (64 MHz); nRF52840 makes 64 MHz at most\n"
            "  the nearest that can is 64 MHz",
        ),
        (
            board_of("nrf5340", clock=100 * MHZ),
            "boards/nrf5340.toml: clock: 100 MHz cannot be made of HFXO (128 MHz)\n"
            "  the nearest that can is 128 MHz; external_clock names another source",
        ),
        (
            board_of("samd21", clock=48 * MHZ, external_clock=crystal(32_768)),
            "boards/samd21.toml: clock: 48 MHz cannot be made of XOSC32K (0.032768 MHz)\n"
            "  the nearest that can is 47.972352 MHz; external_clock names another source",
        ),
        (
            board_of("stm32f103", clock=70 * MHZ),
            "boards/stm32f103.toml: clock: 70 MHz cannot be made of HSE (8 MHz)\n"
            "  the nearest that can is 72 MHz; external_clock names another source",
        ),
        (
            board_of("nrf52840", external_clock=crystal(16 * MHZ)),
            "boards/nrf52840.toml: external_clock.frequency: 16 MHz is not what HFXO of nrf52 takes\n"
            "  32 MHz to 32 MHz",
        ),
    ],
)
def test_an_impossible_clock_is_refused(board, message):
    with pytest.raises(RecordError) as caught:
        clock_plan(board)
    assert str(caught.value) == message


def booted(board: Board, folder: Path) -> Machine:
    machine = Machine(board)
    machine.load(build_target(folder, board, main=MAIN))
    machine.run_until(machine.symbol("main"))
    return machine


@pytest.mark.parametrize(
    "board", [board for board in BOARDS.values() if family(board)], ids=lambda board: board.name
)
def test_the_start_up_of_every_board_makes_what_its_file_says(board, tmp_path):
    machine = booted(board, tmp_path)
    told = machine._runner.chip.settings
    assert told.clock_hz == (None if board.devices == "nrf52" else board.clock)
    assert told.flash.wait_states == (
        None if board.devices in ("imxrt", "rp2040", "rp2350") else board.flash.wait_states
    )
    assert machine.core_clock_hz == board.clock
    assert machine.differences() == []


def signal(hz: int) -> ExternalClock:
    return ExternalClock(frequency=f"{hz} Hz", kind="signal")


OTHERS = [
    board_of("stm32l1", clock=16 * MHZ),
    board_of("stm32l1", clock=24 * MHZ, external_clock=crystal(8 * MHZ)),
    board_of("stm32l1", clock=4 * MHZ),
    board_of("stm32f103", clock=64 * MHZ, external_clock=None),
    board_of("stm32f103", clock=56 * MHZ, external_clock=crystal(16 * MHZ)),
    board_of("stm32f103", clock=8 * MHZ),
    board_of("stm32f407", external_clock=None),
    board_of("stm32f407", clock=100 * MHZ, external_clock=crystal(25 * MHZ)),
    board_of("stm32f407", clock=26 * MHZ, external_clock=signal(26 * MHZ)),
    board_of("stm32f411", clock=84 * MHZ, external_clock=None),
    board_of("stm32f411", clock=16 * MHZ, external_clock=None),
    board_of("stm32f446", clock=168 * MHZ, external_clock=crystal(8 * MHZ)),
    board_of("stm32f446", clock=45 * MHZ),
    board_of("stm32f746", clock=180 * MHZ),
    board_of("stm32f746", clock=16 * MHZ, external_clock=None),
    board_of("stm32g0b1", clock=16 * MHZ),
    board_of("stm32g0b1", clock=60 * MHZ, external_clock=crystal(24 * MHZ)),
    board_of("stm32g0b1", clock=250_000),
    board_of("stm32g474", clock=150 * MHZ, external_clock=crystal(24 * MHZ)),
    board_of("stm32g474", clock=80 * MHZ),
    board_of("stm32g474", clock=2 * MHZ),
    board_of("stm32h743", clock=300 * MHZ, external_clock=signal(8 * MHZ)),
    board_of("stm32h743", clock=200 * MHZ, regulator=None),
    board_of("stm32h743", clock=1 * MHZ),
    board_of("stm32h7a3", clock=280 * MHZ, external_clock=crystal(25 * MHZ)),
    board_of("stm32h7a3", clock=200 * MHZ, regulator="ldo"),
    board_of("stm32h7a3", clock=64 * MHZ),
    board_of("stm32h7a3", clock=1 * MHZ),
    board_of("stm32l4", clock=48 * MHZ),
    board_of("stm32l4", clock=16 * MHZ),
    board_of("stm32l4", clock=2 * MHZ),
    board_of("stm32l4", clock=80 * MHZ, external_clock=crystal(48 * MHZ)),
    board_of("stm32l4", clock=8 * MHZ, external_clock=signal(8 * MHZ)),
    board_of("stm32l4r5", clock=80 * MHZ),
    board_of("stm32l4r5", clock=110 * MHZ, external_clock=crystal(8 * MHZ)),
    board_of("stm32u575", clock=120 * MHZ, external_clock=crystal(25 * MHZ)),
    board_of("stm32u575", clock=16 * MHZ, regulator=None),
    board_of("stm32u385", clock=48 * MHZ, regulator=None),
    board_of("stm32u385", clock=3 * MHZ),
    board_of("stm32u385", clock=750_000),
    board_of("stm32u385", clock=32 * MHZ, external_clock=crystal(32 * MHZ)),
    board_of("stm32wb55", clock=64 * MHZ, external_clock=crystal(32 * MHZ)),
    board_of("stm32wb55", clock=24 * MHZ),
    board_of("stm32wb55", clock=1 * MHZ),
    board_of("nrf52840", external_clock=None),
    board_of("nrf5340", clock=64 * MHZ),
    board_of("nrf5340", external_clock=None),
    board_of("imxrt1062", clock=528 * MHZ),
    board_of("imxrt1062", clock=120 * MHZ),
    board_of("imxrt1062", clock=24 * MHZ),
    board_of("ra4m1", clock=48 * MHZ, external_clock=crystal(12 * MHZ)),
    board_of("ra4m1", clock=12 * MHZ, external_clock=signal(12 * MHZ)),
    board_of("ra4m1", clock=3 * MHZ),
    board_of("rp2350", clock=133 * MHZ),
    board_of("rp2350", clock=12 * MHZ),
    board_of("rp2350", clock=11 * MHZ, external_clock=None),
    board_of("samd21", clock=24 * MHZ),
    board_of("samd21", clock=47_972_352, external_clock=crystal(32_768)),
    board_of("samd21", clock=32_768, external_clock=crystal(32_768)),
    board_of("samd51", clock=48 * MHZ),
    board_of("samd51", clock=100 * MHZ, external_clock=crystal(12 * MHZ)),
    board_of("samd51", clock=25 * MHZ, external_clock=signal(25 * MHZ)),
    board_of("samd51", clock=15 * MHZ),
    board_of("rp2040", clock=133 * MHZ),
    board_of("rp2040", clock=48 * MHZ),
    board_of("rp2040", clock=12 * MHZ),
    board_of("rp2040", clock=6_500_000, external_clock=None),
]


@pytest.mark.parametrize(
    "board",
    OTHERS,
    ids=lambda board: f"{board.name}-{board.clock}-{'outside' if board.external_clock else 'inside'}",
)
def test_other_clocks_of_the_families(board, tmp_path):
    machine = booted(board, tmp_path)
    assert machine.core_clock_hz == board.clock
    assert machine.differences() == []


def test_switches_of_the_flash_are_those_of_the_board(tmp_path):
    flash = BOARDS["stm32l4"].flash.model_copy(
        update={"prefetch": False, "data_cache": None, "wait_states": 5}
    )
    machine = booted(board_of("stm32l4", flash=flash), tmp_path)
    assert int.from_bytes(machine.read(0x4002_2000, 4), "little") & 0x70F == 0x205
    assert machine.differences() == []


def test_a_signal_bypasses_the_oscillator_of_the_chip(tmp_path):
    bypass = 1 << 18
    for index, external in enumerate((crystal(8 * MHZ), signal(8 * MHZ))):
        (tmp_path / str(index)).mkdir()
        machine = booted(board_of("stm32l4", external_clock=external), tmp_path / str(index))
        assert bool(int.from_bytes(machine.read(0x4002_1000, 4), "little") & bypass) == bool(index)


def test_an_image_can_bring_its_own_clock(tmp_path):
    own = "void tinyml_clock_begin(void) { *(volatile unsigned *)0x40021000u |= 1u << 8; }\n"
    machine = Machine(BOARDS["stm32l4"])
    machine.load(build_target(tmp_path, BOARDS["stm32l4"], main=MAIN, own=own))
    machine.run_until(machine.symbol("main"))
    assert int.from_bytes(machine.read(0x4002_1000, 4), "little") == 0x563  # after reset 0x63; HSION, HSIRDY


@pytest.fixture
def without_crystal(monkeypatch):
    """Waits that are short, and an oscillator outside of the chip that never gets ready."""

    def all_but_hse(register: int, *bits: int) -> tuple[Follow, ...]:
        return ready(register, *(bit for bit in bits if bit != 16))

    def impatient(*arguments: Any) -> str:
        return startup_code(*arguments).replace("left = 1000000", "left = 100")

    monkeypatch.setattr(stm32f1, "hse_hz", lambda _board: 0)
    monkeypatch.setattr(stm32f1, "ready", all_but_hse)
    monkeypatch.setattr(target, "startup_code", impatient)


@pytest.mark.usefixtures("without_crystal")
def test_a_crystal_that_does_not_start_is_seen_by_a_debugger(tmp_path):
    board = BOARDS["stm32f103"]
    machine = Machine(board)
    machine.load(build_target(tmp_path, board, main=MAIN))
    machine.run_until(machine.symbol("Clock_Failed_Handler"))
    stop = machine.run(max_instructions=100)
    assert (stop.reason, stop.pc) == ("limit", machine.symbol("Clock_Failed_Handler"))


@pytest.mark.usefixtures("without_crystal")
def test_a_handler_of_ones_own_lets_the_image_run_as_it_can(tmp_path):
    board = BOARDS["stm32f103"]
    own = "void Clock_Failed_Handler(void) { ++*(volatile unsigned *)0x20000400u; }\n"
    machine = Machine(board)
    machine.load(build_target(tmp_path, board, main=MAIN, own=own))
    machine.write(0x2000_0400, bytes(4))
    machine.run_until(machine.symbol("main"))
    assert int.from_bytes(machine.read(0x2000_0400, 4), "little") == 2  # the crystal; the switch to the PLL
    assert int.from_bytes(machine.read(0x4002_1004, 4), "little") & 0xC == 0  # still HSI


def test_a_chip_that_has_to_be_told_of_its_supply_is_not_guessed_at():
    with pytest.raises(RecordError) as caught:
        clock_plan(board_of("stm32h7a3", regulator=None))
    assert str(caught.value) == (
        "boards/stm32h7a3.toml: regulator: missing: a chip of this family has to be told how its board supplies it\n"
        '  "smps" or "ldo", as the board is wired; the wrong one can make the chip unreachable'
    )


def with_wait_states(name: str, count: int) -> Board:
    flash = BOARDS[name].flash.model_copy(update={"wait_states": count})
    return board_of(name, flash=flash)


@pytest.mark.parametrize("count", [1, 8])
def test_wait_states_that_the_flash_cannot_have_are_refused(count):
    with pytest.raises(RecordError) as caught:
        clock_plan(with_wait_states("stm32f407", count))
    assert str(caught.value) == (
        f"boards/stm32f407.toml: flash.wait_states: found {count}; STM32F407VG takes 5 to 7 at 168 MHz"
    )


@pytest.mark.parametrize("name", [name for name, board in BOARDS.items() if family(board).clock(board).flash])
def test_shipped_boards_wait_as_little_as_their_flash_allows(name):
    with pytest.raises(RecordError):
        clock_plan(with_wait_states(name, BOARDS[name].flash.wait_states - 1))


@pytest.mark.parametrize(("regulator", "bits"), [("smps", 4), ("ldo", 2)])
def test_the_supply_of_a_chip_that_has_to_be_told(regulator, bits, tmp_path):
    machine = booted(board_of("stm32h7a3", regulator=regulator), tmp_path)
    assert int.from_bytes(machine.read(0x5802_480C, 4), "little") & 7 == bits


def test_a_file_that_no_start_up_code_can_make_true_is_refused(tmp_path):
    """The accelerator of this family has two caches, not one for both."""
    both = Cache(size="1 KiB", line="32 B", ways=32)
    changes = {"instruction_cache": None, "data_cache": None, "unified_cache": both}
    board = board_of("stm32l4", flash=BOARDS["stm32l4"].flash.model_copy(update=changes))
    main = (
        ARENA.replace(" arena", " x_arena")
        + "__attribute__((noinline)) void x_invoke(void) { x_arena[0] = 1; }\n"
        + "int main(void) { for (;;) { x_invoke(); } }\n"
    )
    image = NetworkImage(board, build_target(tmp_path, board, main=main), "x", cast(Any, None), {})
    image.check_settings()
    image.machine.run_until(image.machine.symbol("main"))
    with pytest.raises(RecordError) as caught:
        image.check_settings()
    assert str(caught.value) == (
        "boards/stm32l4.toml: start-up code cannot make the chip what this file says: the image has the instruction "
        "cache off, stm32l4 says on; the image has the data cache off, stm32l4 says on"
    )
