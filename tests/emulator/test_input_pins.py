"""Levels that something outside of the chip gives to pins: by family, by board file and by script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.emulator.devices.blocks.pins import Outside, PinDevice, Pins
from scons_tinyml.emulator.devices.bus import Device
from scons_tinyml.emulator.devices.families import families, family_devices
from scons_tinyml.emulator.input_pins import InputPins
from scons_tinyml.emulator.script import read_script
from scons_tinyml.emulator.session import RunRequest, run_session
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import InputError, RecordError
from support.fake_system import Bus, FakeSystem

BOARDS = Path(__file__).parents[2] / "boards"


@dataclass(frozen=True)
class Port:
    """A pin of a family, where its level is read, and writes that make it an input, pull it up, make it an output."""

    pin: str
    last: str
    read: int
    bit: int
    input: dict[int, int]
    pull_up: dict[int, int]
    output_low: dict[int, int]
    off: dict[int, int]


def modern(devices: list[Device]) -> Port:
    """Pin 5 of port A of an STM32 whose ports have MODER."""
    ports = {device.name: device.start for device in devices if isinstance(device, Pins)}
    start = ports["GPIOA"]
    return Port(
        pin="PA5",
        last=f"P{max(ports)[-1]}15",
        read=start + 0x10,
        bit=5,
        input={start: 0, start + 0xC: 0},
        pull_up={start: 0, start + 0xC: 1 << 10},
        output_low={start: 1 << 10, start + 0xC: 0},
        off={start: 3 << 10},
    )


def families_with_modern_pins() -> dict[str, Port]:
    """The ports of all families of STM32 but the first, which has CRL and CRH."""
    board = read_board(BOARDS / "stm32l4.toml")
    found = {
        name: family_devices(board.model_copy(update={"devices": name}), FakeSystem()) for name in families()
    }
    return {
        name: modern(devices)
        for name, devices in found.items()
        if any(type(device) is Pins for device in devices)
    }


F1, NRF, NRF53, SIO, PAD = 0x4001_0800, 0x5000_0000, 0x5084_2500, 0xD000_0000, 0x4001_C004 + 4 * 5
PORTS = {
    **families_with_modern_pins(),
    "stm32f1": Port(
        pin="PA5",
        last="PE15",
        read=F1 + 0x08,
        bit=5,
        input={F1: 0x4 << 20},
        pull_up={F1: 0x8 << 20, F1 + 0x0C: 1 << 5},
        output_low={F1: 0x3 << 20, F1 + 0x0C: 0},
        off={F1: 0},
    ),
    "nrf52": Port(
        pin="P1.05",
        last="P1.15",
        read=NRF + 0x810,
        bit=5,
        input={NRF + 0xA14: 0},
        pull_up={NRF + 0xA14: 0b1100},
        output_low={NRF + 0xA14: 1, NRF + 0x804: 0},
        off={NRF + 0xA14: 2},
    ),
    "nrf53": Port(
        pin="P1.05",
        last="P1.15",
        read=NRF53 + 0x310,
        bit=5,
        input={NRF53 + 0x514: 0},
        pull_up={NRF53 + 0x514: 0b1100},
        output_low={NRF53 + 0x514: 1, NRF53 + 0x304: 0},
        off={NRF53 + 0x514: 2},
    ),
    "rp2040": Port(
        pin="GPIO5",
        last="GPIO29",
        read=SIO + 0x04,
        bit=5,
        input={PAD: 0x40},
        pull_up={PAD: 0x48},
        output_low={PAD: 0x40, SIO + 0x10: 0, SIO + 0x20: 1 << 5},
        off={PAD: 0x80},
    ),
}


FIRST_PINS = {"nrf52": "P0.00", "nrf53": "P0.00", "ra4m1": "P000", "imxrt": "GPIO1_IO00"}
FIRST_PINS |= dict.fromkeys(("rp2040", "rp2350"), "GPIO0")


def sam(start: int, last: str) -> Port:
    """Pin 5 of port B; a pin that is no input is low."""
    port = start + 0x80
    setup = port + 0x44  # PINCFG of pins 4 to 7
    return Port(
        pin="PB5",
        last=last,
        read=port + 0x20,
        bit=5,
        input={setup: 2 << 8},
        pull_up={setup: 6 << 8, port + 0x18: 1 << 5},
        output_low={setup: 2 << 8, port + 0x08: 1 << 5, port + 0x14: 1 << 5},
        off={setup: 0},
    )


SIO_2350, PAD_2350 = 0xD000_0000, 0x4003_8004 + 4 * 37
PORTS["rp2350"] = Port(
    pin="GPIO37",
    last="GPIO47",
    read=SIO_2350 + 0x08,
    bit=5,
    input={PAD_2350: 0x40},
    pull_up={PAD_2350: 0x48},
    output_low={PAD_2350: 0x40, SIO_2350 + 0x24: 1 << 5, SIO_2350 + 0x3C: 1 << 5},
    off={PAD_2350: 0x80},
)
IMX, IMX_MUX, IMX_PAD = 0x401B_8000, 0x401F_80BC + 4 * 5, 0x401F_82AC + 4 * 5
PORTS["imxrt"] = Port(
    pin="GPIO1_IO05",
    last="GPIO5_IO31",
    read=IMX + 8,
    bit=5,
    input={IMX_MUX: 5, IMX_PAD: 0x10B0},
    pull_up={IMX_MUX: 5, IMX_PAD: 0xF0B0},
    output_low={IMX_MUX: 5, IMX + 4: 1 << 5, IMX + 0x88: 1 << 5},
    off={IMX_MUX: 2},
)
RA = 0x4004_0000 + 3 * 0x20
PORTS["ra4m1"] = Port(
    pin="P305",
    last="P915",
    read=RA + 4,
    bit=5,
    input={0x4004_08D4: 0},
    pull_up={0x4004_08D4: 1 << 4},
    output_low={RA: 1 << 5},
    off={0x4004_08D4: 1 << 15},
)
PORTS |= {"samd21": sam(0x4100_4400, "PB31"), "samd51": sam(0x4100_8000, "PD31")}


class Chip:
    """Devices of a family, and its pins."""

    def __init__(self, make_board: Any, family: str, **levels: str) -> None:
        board: Board = make_board().model_copy(update={"devices": family, "pins": levels})
        self.devices = family_devices(board, FakeSystem())
        self.port = PORTS[family]
        self.bus, self.pins = Bus(self.devices), InputPins(board, self.devices)

    def write(self, writes: dict[int, int]) -> None:
        for address, value in writes.items():
            self.bus[address] = value

    @property
    def level(self) -> int:
        """Level of the pin as firmware reads it; all other pins of its port are low."""
        value = self.bus[self.port.read]
        return value >> self.port.bit & 1


def test_all_families_with_pins_are_tried(make_board):
    board = make_board()
    with_pins = {
        name
        for name in families()
        for device in family_devices(board.model_copy(update={"devices": name}), FakeSystem())
        if isinstance(device, PinDevice)
    }
    assert set(PORTS) == with_pins
    assert {"nrf52", "rp2040", "stm32f1", "stm32l1", "stm32l4", "stm32u5"} < with_pins


@pytest.mark.parametrize("family", PORTS)
def test_an_input_has_the_level_from_outside(make_board, family):
    chip = Chip(make_board, family)
    chip.write(chip.port.input)
    levels = [chip.level]
    for high in (True, False):
        chip.pins.set(chip.port.pin, high=high)
        levels.append(chip.level)
    assert levels == [0, 1, 0]


@pytest.mark.parametrize("family", PORTS)
def test_only_the_named_pin_changes(make_board, family):
    chip = Chip(make_board, family)
    chip.write(chip.port.input)
    before = chip.bus[chip.port.read]
    chip.pins.set(chip.port.pin, high=True)
    assert chip.bus[chip.port.read] == before | 1 << chip.port.bit


@pytest.mark.parametrize("family", PORTS)
def test_a_level_from_outside_is_stronger_than_a_resistor(make_board, family):
    chip = Chip(make_board, family)
    chip.write(chip.port.pull_up)
    levels = [chip.level]
    for high in (False, True):
        chip.pins.set(chip.port.pin, high=high)
        levels.append(chip.level)
    assert levels == [1, 0, 1]


@pytest.mark.parametrize("family", PORTS)
def test_an_output_reads_what_the_chip_drives(make_board, family):
    chip = Chip(make_board, family, **{PORTS[family].pin: "high"})
    chip.write(chip.port.output_low)
    assert chip.level == 0


@pytest.mark.parametrize("family", PORTS)
def test_a_pin_whose_input_is_off_is_low(make_board, family):
    chip = Chip(make_board, family, **{PORTS[family].pin: "high"})
    chip.write(chip.port.off)
    assert chip.level == 0


@pytest.mark.parametrize("family", PORTS)
def test_a_reset_of_the_chip_leaves_what_is_outside(make_board, family):
    chip = Chip(make_board, family, **{PORTS[family].pin: "high"})
    for device in chip.devices:
        device.reset()
    chip.write(chip.port.input)
    assert chip.level == 1


@pytest.mark.parametrize("family", PORTS)
def test_an_unknown_pin_is_told(make_board, family):
    chip = Chip(make_board, family)
    first = FIRST_PINS.get(family, "PA0")
    with pytest.raises(InputError) as caught:
        chip.pins.set("PZ1", high=True)
    assert str(caught.value) == (f"made-up has no pin 'PZ1'\n  its pins are {first} to {chip.port.last}")


@pytest.mark.parametrize(
    ("family", "start"), [("stm32l4", 0x4800_0000), ("stm32f4", 0x4002_0000), ("stm32u5", 0x4202_0000)]
)
def test_an_open_drain_output_can_be_pulled_low(make_board, family, start):
    chip = Chip(make_board, family)
    chip.write({start: 1 << 10, start + 4: 1 << 5, start + 0x14: 1 << 5})
    levels = [chip.level]
    chip.pins.set("PA5", high=False)
    levels.append(chip.level)
    chip.pins.set("PA5", high=True)
    levels.append(chip.level)
    chip.write({start + 0x14: 0})
    assert [*levels, chip.level] == [1, 0, 1, 0]


masks = st.integers(0, 2**32 - 1)


@given(
    outputs=masks,
    high=masks,
    pulled_up=masks,
    given_levels=st.dictionaries(st.integers(0, 31), st.booleans()),
)
def test_each_pin_has_one_driver(outputs, high, pulled_up, given_levels):
    outside = Outside()
    for bit, level in given_levels.items():
        outside.set(bit, high=not level)
        outside.set(bit, high=level)
    levels = outside.levels(outputs=outputs, high=high, pulled_up=pulled_up)
    for bit in range(32):
        driver = high if outputs >> bit & 1 else given_levels.get(bit, pulled_up >> bit) << bit
        assert levels >> bit & 1 == driver >> bit & 1
    assert levels >> 32 == 0


# -- board files and scripts

READ_BUTTON = """
start:
    ldr r0, =0x48000800  @ GPIOC
    ldr r1, [r0]
    bic r1, r1, #0x0C000000
    str r1, [r0]
