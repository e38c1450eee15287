"""What an image sets of clock, flash and caches, and what the descriptor says where it sets nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.emulator.devices.bus import FlashSetup
from scons_tinyml.emulator.settings import Settings
from scons_tinyml.records.board import read_board

BOARDS = Path(__file__).parents[2] / "boards"


def settings_of(name: str) -> Settings:
    return Settings(read_board(BOARDS / f"{name}.toml"))


def test_ways_of_a_cache_that_differ_are_told():
    settings = settings_of("stm32u575")
    settings.set_flash(FlashSetup(instruction_cache=True, cache_ways=2))
    assert settings.differences() == []
    settings.set_flash(FlashSetup(instruction_cache=True, cache_ways=1))
    assert settings.differences() == [
        "the image makes the cache of the flash direct mapped, stm32u575 says 2-way"
    ]
    settings.set_flash(FlashSetup(instruction_cache=False))
    assert settings.differences() == ["the image has the instruction cache off, stm32u575 says on"]


def test_caches_of_the_core_that_are_off_are_told():
    settings = settings_of("stm32f746")
    settings.set_core_caches(instruction=True, data=None)
    assert settings.differences() == [
        "the image has the core's instruction cache on and its data cache off, stm32f746 says both on"
    ]
    settings.set_core_caches(instruction=None, data=True)
    assert settings.differences() == []


def test_the_flash_of_nrf52840_waits_less_with_its_cache_off():
    settings = settings_of("nrf52840")
    settings.set_flash(FlashSetup(wait_states=2, instruction_cache=False))
    assert settings.differences() == [
        "the image sets 2 wait states of the flash, nrf52840 says 3",
        "the image has the instruction cache off, nrf52840 says on",
    ]


CACHE = {"size": "256 B", "line": "32 B", "ways": 8}


@pytest.mark.parametrize(
    ("flash", "setup", "bits"),
    [
        ({"line_width_bits": 64}, FlashSetup(), 64),
        ({"line_width_bits": 64, "data_cache": CACHE}, FlashSetup(), 128),
        ({"line_width_bits": 64, "data_cache": CACHE}, FlashSetup(data_cache=False), 64),
        ({"line_width_bits": 256, "data_cache": CACHE}, FlashSetup(), 256),
        ({"line_width_bits": 64, "unified_cache": CACHE}, FlashSetup(), 64),
        ({"line_width_bits": 64, "data_register_bits": 32}, FlashSetup(), 32),
        ({"line_width_bits": 64, "data_register_bits": 0}, FlashSetup(), 0),
    ],
)
def test_width_of_the_register_for_data(make_board, flash, setup, bits):
    settings = Settings(make_board(**flash))
    settings.set_flash(setup)
    assert settings.data_register_bits == bits


READS = """
start: ldr r0, =0x08004000
ldr r1, ={rounds}
again: {reads}
subs r1, #1
bne again
end: b end
.ltorg
"""
HALFWORDS = "".join(f"ldrh r2, [r0, #{offset}]\n nop\n nop\n" for offset in range(0, 32, 2))


@pytest.mark.parametrize(("bits", "reads"), [(256, 0), (None, 2), (128, 2), (64, 4), (32, 8), (0, 16)])
def test_data_is_read_again_unless_the_register_has_it(machine, make_board, bits, reads):
    """256 bits in a row, halfword by halfword, again and again: one read a register, and it waits 3 cycles."""
    given = {"line_width_bits": 128, "instruction_cache": {"size": "1 KiB", "line": "32 B", "ways": 32}}
    given |= {} if bits is None else {"data_register_bits": bits}

    def cycles(wait_states: int, rounds: int) -> int:
        made = machine(
            READS.format(reads=HALFWORDS, rounds=rounds), make_board(wait_states=wait_states, **given)
        )
        made.run_until(made.symbol("end"))
        return int(made.cycles)

    slow, fast = (cycles(wait_states, 120) - cycles(wait_states, 20) for wait_states in (3, 0))
    assert slow - fast == 100 * 3 * reads
