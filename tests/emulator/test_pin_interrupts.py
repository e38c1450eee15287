"""Interrupts of pins: edges from outside of the chip, which a script makes, and from the firmware itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from scons_tinyml.emulator.devices.families import families, family_devices
from scons_tinyml.emulator.input_pins import InputPins
from scons_tinyml.emulator.script import read_script
from scons_tinyml.emulator.session import RunRequest, run_session
from support.fake_system import Bus, FakeSystem

LINE = 1 << 5  # of pin 5 of a port


@dataclass(frozen=True)
class Places:
    """Registers of a family's EXTI, where EXTICR chooses port B for line 5, and the interrupt of the line."""

    mask: int
    rising: int
    falling: int
    software: int
    pending: tuple[int, int]
    """For rising and for falling edges."""
    choice: int
    port_b: int
    interrupt: int = 23

    @classmethod
    def at(cls, exti: int, *, choice: int, interrupt: int = 23) -> Places:
        """Registers of STM32F1, F4, F7, L1, L4 and G4: IMR, RTSR, FTSR, SWIER, PR."""
        pending = exti + 0x14
        return cls(
            exti, exti + 8, exti + 0xC, exti + 0x10, (pending, pending), choice + 0xC, 1 << 4, interrupt
        )

    @classmethod
    def later(cls, exti: int, interrupt: int, pending: tuple[int, int], choice: int, port_b: int) -> Places:
        """Registers of the others: RTSR1, FTSR1, SWIER1, IMR1 at 0x80."""
        risen, fallen = (exti + place for place in pending)
        return cls(exti + 0x80, exti, exti + 4, exti + 8, (risen, fallen), choice, port_b, interrupt)


F4 = Places.at(0x4001_3C00, choice=0x4001_3800)
L4 = Places.at(0x4001_0400, choice=0x4001_0000)
H7 = Places.later(0x5800_0000, 23, (0x88, 0x88), 0x5800_040C, 1 << 4)
EXTI = {
    "stm32f1": L4,
    "stm32f4": F4,
    "stm32f7": F4,
    "stm32g0": Places.later(0x4002_1800, 7, (0x0C, 0x10), 0x4002_1864, 1 << 8),
    "stm32g4": L4,
    "stm32h7": H7,
    "stm32h743": H7,
    "stm32l1": L4,
    "stm32l4": L4,
    "stm32u3": Places.later(0x4003_2000, 16, (0x0C, 0x10), 0x4003_2064, 1 << 8),
    "stm32u5": Places.later(0x4602_2000, 16, (0x0C, 0x10), 0x4602_2064, 1 << 8),
    "stm32wb": Places.later(0x5800_0800, 23, (0x0C, 0x0C), 0x4001_000C, 1 << 4),
}


class Chip:
    """A chip whose pin PB5 is an input."""

    def __init__(self, make_board: Any, family: str) -> None:
        board = make_board().model_copy(update={"devices": family})
        self.system = FakeSystem()
        devices = family_devices(board, self.system)
        self.bus, self.pins = Bus(devices), InputPins(board, devices)
        self.port = next((device.start for device in devices if device.name == "GPIOB"), 0)
        if family == "stm32f1":
            self.bus[self.port] = 0x4 << 20
        elif self.port:
            self.bus[self.port] = self.bus[self.port] & ~(3 << 10)

    def set(self, *, high: bool, pin: str = "PB5") -> None:
        self.pins.set(pin, high=high)


def test_every_family_of_stm32_has_them():
    assert set(EXTI) == {name for name in families() if name.startswith("stm32")}


@pytest.mark.parametrize("family", EXTI)
@pytest.mark.parametrize("high", [True, False])
def test_an_edge_that_is_chosen_interrupts_until_it_is_cleared(make_board, family, high):
    chip, places = Chip(make_board, family), EXTI[family]
    chip.set(high=not high)
    chip.bus[places.choice] = places.port_b
    chip.bus[places.rising if high else places.falling] = LINE
    chip.bus[places.mask] = LINE
    seen = [chip.system.high]
    for level in (not high, high, not high, high):
        chip.set(high=level)
        seen.append(chip.system.high)
    place = places.pending[0 if high else 1]
    pending = chip.bus[place]
    chip.bus[place] = LINE
    none, one = set(), {places.interrupt}
    assert (seen, pending, chip.bus[place], chip.system.high) == ([none, none, one, one, one], LINE, 0, none)


@pytest.mark.parametrize("family", EXTI)
def test_other_ports_other_lines_and_masked_ones_do_not_interrupt(make_board, family):
    chip, places = Chip(make_board, family), EXTI[family]
    chip.bus[places.choice] = places.port_b
    chip.bus[places.rising], chip.bus[places.mask] = LINE, 0
    for pin in ("PA5", "PB6"):
        chip.set(high=True, pin=pin)
    before = chip.bus[places.pending[0]]
    chip.set(high=True)
    masked = chip.bus[places.pending[0]], chip.system.high
    chip.bus[places.mask] = LINE
    assert (before, masked, chip.system.high) == (0, (LINE, set()), {places.interrupt})


@pytest.mark.parametrize("family", EXTI)
def test_what_firmware_chooses_makes_no_edge(make_board, family):
    chip, places = Chip(make_board, family), EXTI[family]
    chip.set(high=True)
    chip.bus[places.mask], chip.bus[places.rising] = LINE, LINE
    chip.bus[places.choice] = places.port_b
    assert (chip.bus[places.pending[0]], chip.system.high) == (0, set())


@pytest.mark.parametrize("family", EXTI)
def test_software_can_ask_for_the_interrupt(make_board, family):
    chip, places = Chip(make_board, family), EXTI[family]
    chip.bus[places.mask] = LINE
    chip.bus[places.software] = LINE
    assert (chip.bus[places.pending[0]], chip.system.high) == (LINE, {places.interrupt})


