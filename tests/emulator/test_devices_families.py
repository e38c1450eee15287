"""Chip families: what start-up code does to each, and what the machine is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.emulator.devices import families
from scons_tinyml.emulator.devices.bus import FlashSetup
from scons_tinyml.emulator.devices.families import family_devices
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import RecordError
from support.fake_system import Bus, FakeSystem

BOARDS = sorted((Path(__file__).parents[2] / "boards").glob("*.toml"))


def chip(make_board: Any, family: str) -> tuple[FakeSystem, Bus]:
    system = FakeSystem()
    board = make_board().model_copy(update={"devices": family})
    return system, Bus(family_devices(board, system))


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_every_shipped_board_has_its_devices(path):
    board = read_board(path)
    assert board.devices in families.families()
    assert family_devices(board, FakeSystem())


def test_a_board_without_family_has_no_devices(make_board):
    assert family_devices(make_board().model_copy(update={"devices": None}), FakeSystem()) == []


def test_an_unknown_family_suggests_the_nearest(make_board):
    board: Board = make_board().model_copy(update={"devices": "rp2041"})
    with pytest.raises(RecordError) as caught:
        family_devices(board, FakeSystem())
    assert str(caught.value) == (
        "boards/made-up.toml: devices: the emulator has no chip family 'rp2041'\n"
        f"  did you mean 'rp2040'? Known: {', '.join(families.families())}"
    )


@pytest.mark.parametrize("family", families.families())
def test_devices_do_not_overlap_and_reset_to_what_they_were(make_board, family):
    _, bus = chip(make_board, family)
    ordered = sorted(bus.devices, key=lambda device: device.start)
    assert [
        (low.name, high.name) for low, high in pairwise(ordered) if low.start + low.size_bytes > high.start
    ] == []
    before = [[device.read(offset, 4) for offset in range(0, 0x100, 4)] for device in ordered]
    for device in ordered:
        device.reset()
    assert [[device.read(offset, 4) for offset in range(0, 0x100, 4)] for device in ordered] == before


@dataclass(frozen=True)
class StartUp:
    """Start-up code of a family: `ready` is (register, enable bits, ready bits), then come writes to set the clock."""

    family: str
    ready: tuple[tuple[int, int, int], ...]
    clock: tuple[tuple[int, int], ...]
    switched: tuple[int, int]  # register with the status of the switch, and its value after the last write
    core_clocks: list[int]
    flash: FlashSetup


L4, G0, U5, U3, WB = 0x4002_1000, 0x4002_1000, 0x4602_0C00, 0x4003_0C00, 0x5800_0000
G4 = L4
F1, L1, F4, H7 = 0x4002_1000, 0x4002_3800, 0x4002_3800, 0x5802_4400
ON_READY = ((1 << 16, 1 << 17), (1 << 24, 1 << 25))
START_UPS = [
    StartUp(  # 4 MHz MSI * 60 / 1 / 2
        "stm32l4",
        tuple((L4, on, up) for on, up in ((1 << 8, 1 << 10), *ON_READY)),
        (
            (0x4002_2000, 0x705),
            (L4 + 0x0C, 1 << 24 | 60 << 8 | 1),
            (L4, 1 << 24 | 0x63),
            (L4 + 0x08, 3),
        ),
        (L4 + 0x08, 0xF),
        [120_000_000],
        FlashSetup(5, True, True, True),
    ),
    StartUp(  # 16 MHz HSI * 8 / 1 / 2
        "stm32g0",
        ((G0, 1 << 16, 1 << 17), (G0, 1 << 24, 1 << 25), (G0 + 0x60, 1, 2)),
        (
            (0x4002_2000, 0x4_0702),
            (G0 + 0x0C, 1 << 29 | 1 << 28 | 8 << 8 | 2),
            (G0, 1 << 24 | 1 << 8),
            (G0 + 0x08, 2),
        ),
        (G0 + 0x08, 2 | 2 << 3),
        [64_000_000],
        FlashSetup(2, True, True),
    ),
    StartUp(  # 4 MHz MSI / 1 * 80 / 2
        "stm32u5",
        ((U5, 1 << 8, 1 << 10), *((U5, on, up) for on, up in ON_READY), (0x4602_080C, 1 << 18, 1 << 14)),
        (
            (0x4002_2000, 0x104),
            (U5 + 0x28, 1 << 18 | 1),
            (U5 + 0x34, 1 << 24 | 79),
            (U5, 1 << 24 | 1),
            (U5 + 0x1C, 3),
        ),
        (U5 + 0x1C, 0xF),
        [160_000_000],
        FlashSetup(4, True),
    ),
    StartUp(  # 32 MHz HSE, as there is no PLL
        "stm32u3",
        (
            (U3, 1 << 11, 1 << 13),
            (U3, 1 << 16, 1 << 17),
            (U3 + 0x114, 1, 2),
            *((0x4003_080C, 1 << bit, 1 << bit + 16) for bit in (0, 8)),
        ),
        ((0x4002_2000, 0x102), (U3, 1 << 16 | 1), (U3 + 0x1C, 2)),
        (U3 + 0x1C, 0xA),
        [32_000_000],
        FlashSetup(2, True),
    ),
    StartUp(  # 16 MHz HSI / 4 * 85 / 2
        "stm32g4",
        ((G4, 1 << 16, 1 << 17), (G4, 1 << 24, 1 << 25), (G4 + 0x94, 1, 2)),
        (
            (0x4002_2000, 0x4_0704),
            (G4 + 0x0C, 1 << 24 | 85 << 8 | 3 << 4 | 2),
            (G4, 1 << 24 | 1 << 8),
            (G4 + 0x08, 3),
        ),
        (G4 + 0x08, 0xF),
        [170_000_000],
        FlashSetup(4, True, True, True),
    ),
    StartUp(  # 16 MHz HSI * 8 / 2
        "stm32wb",
        ((WB, 1 << 8, 1 << 10), (WB, 1 << 16, 1 << 17), (WB, 1 << 24, 1 << 25), (WB + 0x94, 4, 8)),
        (
            (0x5800_4000, 0x703),
            (WB + 0x0C, 1 << 29 | 1 << 28 | 8 << 8 | 2),
            (WB, 1 << 24 | 1 << 8 | 0x61),
            (WB + 0x08, 3),
        ),
        (WB + 0x08, 7 << 16 | 0xF),
        [64_000_000],
        FlashSetup(3, True, True, True),
    ),
    StartUp(  # 16 MHz HSI * 4 / 2
        "stm32l1",
        ((L1, 1, 2), *((L1, on, up) for on, up in ON_READY), (L1 + 0x34, 1, 2)),
        ((0x4002_3C00, 7), (L1, 1 << 24 | 1 << 8 | 1), (L1 + 0x08, 1 << 22 | 1 << 18 | 3)),
        (L1 + 0x08, 1 << 22 | 1 << 18 | 0xF),
        [32_000_000],
        FlashSetup(1, True),
    ),
    StartUp(  # 8 MHz HSE * 9
        "stm32f1",
        tuple((F1, on, up) for on, up in ON_READY),
        (
            (0x4002_2000, 0x12),
            (F1 + 0x04, 1 << 16 | 7 << 18),
            (F1, 1 << 24 | 1 << 16 | 1),
            (F1 + 0x04, 1 << 16 | 7 << 18 | 2),
        ),
        (F1 + 0x04, 1 << 16 | 7 << 18 | 0xA),
        [72_000_000],
        FlashSetup(2, True),
    ),
    StartUp(  # 8 MHz HSE / 8 * 336 / 2
        "stm32f4",
        tuple((F4, on, up) for on, up in ON_READY),
        (
            (0x4002_3C00, 0x705),
            (F4 + 0x04, 1 << 22 | 336 << 6 | 8),
            (F4, 1 << 24 | 1 << 16 | 1),
            (F4 + 0x08, 2),
        ),
        (F4 + 0x08, 0xA),
        [168_000_000],
        FlashSetup(5, True, True, True),
    ),
    StartUp(  # 25 MHz HSE / 25 * 432 / 2
        "stm32f7",
        tuple((F4, on, up) for on, up in ON_READY),
        (
            (0x4002_3C00, 0x307),
            (F4 + 0x04, 1 << 22 | 432 << 6 | 25),
            (F4, 1 << 24 | 1 << 16 | 1),
            (F4 + 0x08, 2),
        ),
        (F4 + 0x08, 0xA),
        [216_000_000],
        FlashSetup(7),
    ),
    StartUp(  # 64 MHz HSI / 4 * 50 / 2; LATENCY counts cycles of the bus, which has half of the clock
        "stm32h743",
        tuple((H7, on, up) for on, up in ON_READY),
        (
            (0x5200_2000, 0x32),
            (H7 + 0x18, 8),
            (H7 + 0x28, 4 << 4),
            (H7 + 0x30, 1 << 9 | 49),
            (H7 + 0x2C, 1 << 16),
            (H7, 1 << 24 | 1),
            (H7 + 0x10, 3),
        ),
        (H7 + 0x10, 3 | 3 << 3),
        [400_000_000],
        FlashSetup(5),
    ),
    StartUp(  # 64 MHz HSI / 16 * 140 / 2
        "stm32h7",
        tuple((H7, on, up) for on, up in ON_READY),
        (
            (0x5200_2000, 0x36),
            (H7 + 0x28, 16 << 4),
            (H7 + 0x30, 1 << 9 | 139),
            (H7 + 0x2C, 1 << 16),
            (H7, 1 << 24 | 1),
            (H7 + 0x10, 3),
        ),
        (H7 + 0x10, 3 | 3 << 3),
        [280_000_000],
        FlashSetup(6),
    ),
]


@pytest.mark.parametrize("case", START_UPS, ids=lambda case: case.family)
def test_nothing_is_ready_without_its_enable(make_board, case):
    _, bus = chip(make_board, case.family)
    for register, enable, status in case.ready:
        assert bus[register] & status == 0
        bus[register] = bus[register] | status  # firmware cannot make it ready itself
        assert bus[register] & status == 0
        bus[register] = bus[register] | enable
        assert bus[register] & status == status
        bus[register] = bus[register] & ~enable
        assert bus[register] & status == 0


@pytest.mark.parametrize("case", START_UPS, ids=lambda case: case.family)
def test_the_machine_learns_the_clock_and_the_flash(make_board, case):
    system, bus = chip(make_board, case.family)
    for register, value in case.clock:
        bus[register] = value
    register, value = case.switched
    assert (bus[register], system.core_clocks, system.flash) == (value, case.core_clocks, case.flash)


@pytest.mark.parametrize("case", START_UPS, ids=lambda case: case.family)
def test_the_clock_does_not_switch_to_what_does_not_run(make_board, case):
    system, bus = chip(make_board, case.family)
    switch, value = case.clock[-1]
    before = bus[switch]
    bus[switch] = value
    assert (bus[switch] & ~value, system.core_clocks) == (before & ~value, [])
    for register, setting in case.clock[:-1]:
        bus[register] = setting
    bus[switch] = value
    assert system.core_clocks == case.core_clocks


def test_every_stm32_family_has_a_case():
    assert {case.family for case in START_UPS} == {
        name for name in families.families() if name.startswith("stm32")
    }


SWITCHES = [("stm32l4", L4 + 0x08, 2), ("stm32g0", G0 + 0x08, 3), ("stm32h7", H7 + 0x10, 3)]
HSE = {"stm32l4": 2, "stm32g0": 1, "stm32h7": 2}


@pytest.mark.parametrize(("family", "register", "place"), SWITCHES)
def test_firmware_cannot_write_what_the_switch_tells(make_board, family, register, place):
    system, bus = chip(make_board, family)
    bus[register] = HSE[family] | 1 << place  # which does not run, so the switch stays
    assert (bus[register] >> place & 3, system.core_clocks) == (0, [])


HALF_HSE_TIMES_3 = ((F1, 1 << 16 | 1), (F1 + 0x04, 3 << 16 | 1 << 18), (F1, 1 << 24 | 1 << 16 | 1))
DIVIDERS = [  # family, writes, core clock, a timer of 32 bits, cycles of the core in one of its ticks
    ("stm32l4", ((L4 + 0x08, 8 << 4 | 5 << 8),), [2_000_000], 0x4000_0000, 2),
    ("stm32l4", ((L4 + 0x08, 0xB << 4 | 4 << 8),), [250_000], 0x4000_0000, 1),
    ("stm32g0", ((G0, 1 << 8 | 2 << 11), (G0 + 0x08, 6 << 12)), [4_000_000], 0x4000_0000, 4),
    ("stm32f1", (*HALF_HSE_TIMES_3, (F1 + 0x04, 3 << 16 | 1 << 18 | 2)), [12_000_000], 0x4000_0000, 1),
    ("stm32f4", ((F4 + 0x08, 0xC << 4 | 7 << 10),), [250_000], 0x4000_0000, 8),
    ("stm32f7", ((F4 + 0x08, 7 << 10), (F4 + 0x8C, 1 << 24)), [], 0x4000_0000, 4),
    ("stm32g4", ((G4 + 0x08, 1 | 8 << 4 | 5 << 8),), [8_000_000], 0x4000_0000, 2),
    ("stm32u3", ((U3 + 0x20, 9 | 7 << 4),), [3_000_000], 0x4000_0000, 8),
    ("stm32wb", ((WB + 0x08, 1 << 4 | 6 << 8),), [1_333_333], 0x4000_0000, 4),
    ("stm32wb", ((WB + 0x08, 8 << 4),), [2_000_000], 0x4000_0000, 1),
    ("stm32h7", ((H7 + 0x18, 8 << 8 | 9), (H7 + 0x1C, 5 << 4)), [32_000_000], 0x4000_0000, 8),
    ("stm32h7", ((H7 + 0x1C, 5 << 4), (H7 + 0x10, 1 << 15)), [], 0x4000_0000, 1),
    ("stm32u5", ((U5 + 0x20, 9 | 7 << 4),), [1_000_000], 0x4000_0000, 8),
    ("stm32l1", ((L1 + 0x08, 8 << 4 | 5 << 8),), [1_048_576], 0x4000_0C00, 2),
]  # fmt: skip


@pytest.mark.parametrize(("family", "writes", "clocks", "timer", "ticks"), DIVIDERS)
def test_buses_divide_the_clock(make_board, family, writes, clocks, timer, ticks):
    system, bus = chip(make_board, family)
    for register, value in writes:
        bus[register] = value
    bus[timer] = 1
    system.pass_cycles(800)
    assert (system.core_clocks, 800 // bus[timer + 0x24]) == (clocks, ticks)


def test_the_pll_of_stm32l4_needs_its_output(make_board):
    """RM0432: PLLREN gives the output to the switch."""
    system, bus = chip(make_board, "stm32l4")
    bus[L4 + 0x0C] = 60 << 8 | 1
    bus[L4], bus[L4 + 0x08] = 1 << 24 | 0x63, 3
    assert (bus[L4 + 0x08] & 0xC, system.core_clocks) == (0, [])


@pytest.mark.parametrize("family", ["stm32f4", "stm32f7"])
def test_over_drive_is_ready_after_its_enables(make_board, family):
    _, bus = chip(make_board, family)
    states = [bus[0x4000_7004] & 3 << 16]
    for enable in (1 << 16, 1 << 17):
        bus[0x4000_7000] = bus[0x4000_7000] | enable
        states.append(bus[0x4000_7004] & 3 << 16)
    assert states == [0, 1 << 16, 3 << 16]


@pytest.mark.parametrize(
    ("part", "facts"),
    [
        ("STM32F407VG", (0x1000_6413, 0x4000)),
        ("STM32F411RE", (0x1000_6431, 0x8000)),
        ("STM32F446RE", (0x1000_6421, 0xC000)),
    ],
)
def test_lines_of_stm32f4_tell_what_they_are(make_board, part, facts):
    board = make_board().model_copy(update={"devices": "stm32f4", "part": part})
    bus = Bus(family_devices(board, FakeSystem()))
    assert (bus[0xE004_2000], bus[0x4000_7000]) == facts
    bus[0x4000_7004] = 0
    assert bus[0x4000_7004] == 1 << 14  # VOSRDY, in each scale


def test_the_crystal_of_stm32wb_can_be_halved(make_board):
    """RM0434, RCC_CR.HSEPRE."""
    system, bus = chip(make_board, "stm32wb")
    bus[WB], bus[WB + 0x08] = 1 << 16 | 0x61, 2
    bus[WB] = 1 << 20 | 1 << 16 | 0x61
    assert system.core_clocks == [32_000_000, 16_000_000]


def test_dividers_of_stm32wb_are_applied_at_once(make_board):
    _, bus = chip(make_board, "stm32wb")
    bus[WB + 0x08], bus[WB + 0x108] = 8 << 4, 8 << 4
    assert (bus[WB + 0x08], bus[WB + 0x108]) == (7 << 16 | 8 << 4, 3 << 16 | 8 << 4)


def test_core_1_of_stm32wb_gets_every_semaphore(make_board):
    """RM0434, HSEM_RLR: LOCK and COREID 4 when the read took it."""
    _, bus = chip(make_board, "stm32wb")
    assert {bus[0x5800_1480 + 4 * number] for number in range(32)} == {1 << 31 | 4 << 8}


def test_msi_ranges_of_stm32u3(make_board):
    """RM0487: MSISDIVS of RCC_CSR until MSIRGSEL, then MSISSEL and MSISDIV of RCC_ICSCR1."""
    system, bus = chip(make_board, "stm32u3")
    bus[U3 + 0x08] = 1 << 29
    bus[U3 + 0x08] = 1 << 29 | 1 << 23
    bus[U3 + 0x08] = 1 << 31 | 3 << 29 | 1 << 23
    assert system.core_clocks == [48_000_000, 3_000_000]


def test_msi_range_of_stm32l4_comes_from_two_places(make_board):
    """RM0432: MSISRANGE of RCC_CSR until MSIRGSEL, then MSIRANGE of RCC_CR."""
    system, bus = chip(make_board, "stm32l4")
    bus[L4] = 1 | 0xB0  # without MSIRGSEL
    assert system.core_clocks == []
    bus[L4] = 1 | 8 | 0xB0
    assert system.core_clocks == [48_000_000]


def test_fractional_pll_of_stm32u5(make_board):
    """RM0456: PLL1FRACN counts 1/8192 while PLL1FRACEN is set."""
    system, bus = chip(make_board, "stm32u5")
    bus[U5 + 0x28] = 1 << 18 | 1 << 4 | 1
    bus[U5 + 0x34] = 1 << 24 | 39
    bus[U5 + 0x38] = 4096 << 3
    bus[U5] = 1 << 24 | 1
    bus[U5 + 0x1C] = 3
    bus[U5 + 0x28] = 1 << 18 | 1
    assert system.core_clocks == [81_000_000, 80_000_000]


def test_instruction_cache_of_stm32u5(make_board):
    system, bus = chip(make_board, "stm32u5")
    control, status, clear = 0x4003_0400, 0x4003_0404, 0x4003_040C
    bus[control] = 2  # CACHEINV
    invalidated = bus[control] & 2, bus[status]
    bus[clear] = 2
    bus[control] = 1  # EN without WAYSEL: direct mapped
    assert (invalidated, bus[status], system.flash) == (
        (0, 2),
        0,
        FlashSetup(instruction_cache=True, cache_ways=1),
    )


def test_converter_and_usb_of_stm32u5_let_start_up_code_pass(make_board):
    _, bus = chip(make_board, "stm32u5")
    adc_isr, adc_cr, usb_grstctl = 0x4202_8000, 0x4202_8008, 0x4204_0010
    bus[adc_cr] = 1 << 28
    regulator = bus[adc_isr]
    bus[adc_cr] = 1 << 31 | 1 << 28
    bus[usb_grstctl] = 1
    assert (regulator, bus[adc_cr] >> 31, bus[usb_grstctl]) == (1 << 12, 0, 1 << 31)


@pytest.mark.parametrize(
    ("family", "port", "places", "outputs"),
    [
        ("stm32l4", 0x4800_0000, (0x10, 0x14, 0x18, 0x28), 0xFFFF_5555),
        ("stm32f1", 0x4001_0800, (0x08, 0x0C, 0x10, 0x14), 0x3333_3333),
    ],
)
def test_pins_are_set_and_reset(make_board, family, port, places, outputs):
    _, bus = chip(make_board, family)
    idr, odr, bsrr, brr = (port + place for place in places)
    bus[port] = outputs
    bus[odr] = 0xF0
    bus[bsrr] = 0x10 << 16 | 0x03
    bus[brr] = 0x20
    assert (bus[odr], bus[idr], bus[bsrr], bus[brr]) == (0xC3, 0xC3, 0, 0)
    bus[idr] = 0xFFFF
    assert bus[odr] == 0xC3


def test_nrf52_starts_its_oscillators(make_board):
    system, bus = chip(make_board, "nrf52")
    clock, nvmc = 0x4000_0000, 0x4001_E000
    before = bus[clock + 0x100], bus[clock + 0x40C]
    bus[clock + 0x304] = 1  # interrupt of HFCLKSTARTED
    bus[clock] = 1
    started = bus[clock + 0x100], bus[clock + 0x40C], system.high
    bus[clock + 0x100] = 0
    assert (before, started, system.high) == ((0, 0), (1, 1 << 16 | 1, {0}), set())
    assert bus[nvmc + 0x400] == 1


@pytest.mark.parametrize(("cache", "wait_states"), [(1, 3), (0, 2)])
def test_the_flash_of_nrf52_waits_less_without_its_cache(make_board, cache, wait_states):
    system = FakeSystem()
    board = make_board(wait_states=3).model_copy(update={"devices": "nrf52"})
    Bus(family_devices(board, system))[0x4001_E540] = cache
    assert system.flash == FlashSetup(wait_states=wait_states, instruction_cache=bool(cache))


def test_nrf52_tells_what_it_is(make_board):
    _, bus = chip(make_board, "nrf52")
    bus[0x1000_1304] = 0  # firmware cannot write flash like this
    assert (bus[0x1000_0100], bus[0x1000_0130], bus[0x1000_1304]) == (0x5_2840, 8, 0xFFFF_FFFF)


def test_nrf52_has_two_ports_of_pins(make_board):
    _, bus = chip(make_board, "nrf52")
    first, second = 0x5000_0504, 0x5000_0804
    bus[first + 4], bus[second + 4], bus[second + 8], bus[second + 0x14] = 0b110, 0b011, 0b001, 0b100
    assert [bus[place] for place in (first, second, second + 0x10)] == [6, 2, 4]
    bus[0x5000_0704] = 1  # PIN_CNF of P0.01: an output whose input is connected
    assert (bus[first + 0xC], bus[0x5000_0514], bus[second + 0xC]) == (2, 2, 0)
    bus[0x5000_0518] = 1  # DIRSET
    assert (bus[0x5000_0700], bus[0x5000_0704]) == (3, 1)
    bus[0x5000_051C] = 2  # DIRCLR
    assert (bus[0x5000_0514], bus[0x5000_0704]) == (1, 0)


def test_nrf53_starts_its_oscillator_and_doubles_its_clock(make_board):
    """As system_nrf5340_application.c and an application do; timers and RTCs keep their 16 MHz and 32,768 Hz."""
    system, bus = chip(make_board, "nrf53")
    clock, timer = 0x5000_5000, 0x5000_F000
    assert (bus[0x00FF_0130], bus[0x00FF_0134], bus[0x00FF_0300]) == (7, 5, 0xFFFF_FFFF)
    bus[clock + 0x514], bus[clock] = 1, 1
    bus[timer + 0x510], bus[timer] = 0, 1
    system.pass_cycles(400)
    bus[clock + 0x558] = 0
    system.pass_cycles(400)
    bus[timer + 0x40] = 1
    assert (bus[clock + 0x100], bus[clock + 0x40C], system.core_clocks) == (1, 1 << 16 | 1, [128_000_000])
    assert bus[timer + 0x540] == 400 // 4 + 400 // 8


def test_nrf53_sends_through_the_memory(make_board):
    system, bus = chip(make_board, "nrf53")
    system.memory[8:10] = b"ok"
    port = 0x5000_8000
    bus[port + 0x500], bus[port + 0x544], bus[port + 0x548] = 8, 8, 2
    bus[port + 0x304] = 1 << 8  # ENDTX
    bus[port + 8] = 1
    assert (system.sent, bus[port + 0x120], system.high) == (b"ok", 1, {8})


def test_the_cache_of_nrf53(make_board):
    system = FakeSystem()
    board = make_board(wait_states=5).model_copy(update={"devices": "nrf53"})
    Bus(family_devices(board, system))[0x5000_1500] = 1
    assert system.flash == FlashSetup(wait_states=5, instruction_cache=True)


def test_samd21_locks_its_loop_to_the_crystal(make_board):
    """As the start-up code of Arduino does: 32,768 Hz * 1464; TC3 counts generator 1, the crystal."""
    system, bus = chip(make_board, "samd21")
    control, clocks, timer = 0x4000_0800, 0x4000_0C00, 0x4200_2C00
    bus[0x4100_4004] = 1 << 1
    assert bus[control + 0x0C] & 1 << 1 == 0
    bus[control + 0x14] = 1 << 3 | 1 << 2 | 1 << 1
    assert bus[control + 0x0C] & 1 << 1
    bus[clocks + 8], bus[clocks + 4] = 1, 1 | 5 << 8 | 1 << 16
    for channel in (0, 27):
        bus[clocks] = (1 << 14 | 1 << 8 | channel) << 16
    bus[control + 0x2C], bus[control + 0x24] = 1464, 1 << 2 | 1 << 1
    locked = bus[control + 0x0C] >> 6 & 3
    bus[clocks + 8], bus[clocks + 4] = 0, 7 << 8 | 1 << 16
    assert (locked, system.core_clocks) == (3, [47_972_352])
    assert system.flash == FlashSetup(wait_states=1, instruction_cache=True)
    bus[timer] = 1 << 1
    system.pass_cycles(1464 * 100)
    assert bus[timer + 0x10] == 100


def test_a_generator_of_samd21_can_be_selected_for_reading(make_board):
    _, bus = chip(make_board, "samd21")
    clocks = next(device for device in bus.devices if device.name == "GCLK")
    clocks.write(4, 4, 3 | 6 << 8 | 1 << 16)
    clocks.write(4, 1, 0)
    first = clocks.read(4, 4)
    clocks.write(4, 1, 3)
    assert (first, clocks.read(4, 4), clocks.read(1, 1)) == (6 << 8 | 1 << 16, 3 | 6 << 8 | 1 << 16, 0)
    clocks.write(0, 1, 1)  # SWRST
    clocks.write(4, 1, 3)
    assert clocks.read(4, 4) == 3


@pytest.mark.parametrize(
    ("control", "hz"), [(1 << 12 | 2 << 16, 6_000_000), (1 << 12 | 0xFFFF << 16, 366), (0, 48_000_000)]
)
def test_generators_of_samd51_divide_by_a_number_or_a_power_of_two(make_board, control, hz):
    system, bus = chip(make_board, "samd51")
    bus[0x4000_1C20] = 6 | 1 << 8 | 3 << 16
    bus[0x4000_1C20] = 6 | 1 << 8 | control
    assert system.core_clocks == [16_000_000, hz]


def test_samd51_locks_its_pll_to_a_generator(make_board):
    """As the start-up code of Arduino does: the loop of 48 MHz / 48, times 120."""
    system, bus = chip(make_board, "samd51")
    oscillators, clocks = 0x4000_1000, 0x4000_1C00
    states = [bus[oscillators + 0x10] >> 8 & 1, bus[oscillators + 0x40]]
    bus[clocks + 0x20 + 4 * 5] = 6 | 1 << 8 | 48 << 16
    bus[clocks + 0x84] = 1 << 6 | 5
    bus[oscillators + 0x34], bus[oscillators + 0x38], bus[oscillators + 0x30] = 119, 1 << 11, 1 << 1
    states += [bus[oscillators + 0x40], bus[oscillators + 0x3C], bus[clocks + 4]]
    bus[clocks + 0x20] = 7 | 1 << 9 | 1 << 8
    bus[0x4100_4000] = 5 << 8
    flash = [system.flash]
    bus[0x4100_6008] = 1
    bus[0x4000_0804] = 2 << 8
    assert states == [1, 0, 3, 0, 0]
    assert system.core_clocks == [120_000_000, 60_000_000]
    assert [*flash, system.flash] == [FlashSetup(wait_states=5), FlashSetup(instruction_cache=True)]
    assert bus[0x4100_600C] == 1


def test_a_generator_of_samd51_cannot_feed_itself(make_board):
    """Firmware can write it: its PLL's reference is the generator that has the PLL as its source."""
    system, bus = chip(make_board, "samd51")
    bus[0x4000_1030], bus[0x4000_1034], bus[0x4000_1C84] = 2, 119, 1 << 6
    bus[0x4000_1C20] = 7 | 1 << 8
    assert system.core_clocks == []


