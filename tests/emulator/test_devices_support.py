"""Devices that start-up code of vendors uses beside clock, flash and pins: what it writes, and what it waits for."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.emulator.devices.bus import Device
from scons_tinyml.emulator.devices.families import family_devices
from scons_tinyml.records.board import read_board
from support.fake_system import Bus, FakeSystem

BOARDS = Path(__file__).parents[2] / "boards"
CALENDARS = {
    "stm32f407": 0x4000_2800,
    "stm32f746": 0x4000_2800,
    "stm32g0b1": 0x4000_2800,
    "stm32h7a3": 0x5800_4000,
    "stm32l4": 0x4000_2800,
    "stm32u575": 0x4600_7800,
}
WATCHDOGS = dict.fromkeys(CALENDARS, 0x4000_3000) | {"stm32h7a3": 0x5800_4800}
GENERATORS = {
    "stm32f407": 0x5006_0800,
    "stm32f746": 0x5006_0800,
    "stm32h7a3": 0x4802_1800,
    "stm32l4": 0x5006_0800,
    "stm32u575": 0x420C_0800,
}
IDENTITIES = {
    "stm32f407": (0x1FFF_7A10, 0x1FFF_7A22, 1024),
    "stm32f746": (0x1FF0_F420, 0x1FF0_F442, 1024),
    "stm32g0b1": (0x1FFF_7590, 0x1FFF_75E0, 512),
    "stm32h7a3": (0x08FF_F800, 0x08FF_F80C, 2048),
    "stm32l4": (0x1FFF_7590, 0x1FFF_75E0, 1024),
    "stm32u575": (0x0BFA_0700, 0x0BFA_07A0, 2048),
}
"""Unique identity, size of the flash, and KiB of flash."""


def devices(board: str) -> list[Device]:
    return family_devices(read_board(BOARDS / f"{board}.toml"), FakeSystem())


@pytest.mark.parametrize(("board", "start"), CALENDARS.items())
def test_the_calendar_can_be_set(board, start):
    """As HAL_RTC_Init and HAL_RTC_WaitForSynchro do: keys, INIT and its flag, time, and RSF that was cleared."""
    bus = Bus(devices(board))
    date, status, prescalers = start + 4, start + 0x0C, start + 0x10
    assert (bus[date], bus[status] & 1 << 6, bus[prescalers]) == (0x2101, 0, 0x007F_00FF)
    bus[start + 0x24] = 0xCA
    bus[start + 0x24] = 0x53
    bus[status] |= 1 << 7
    assert bus[status] & 1 << 6
    bus[start] = 0x12_3456
    bus[status] &= ~(1 << 7)
    assert not bus[status] & 1 << 6
    bus[status] &= ~(1 << 5)
    assert bus[status] & 1 << 5
    assert bus[start] == 0x12_3456


@pytest.mark.parametrize(("board", "start"), WATCHDOGS.items())
def test_a_watchdog_takes_its_settings_at_once(board, start):
    bus = Bus(devices(board))
    for offset, value in ((0, 0xCCCC), (0, 0x5555), (4, 6), (8, 1000), (0x0C, 7)):
        bus[start + offset] = value
    assert (bus[start + 8], bus[start + 0x0C]) == (1000, 0)


@pytest.mark.parametrize(("board", "start"), GENERATORS.items())
def test_random_numbers_are_the_same_in_every_run(board, start):
    made = devices(board)
    bus = Bus(made)
    assert (bus[start + 4], bus[start + 8]) == (0, 0)
    drawn = []
    for _ in range(2):
        bus[start] = 1 << 2
        assert bus[start + 4] == 1
        drawn.append([bus[start + 8] for _ in range(100)])
        for device in made:
            device.reset()
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 100


@pytest.mark.parametrize(("board", "places"), IDENTITIES.items())
def test_a_chip_tells_its_identity(board, places):
    unique, flash, kib = places
    bus = Bus(devices(board))
    words = [bus[unique + offset] for offset in (0, 4, 8)]
    bus[unique] = 1
    assert words == [bus[unique + offset] for offset in (0, 4, 8)]
    assert all(words)
    assert bus[flash & ~3] >> 8 * (flash & 2) & 0xFFFF == kib


@pytest.mark.parametrize(
    ("board", "start", "middle"),
    [
        ("stm32l4", 0x4000_6000, 0x20),
        ("stm32u575", 0x4000_6000, 0x40),
        ("stm32g0b1", 0x4000_6C00, 0x40),
        ("stm32h7a3", 0x4000_8400, 0x20),
    ],
)
def test_the_trimming_of_an_oscillator_keeps_its_settings(board, start, middle):
    bus = Bus(devices(board))
    assert (bus[start] >> 8, bus[start + 4]) == (middle, 0x2022_BB7F)
    bus[start] = bus[start] | 1 << 6 | 1 << 5
    assert bus[start] & 0x60 == 0x60


@pytest.mark.parametrize(
    ("board", "backup"),
    [
        ("stm32l4", 0x4000_2850),
        ("stm32f746", 0x4000_2850),
        ("stm32g0b1", 0x4000_B100),
        ("stm32u575", 0x4600_7D00),
        ("stm32h7a3", 0x5800_4500),
    ],
)
def test_backup_registers_keep_what_is_written(board, backup):
    bus = Bus(devices(board))
    bus[backup] = 0x32F2
    assert bus[backup] == 0x32F2
