"""Serial output and cycle counter of every shipped board: images that run in the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.emulator.devices.families import family_devices
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board, SerialOutput, read_board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.stages.firmware.families import family
from scons_tinyml.stages.firmware.render import can_talk, counter_code, serial_code
from scons_tinyml.stages.firmware.serial import BAUD, serial_plan
from support.fake_system import FakeSystem
from support.target import ARENA, build_target

FILES = sorted((Path(__file__).parents[2] / "boards").glob("*.toml"))
BOARDS = [board for board in map(read_board, FILES) if family(board)]
STM32 = [board for board in BOARDS if board.devices.startswith("stm32")]
L4 = next(board for board in BOARDS if board.name == "stm32l4")
HEAD = (
    ARENA
    + """
#include <stdint.h>
void tinyml_serial_begin(void);
void tinyml_serial_write(const char *text, uint32_t length);
void tinyml_counter_begin(void);
uint64_t tinyml_counter_cycles(void);
volatile uint64_t took;
__attribute__((noinline)) void done(void) { __asm volatile(""); }
"""
)
PRINTS = (
    HEAD
    + r"""
static char second[] = "and from RAM, \xff\x00 too\n";
int main(void)
{
    arena[0] = 0;
    tinyml_serial_begin();
    tinyml_serial_write("a line from flash\n", 18);
    tinyml_serial_write(second, sizeof second - 1);
    tinyml_serial_write(second, 0);
    done();
    for (;;) { }
}
"""
)
COUNTS = (
    HEAD
    + """
__attribute__((noinline)) void work(uint32_t times) { while (times--) __asm volatile(""); }
int main(void)
{
    arena[0] = 0;
    tinyml_counter_begin();
    const volatile uint32_t times[] = {1, 1, %d}; /* the first are for caches to see it all */
    for (int index = 0; index < 3; ++index) {
        uint64_t before = tinyml_counter_cycles();
        work(times[index]);
        took = tinyml_counter_cycles() - before;
    }
    done();
    for (;;) { }
}
"""
)
OVERHEAD_CYCLES = 80
"""Calls of the counter around what is counted."""


def by_name(board: Board) -> str:
    return board.name


def run(folder: Path, board: Board, **sources: str) -> Machine:
    machine = Machine(board)
    machine.load(build_target(folder, board, **sources))
    return machine


@pytest.mark.parametrize("board", BOARDS, ids=by_name)
def test_text_arrives_as_it_was_sent(board, tmp_path):
    machine = run(tmp_path, board, serial=serial_code(board), main=PRINTS)
    machine.run_until(machine.symbol("done"))
    assert machine.take_output("uart") == b"a line from flash\nand from RAM, \xff\x00 too\n"
    assert machine.differences() == []


def counted(board: Board, folder: Path, times: int) -> tuple[int, int, Machine]:
    """Cycles of work() that the image counts, and those that the machine counts."""
    machine = run(folder, board, counter=counter_code(board), main=COUNTS % times)
    work = machine.symbol("work")
    for _ in range(2):
        machine.run_until(work)
        machine.run_until(machine.register("lr") & ~1)
    machine.run_until(work)
    before = machine.cycles
    machine.run_until(machine.register("lr") & ~1)
    cycles = machine.cycles - before
    machine.run_until(machine.symbol("done"))
    return int.from_bytes(machine.read(machine.symbol("took"), 8), "little"), cycles, machine


@pytest.mark.parametrize("board", BOARDS, ids=by_name)
def test_the_counter_counts_the_cycles_of_the_core(board, tmp_path):
    found, expected, _ = counted(board, tmp_path, 1000)
    assert expected > 1000
    assert 0 <= found - expected < OVERHEAD_CYCLES
    (tmp_path / "again").mkdir()
    more, still, _ = counted(board, tmp_path / "again", 3000)
    assert abs((more - found) - (still - expected)) < OVERHEAD_CYCLES


@pytest.mark.parametrize("board", [board for board in BOARDS if board.core == "cortex-m0plus"], ids=by_name)
def test_rounds_of_systick_are_counted(board, tmp_path):
    """6 million times round a loop of a subtraction and a branch, more than one round of 24 bits."""
    found, expected, machine = counted(board, tmp_path, 6_000_000)
    assert expected > 1 << 24
    rounds = int.from_bytes(machine.read(machine.symbol("rounds"), 4), "little")
    assert rounds == machine.cycles >> 24
    assert 0 <= found - expected < OVERHEAD_CYCLES


@pytest.mark.parametrize("board", STM32, ids=by_name)
def test_the_baud_rate_is_right_at_the_clock_of_the_bus(board):
    plan = serial_plan(board)
    made = plan.clock.bus_hz(plan.port.bus) * plan.port.divider_units / plan.divider
    assert made == pytest.approx(BAUD, rel=0.005)


@pytest.mark.parametrize("board", STM32, ids=by_name)
def test_ports_and_pins_are_where_the_emulator_has_them(board):
    """Two tables of the same manual: those of firmware and those of the devices."""
    places = {device.name: device.start for device in family_devices(board, FakeSystem())}
    ports = family(board).SERIAL
    assert {name: places[name] for name in ports.ports} == {
        name: port.start for name, port in ports.ports.items()
    }
    assert [places[f"GPIO{letter}"] for letter in ports.pin_letters] == [
        ports.pins + 0x400 * index for index in range(len(ports.pin_letters))
    ]
    assert len({(port.enable.register, port.enable.bit) for port in ports.ports.values()}) == len(ports.ports)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"serial": None}, "serial: the board file names no serial output\n  [serial] with port and tx"),
        (
            {"devices": None},
            "devices: the serial ports of a board without chip family are not known",
        ),
        (
            {"serial": SerialOutput(port="USART9", tx="PA2", alternate_function=7)},
            "serial.port: stm32l4 has no USART9\n  known are LPUART1, UART4, UART5, USART1, USART2, USART3",
        ),
        (
            {"serial": SerialOutput(port="USART2", tx="P0.06", alternate_function=7)},
            "serial.tx: stm32l4 has no pin P0.06",
        ),
        (
            {"serial": SerialOutput(port="USART2", tx="GPIO0", alternate_function=7)},
            "serial.tx: stm32l4 has no pin GPIO0",
        ),
        ({"serial": SerialOutput(port="USART2", tx="PA2")}, "serial.alternate_function: is missing"),
    ],
)
def test_why_a_board_cannot_talk(changes, problem):
    board = L4.model_copy(update=changes)
    assert can_talk(board) == f"boards/stm32l4.toml: {problem}"
    with pytest.raises(RecordError):
        serial_code(board)


def test_shipped_boards_can_talk():
    assert {board.name: can_talk(board) for board in BOARDS} == dict.fromkeys(map(by_name, BOARDS))