def test_rp2040_sets_its_clock(make_board):
    """As the SDK does: release blocks, start the crystal, lock the PLL at 1500 MHz / 6 / 2, switch glitchlessly."""
    system, bus = chip(make_board, "rp2040")
    resets, xosc, pll, clocks = 0x4000_C000, 0x4002_4000, 0x4002_8000, 0x4000_8000
    bus[resets + 0x3000] = 1 << 12
    assert bus[resets + 8] == 1 << 12
    bus[xosc] = 0xAA0
    bus[xosc + 0x2000] = 0xFAB << 12
    assert bus[xosc + 4] >> 31 == 1
    bus[pll + 8], bus[pll + 12] = 125, 6 << 16 | 2 << 12
    assert bus[pll] >> 31 == 0
    bus[pll + 0x3004] = 0x21
    assert bus[pll] >> 31 == 1
    bus[clocks + 0x30] = 2
    bus[clocks + 0x3C] = 1
    assert (bus[clocks + 0x38], bus[clocks + 0x44]) == (4, 2)
    assert system.core_clocks == [12_000_000, 125_000_000]


def test_imxrt_sets_its_clock(make_board):
    """As clockspeed.c of Teensy's core does: by the crystal, from the ROM's 396 MHz to 24 MHz * 100 / 2 / 2."""
    system, bus = chip(make_board, "imxrt")
    control, analog = 0x400F_C000, 0x400D_8000
    bus[control + 0x18] = bus[control + 0x18] & ~(3 << 12) | 1 << 12
    bus[control + 0x14] = bus[control + 0x14] | 1 << 25
    bus[analog] = 1 << 12
    off = bus[analog] >> 31
    bus[analog] = 1 << 13 | 100
    assert (off, bus[analog] >> 31, bus[control + 0x48], bus[0x4008_0000] >> 31) == (0, 1, 0, 1)
    bus[control + 0x10] = 1
    bus[control + 0x14] = bus[control + 0x14] & ~(1 << 25)
    assert system.core_clocks == [24_000_000, 600_000_000]