def test_an_output_that_firmware_drives_makes_edges_too(make_board):
    chip = Chip(make_board, "stm32l4")
    chip.bus[chip.port] = 1 << 10
    chip.bus[L4.choice], chip.bus[L4.rising], chip.bus[L4.mask] = L4.port_b, LINE, LINE
    chip.bus[chip.port + 0x18] = LINE
    assert chip.system.high == {23}


def test_port_h_of_stm32l1_comes_before_f(make_board):
    """RM0038, SYSCFG_EXTICR: 5 is port H, 6 is F."""
    chip = Chip(make_board, "stm32l1")
    chip.bus[L4.choice], chip.bus[L4.rising], chip.bus[L4.mask] = 5 << 4, LINE, LINE
    chip.set(high=True, pin="PF5")
    before = chip.system.high
    chip.set(high=True, pin="PH5")
    assert (before, chip.system.high) == (set(), {23})


NORDIC = {"nrf52": (0x4000_6000, 0x5000_0000, 6), "nrf53": (0x5000_D000, 0x5084_2000, 13)}
PIN = 1 << 13 | 5 << 8  # P1.05
EVENT = 1


@pytest.mark.parametrize("family", NORDIC)
@pytest.mark.parametrize(("polarity", "edges"), [(1, [0, 1, 0]), (2, [0, 0, 1]), (3, [0, 1, 1])])
def test_edges_of_a_channel_of_nordic(make_board, family, polarity, edges):
    """Events while the pin stays low, rises and falls."""
    chip = Chip(make_board, family)
    events, pins, interrupt = NORDIC[family]
    chip.bus[pins + 0xA14] = 0  # an input
    chip.bus[events + 0x514] = polarity << 16 | PIN | EVENT
    chip.bus[events + 0x304] = 1 << 1
    found = []
    for high in (False, True, False):
        chip.set(high=high, pin="P1.05")
        found.append(chip.bus[events + 0x104])
        assert chip.system.high == ({interrupt} if found[-1] else set())
        chip.bus[events + 0x104] = 0
    assert found == edges


@pytest.mark.parametrize("family", NORDIC)
def test_the_port_event_of_nordic(make_board, family):
    """SENSE high: the event comes once until no pin is sensed; LATCH says which one it was."""
    chip = Chip(make_board, family)
    events, pins, interrupt = NORDIC[family]
    chip.bus[pins + 0xA14] = 2 << 16
    chip.bus[events + 0x304] = 1 << 31
    chip.set(high=True, pin="P1.05")
    first = chip.bus[events + 0x17C], chip.system.high, chip.bus[pins + 0x820]
    chip.bus[events + 0x17C] = 0
    chip.set(high=True, pin="P1.05")
    second = chip.bus[events + 0x17C]
    chip.set(high=False, pin="P1.05")
    latched = chip.bus[pins + 0x820]
    chip.bus[pins + 0x820] = LINE
    assert (first, second, latched, chip.bus[pins + 0x820]) == ((1, {interrupt}, LINE), 0, LINE, 0)


@pytest.mark.parametrize("family", NORDIC)
def test_a_channel_without_mode_makes_no_event(make_board, family):
    chip = Chip(make_board, family)
    events, pins, _ = NORDIC[family]
    chip.bus[pins + 0xA14] = 0
    chip.bus[events + 0x514] = 3 << 16 | PIN
    chip.set(high=True, pin="P1.05")
    assert (chip.bus[events + 0x104], chip.system.high) == (0, set())


WAITS_FOR_BUTTON = """
start:
    ldr r0, =0x20000400  @ a vector table in RAM
    ldr r1, =handler + 1
    str r1, [r0, #(16 + 40) * 4]
    ldr r1, =0xE000ED08
    str r0, [r1]
    ldr r0, =0x48000800  @ GPIOC: PC13 is an input
    ldr r1, [r0]
    bic r1, r1, #0x0C000000
    str r1, [r0]
    ldr r0, =0x40010014  @ SYSCFG_EXTICR4: port C
    movs r1, #2 << 4
    str r1, [r0]
    ldr r0, =0x40010400  @ EXTI: IMR1, FTSR1
    movs r1, #1
    lsls r1, #13
    str r1, [r0]
    str r1, [r0, #0xC]
    ldr r0, =0xE000E104  @ NVIC_ISER1: interrupt 40
    mov r2, #256
    str r2, [r0]
    movs r4, #0
sleep:
    wfi
    cmp r4, #2
    bne sleep
done:
    b done
.type handler,%function
handler:
    ldr r0, =0x40010414  @ PR1
    ldr r1, [r0]
    str r1, [r0]
    adds r4, #1
    bx lr
"""


@pytest.mark.parametrize("timing", [False, True])
def test_a_script_wakes_firmware_that_waits_for_its_button(machine, make_board, tmp_path, timing):
    board = make_board().model_copy(update={"devices": "stm32l4", "pins": {"PC13": "high"}, "interrupts": 82})
    run = machine(WAITS_FOR_BUTTON, board, timing=timing)
    script = tmp_path / "press.txt"
    script.write_text(
        "wait 10 us\npin PC13 low\nwait 5 us\npin PC13 high\nwait 5 us\npin PC13 low\nwait 10 us\n"
    )
    outcome = run_session(run, RunRequest(until=frozenset({run.symbol("done")}), script=read_script(script)))
    assert outcome.reason == "address"
    assert run.register("r4") == 2
    assert not timing or run.cycles == pytest.approx(20e-6 * run.core_clock_hz, abs=100)