loop:
    ldr r2, [r0, #0x10]
    lsrs r2, r2, #14
    bcc pressed
    b loop
pressed:
    nop
    bkpt 0
"""


@pytest.fixture
def button(machine, make_board):
    """A machine whose program waits until PC13 is low."""

    def make(**levels: str) -> Any:
        board = make_board().model_copy(update={"devices": "stm32l4", "pins": levels})
        return machine(READ_BUTTON, board)

    return make


@pytest.mark.parametrize("level", ["high", "low"])
def test_the_level_of_the_board_file_is_there_from_reset_on(button, level):
    run = button(PC13=level)
    stop = run.run(until=(run.symbol("pressed"),), max_instructions=200)
    assert stop.reason == {"high": "limit", "low": "address"}[level]


def test_a_script_presses_the_button(button, tmp_path):
    script = tmp_path / "press.txt"
    script.write_text("wait 10 us\npin PC13 low\nwait 10 us\n")
    run = button(PC13="high")
    outcome = run_session(
        run, RunRequest(until=frozenset({run.symbol("pressed")}), script=read_script(script))
    )
    assert outcome.reason == "address"
    clock_hz = run.core_clock_hz
    assert outcome.cycles == pytest.approx(10e-6 * clock_hz, abs=30)


def test_the_line_of_a_pin_that_is_not_there_is_named_before_the_run(button, tmp_path):
    script = tmp_path / "press.txt"
    script.write_text("wait 10 us\npin PX1 low\n")
    run = button()
    with pytest.raises(InputError) as caught:
        run_session(run, RunRequest(script=read_script(script)))
    assert str(caught.value) == f"{script}:2: made-up has no pin 'PX1'\n  its pins are PA0 to PI15"
    assert run.instructions == 0


def test_a_pin_of_a_board_without_family(machine, make_board):
    run = machine("start: b .", make_board().model_copy(update={"devices": None}))
    with pytest.raises(InputError) as caught:
        run.set_pin("PA0", high=True)
    assert str(caught.value) == (
        "made-up has no pins: its file names no chip family, which 'devices' would do"
    )


def test_a_pin_of_a_board_file_that_the_chip_lacks_is_told(button):
    with pytest.raises(RecordError) as caught:
        button(PK1="high")
    assert str(caught.value) == (
        "boards/made-up.toml: pins.PK1: made-up has no pin 'PK1'\n  its pins are PA0 to PI15"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('PC13 = "high"', 'PC13 = "up"', "pins.PC13: found 'up'; input should be 'low' or 'high'"),
        ('PC13 = "high"', '"C13" = "high"', "pins.C13"),
        ("pins =", "# pins =", "sources: no source is given for pins"),
    ],
)
def test_mistakes_of_a_board_file_are_told(tmp_path, old, new, message):
    text = (BOARDS / "stm32l4.toml").read_text()
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new))
    with pytest.raises(RecordError) as caught:
        read_board(tmp_path / "mine.toml")
    assert message in str(caught.value)


@pytest.mark.parametrize("path", sorted(BOARDS.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_boards_name_pins_that_their_chips_have(path):
    board = read_board(path)
    pins = InputPins(board, family_devices(board, FakeSystem()))
    for name in board.pins:
        pins.require(name)