def test_timers_of_imxrt_count_down_and_share_their_interrupt(make_board):
    """At 396 MHz, PERCLK from the crystal: 16.5 cycles a tick."""
    system, bus = chip(make_board, "imxrt")
    timers, first, second = 0x4008_4000, 0x4008_4100, 0x4008_4110
    bus[0x400F_C01C] = 1 << 6
    bus[first], bus[second] = 99, 149
    bus[first + 8], bus[second + 8] = 3, 1
    system.pass_cycles(3300)
    disabled = bus[first + 4]
    bus[timers] = 0
    system.pass_cycles(33 * 60)  # 120 ticks
    assert (disabled, bus[first + 4], bus[second + 4]) == (99, 79, 29)
    assert (system.rises, bus[second + 0xC]) == ([(3300 + 1650, 122)], 0)
    bus[first + 0xC] = 1
    assert system.high == set()


def test_a_new_interval_of_imxrt_begins_when_the_old_one_is_over(make_board):
    """At 396 MHz: 33 cycles are two ticks. Many intervals at once take no time."""
    system, bus = chip(make_board, "imxrt")
    bus[0x400F_C01C], bus[0x4008_4000] = 1 << 6, 0
    timer = 0x4008_4100
    bus[timer], bus[timer + 8] = 9, 1
    bus[timer] = 3
    system.pass_cycles(33 * 3)
    first = bus[timer + 4]
    system.pass_cycles(33 * 3)
    second = bus[timer + 4]
    system.pass_cycles(33 * 10**12 + 33)
    assert (first, second, bus[timer + 4]) == (3, 1, 3)


