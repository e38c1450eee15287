"""Start-up code copies code and weights into RAM, on every shipped board, from its linker script to the second loop."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.placement import Placement, placements
from scons_tinyml.stages.firmware.render import linker_script, startup_code
from scons_tinyml.stages.firmware.toolchain import LANGUAGE_FLAGS, LINK_FLAGS, WARNING_FLAGS, core_flags

BOARDS = {path.stem: read_board(path) for path in (Path(__file__).parents[2] / "boards").glob("*.toml")}
MAIN = """
#include <stdint.h>
volatile uint32_t initialized = 0x12345678u, zeroed;
extern const uint32_t table[65];
const uint32_t table[65] = { 1, [64] = 0xabcdef01u };
__attribute__((section(".bss.tinyml_arena.x"))) volatile uint8_t arena[2];
__attribute__((noinline)) void done(void) { __asm volatile(""); }
int main(void)
{
    for (;;) {
        arena[0] = (uint8_t)(initialized + zeroed + table[arena[1] & 63]);
        done();
    }
}
"""


def start(board: Board, placement: Placement, folder: Path) -> Machine:
    """The machine at the reset vector; functions are in the order of their names, so that `done` comes first."""
    texts = {
        "startup.c": startup_code(board, placement.copied),
        "main.c": MAIN,
        "link.ld": linker_script(board, placement),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    flags = (*core_flags(board), *LANGUAGE_FLAGS, "-O2", *WARNING_FLAGS, *LINK_FLAGS)
    command = ["arm-none-eabi-gcc", *flags, "-T", "link.ld", "main.c", "startup.c", "-o", "image.elf"]
    subprocess.run(command, cwd=folder, check=True)
    machine = Machine(board, timing=False)
    machine.load(folder / "image.elf")
    return machine


def most(board: Board, count: int) -> list[Placement]:
    """The placements with the most in RAM that is not the default's."""
    return sorted(placements(board), key=lambda found: -found.name.count(" in "))[:count]


@pytest.mark.parametrize(
    ("board", "placement"),
    [pytest.param(b, p, id=f"{name}: {p.name}") for name, b in sorted(BOARDS.items()) for p in most(b, 2)],
)
def test_everything_is_where_it_belongs(board: Board, placement: Placement, tmp_path: Path) -> None:
    machine = start(board, placement, tmp_path)
    for _ in range(2):
        machine.run_until(machine.symbol("done"), max_instructions=10_000_000)
        machine.run_until(machine.register("lr") & ~1, max_instructions=10)
    places = {"done": placement.code, "table": placement.weights, "arena": placement.arena}
    places["initialized"], places["Reset_Handler"] = placement.data, placement.boot
    for name, region in places.items():
        assert region.origin <= machine.symbol(name) < region.end, name
    assert machine.read(machine.symbol("arena"), 1) == b"\x79"
    assert machine.read(machine.symbol("table") + 256, 4) == (0xABCDEF01).to_bytes(4, "little")