def test_lpuart_of_imxrt_sends_receives_and_interrupts(make_board):
    system, bus = chip(make_board, "imxrt")
    port = 0x4019_8000
    bus[port + 0x1C] = ord("x")
    bus[port + 0x18] = 1 << 21 | 1 << 19 | 1 << 18
    bus[port + 0x1C] = ord("o")
    quiet = system.high
    system.type(b"a")
    waiting = system.high, bus[port + 0x14] >> 21 & 7
    assert (system.sent, quiet, waiting) == (b"o", set(), ({25}, 7))
    assert (bus[port + 0x1C], system.high) == (ord("a"), set())


def test_both_ways_to_the_pins_of_imxrt(make_board):
    _, bus = chip(make_board, "imxrt")
    slow, fast = 0x401B_8000, 0x4200_0000
    bus[fast + 4], bus[fast + 0x84], bus[fast + 0x8C] = 0b111, 0b110, 0b011
    assert (bus[fast], bus[fast + 8], bus[slow]) == (0b101, 0b101, 0)
    ports = {device.name: device for device in bus.devices}
    ports["GPIO1"].outside.set(4, high=True)
    assert (bus[slow + 8], bus[fast + 8], ports["GPIO6"].pins) == (1 << 4, 1 << 4 | 0b101, {})


class OptionsSystem(FakeSystem):
    """A system whose flash has option-setting memory: OFS1 with HOCOFRQ1."""

    def __init__(self, speed: int) -> None:
        super().__init__()
        self.memory = bytearray(0x404) + (speed << 12).to_bytes(4, "little")


def ra4m1(make_board, speed: int = 4) -> tuple[FakeSystem, Bus]:
    system = OptionsSystem(speed)
    return system, Bus(family_devices(make_board().model_copy(update={"devices": "ra4m1"}), system))


@pytest.mark.parametrize(
    ("speed", "hz"), [(0, 24_000_000), (2, 32_000_000), (4, 48_000_000), (5, 64_000_000)]
)
def test_ra4m1_switches_to_the_oscillator_that_its_options_set_up(make_board, speed, hz):
    """As bsp_clocks.c does: HOCO runs and is stable, then SCKDIVCR and SCKSCR."""
    system, bus = ra4m1(make_board, speed)
    registers = 0x4001_E000
    before = bus[registers + 0x3C] & 1
    bus[registers + 0x34] = 0
    stable = bus[registers + 0x3C] & 1
    bus[registers + 0x20] = 0x1001_0100
    bus[registers + 0x30] = 1 << 16 | 1 << 8
    bus[registers + 0x24] = 0
    assert (before, stable, system.core_clocks) == (0, 1, [8_000_000, hz])
    assert system.flash == FlashSetup(wait_states=1)


def test_ra4m1_multiplies_its_crystal(make_board):
    system, bus = ra4m1(make_board)
    registers = 0x4001_E000
    bus[registers + 0x20] = 0
    bus[registers + 0x30] = 0
    bus[registers + 0x28] = 1 << 30 | 7 << 24
    assert bus[registers + 0x3C] & 0xFF == 1 << 5 | 1 << 3
    bus[registers + 0x24] = 5 << 16
    assert system.core_clocks == [8_000_000, 48_000_000]


def test_events_of_ra4m1_are_linked_to_interrupts(make_board):
    """GPT0's overflow at interrupt 3, the characters of SCI2 at 5 and 6; a flag is cleared by writing 0."""
    system, bus = ra4m1(make_board)
    links, timer, port = 0x4000_6300, 0x4007_8000, 0x4007_0040
    bus[links + 12], bus[links + 20], bus[links + 24] = 0x5D, 0xA3, 0xA4
    bus[timer + 0x64], bus[timer + 0x2C] = 99, 1 << 24 | 1
    system.pass_cycles(4 * 150)
    assert (system.rises, bus[timer + 0x48], bus[timer + 0x3C] >> 6 & 1) == ([(400, 3)], 50, 1)
    assert bus[links + 12] == 1 << 16 | 0x5D
    bus[links + 12] = 0x5D
    assert system.high == set()
    device = next(device for device in bus.devices if device.start == port)
    device.write(2, 1, 1 << 7 | 1 << 6 | 1 << 5 | 1 << 4)
    assert system.high == {6}
    system.type(b"a")
    assert (system.high, device.read(4, 1) >> 6 & 1, device.read(5, 1), device.read(4, 1) >> 6 & 1) == (
        {5, 6},
        1,
        ord("a"),
        0,
    )
    device.write(3, 1, ord("o"))
    assert system.sent == b"o"


def test_a_port_of_ra4m1_and_its_pins_are_the_same(make_board):
    _, bus = ra4m1(make_board)
    port, pin = 0x4004_0060, 0x4004_0800 + 64 * 3 + 4 * 5
    bus[port] = 1 << 5 | 1 << 21
    both = bus[pin] & 0b111
    bus[port + 8] = 1 << 21  # reset it
    assert (both, bus[pin] & 0b111, bus[port], bus[port + 4]) == (0b111, 0b100, 1 << 5, 0)
    bus[pin] = 0b101
    assert bus[port] == 1 << 5 | 1 << 21


def test_rp2350_sets_its_clock(make_board):
    """As the SDK does: release blocks, start the crystal, lock the PLL at 1500 MHz / 5 / 2, switch glitchlessly."""
    system, bus = chip(make_board, "rp2350")
    resets, xosc, pll, clocks = 0x4002_0000, 0x4004_8000, 0x4005_0000, 0x4001_0000
    bus[clocks + 0x303C] = 1
    bus[resets + 0x3000] = 1 << 14
    assert bus[resets + 8] == 1 << 14
    bus[xosc] = 0xAA0
    bus[xosc + 0x2000] = 0xFAB << 12
    assert bus[xosc + 4] >> 31 == 1
    bus[pll + 8], bus[pll + 12] = 125, 5 << 16 | 2 << 12
    bus[pll + 0x3004] = 0x21
    assert bus[pll] >> 31 == 1
    bus[clocks + 0x30] = 2
    bus[clocks + 0x40] = 3 << 15  # CLK_SYS_DIV 1.5
    bus[clocks + 0x3C] = 1
    assert (bus[clocks + 0x38], bus[clocks + 0x44]) == (4, 2)
    assert system.core_clocks == [11_000_000, 12_000_000, 8_000_000, 100_000_000]


def test_rp2350_has_two_timers_and_ticks(make_board):
    system, bus = chip(make_board, "rp2350")
    bus[0x4010_8018] = 1  # TIMER0's tick: ENABLE, RUNNING
    for timer in (0x400B_0000, 0x400B_8000):
        bus[timer + 0x40], bus[timer + 0x10] = 1, 100  # INTE, ALARM0
    system.pass_cycles(125 * 100)
    assert (bus[0x4010_8018], system.high, bus[0x400B_0048]) == (3, {0, 4}, 1)


def test_rp2350_spinlocks_and_upper_pins(make_board):
    _, bus = chip(make_board, "rp2350")
    lock, out = 0xD000_0104, 0xD000_0010
    claims = [bus[lock], bus[lock]]
    bus[lock] = 0
    bus[out + 8], bus[out + 0xC], bus[out + 0x14], bus[out + 0x18] = 0b0111, 0b0011, 0b0001, 0b1010
    assert (claims, bus[lock], bus[out], bus[out + 4]) == ([2, 0], 2, 0b1101, 0b0010)


def test_rp2040_divides_as_its_datasheet_says(make_board):
    _, bus = chip(make_board, "rp2040")
    sio = 0xD000_0000

    def divide(first: int, dividend: int, divisor: int) -> tuple[int, int]:
        bus[sio + first], bus[sio + first + 4] = dividend & 0xFFFF_FFFF, divisor & 0xFFFF_FFFF
        return bus[sio + 0x70], bus[sio + 0x74]

    assert divide(0x60, 100, 7) == (14, 2)
    assert divide(0x68, -100, 7) == (-14 & 0xFFFF_FFFF, -2 & 0xFFFF_FFFF)
    assert divide(0x60, 5, 0) == (0xFFFF_FFFF, 5)
    assert divide(0x68, -5, 0) == (1, -5 & 0xFFFF_FFFF)


def test_rp2040_spinlocks_and_pins(make_board):
    _, bus = chip(make_board, "rp2040")
    lock, out = 0xD000_0104, 0xD000_0010
    claims = [bus[lock], bus[lock]]
    bus[lock] = 0
    bus[out + 4], bus[out + 8], bus[out + 12] = 0b0111, 0b0001, 0b1010
    assert (claims, bus[lock], bus[out]) == ([2, 0], 2, 0b1100)
