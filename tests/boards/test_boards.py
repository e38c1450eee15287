"""The shipped boards, whole: a figure that changes has to change here too."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.placement import code_alignment_bytes, place
from scons_tinyml.records.schema import json_schema
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.firmware.toolchain import core_flags
from scons_tinyml.validation.checkout import BOARDS as PUBLISHED

BOARDS = Path(__file__).parents[2] / "boards"
FILES = sorted(BOARDS.glob("*.toml"))

KIB = 1024
M0PLUS, M3, M4, M7, M33 = (f"cortex-m{core}" for core in ("0plus", "3", "4", "7", "33"))
FPU = ("fpu", "dsp")
STM32_FLASH = 0x0800_0000


def cache(size, line, ways, **more):
    return {"size": size, "line": line, "ways": ways, **more}


def memory(flash, flash_size, *rams):
    region = {
        "name": "FLASH",
        "kind": "flash",
        "origin": flash,
        "size": flash_size,
        "holds": ("code", "weights"),
    }
    return {"memory": (region, *rams)}


def ram(name, origin, size, holds=("data", "arena", "stack", "weights", "code"), **more):
    return {"name": name, "kind": "ram", "origin": origin, "size": size, "holds": holds, **more}


def dtcm(size):
    return ram("DTCM", 0x2000_0000, size, ("data", "arena", "stack", "weights"), tightly_coupled=True)


def itcm(size):
    return ram("ITCM", 0, size, ("data", "code"), tightly_coupled=True)


def reads(wait_states, line_width_bits, prefetch, **more):
    found = {"wait_states": wait_states, "line_width_bits": line_width_bits, "prefetch": prefetch}
    return {"flash": {**found, **more}}


def core_caches(size):
    return {"core_caches": {"instruction": cache(size, 32, 2), "data": cache(size, 32, 4)}}


def supply(voltage, run_current, sleep_current=None):
    found = {"voltage": voltage, "run_current": pytest.approx(run_current)}
    return {"supply": found | ({"sleep_current": pytest.approx(sleep_current)} if sleep_current else {})}


def chip(part, devices, core, clock, interrupts, features=()):
    found = {"vendor": "STMicroelectronics", "part": part, "devices": devices, "core": core}
    found |= {"clock": clock, "interrupts": interrupts}
    return found | ({"features": features} if features else {})


BUTTON = {"pins": {"PC13": "high"}}


def compared(text):
    return {"comparison": text}


def aes(runs, chip):
    return compared(f"{runs} runs of public AES functions, measured on an {chip}: docs/validation-figures.md")


def both_rounds(board, images):
    images = f"{images} images of the MLPerf Tiny results v1.1 and v1.2"
    return compared(f"{images}, measured on a {board}: docs/validation-mlperf.md")


def talks(port, tx, alternate_function=None):
    numbered = {} if alternate_function is None else {"alternate_function": alternate_function}
    return {"serial": {"port": port, "tx": tx, **numbered}}


def clocked(frequency, kind="crystal"):
    return {"external_clock": {"frequency": frequency, "kind": kind}}


F4_CACHES = {"instruction_cache": cache(KIB, 16, 64, replacement="lru"), "data_cache": cache(128, 16, 8)}
L4_CACHES = {
    "instruction_cache": cache(KIB, 32, 32, next_line_cycles=1),
    "data_cache": cache(256, 32, 8),
}

EXPECTED = {
    "nrf52840": chip("nRF52840", "nrf52", M4, 64_000_000, 48, FPU)
    | clocked(32_000_000)
    | talks("UART0", "P0.06")
    | compared("5 programs of bakenn 1.0.0, measured on an nRF52840-DK: docs/validation.md")
    | {"vendor": "Nordic Semiconductor"}
    | memory(0, 1024 * KIB, ram("RAM", 0x2000_0000, 256 * KIB))
    | reads(3, 128, False, instruction_cache=cache(2 * KIB, 16, 2), data_register_bits=0)
    | supply(3.0, 3.3e-3, 3.16e-6),
    "imxrt1062": chip("MIMXRT1062", "imxrt", M7, 600_000_000, 160, ("fpu", "fpu_double", "dsp"))
    | talks("LPUART6", "GPIO1_IO02", 2)
    | {"vendor": "NXP", "boot_stage": "imxrt"}
    | memory(
        0x6000_0000,
        7936 * KIB,
        dtcm(128 * KIB),
        ram("OCRAM", 0x2020_0000, 768 * KIB, ("arena", "weights", "code"), wait_states=3),
        ram("ITCM", 0, 128 * KIB, ("code",), tightly_coupled=True),
    )
    | reads(125, 64, False)
    | core_caches(32 * KIB),
    "nrf5340": chip("nRF5340", "nrf53", M33, 128_000_000, 69, FPU)
    | clocked(32_000_000)
    | talks("UARTE0", "P0.20")
    | {"vendor": "Nordic Semiconductor"}
    | memory(
        0,
        1024 * KIB,
        ram("RAM", 0x2000_0000, 508 * KIB),
        ram("FICRNS", 0x2007_F000, 4 * KIB, ("arena",)),
    )
    | reads(5, 128, False, unified_cache=cache(8 * KIB, 16, 2, replacement="lru")),
    "rp2040": chip("RP2040", "rp2040", M0PLUS, 125_000_000, 26)
    | clocked(12_000_000)
    | talks("UART0", "GPIO0", 2)
    | {"vendor": "Raspberry Pi", "boot_stage": "rp2040"}
    | memory(
        0x1000_0000,
        2048 * KIB,
        ram("SRAM", 0x2000_0000, 256 * KIB),
        ram("SCRATCH", 0x2004_0000, 8 * KIB),
    )
    | reads(49, 32, False, unified_cache=cache(16 * KIB, 8, 2)),
    "ra4m1": chip("R7FA4M1AB", "ra4m1", M4, 48_000_000, 32, FPU)
    | talks("SCI2", "P302", 4)
    | {"vendor": "Renesas", "boot_stage": "ra4m1"}
    | memory(0, 256 * KIB, ram("SRAM", 0x2000_0000, 32 * KIB))
    | reads(1, 64, False, instruction_cache=cache(256, 16, 8), data_register_bits=128),
    "rp2350": chip("RP2350A", "rp2350", M33, 150_000_000, 52, FPU)
    | clocked(12_000_000)
    | talks("UART0", "GPIO0", 2)
    | {"vendor": "Raspberry Pi", "boot_stage": "rp2350"}
    | memory(
        0x1000_0000,
        4096 * KIB,
        ram("SRAM", 0x2000_0000, 512 * KIB),
        ram("SCRATCH", 0x2008_0000, 8 * KIB),
    )
    | reads(83, 64, False, unified_cache=cache(16 * KIB, 8, 2)),
    "samd21": chip("ATSAMD21G18A", "samd21", M0PLUS, 48_000_000, 28)
    | talks("SERCOM5", "PB22", 3)
    | {"vendor": "Microchip"}
    | memory(0, 256 * KIB, ram("RAM", 0x2000_0000, 32 * KIB))
    | reads(1, 64, False, unified_cache=cache(64, 8, 1)),
    "samd51": chip("ATSAMD51J19A", "samd51", M4, 120_000_000, 137, FPU)
    | talks("SERCOM3", "PA22", 2)
    | {"vendor": "Microchip"}
    | memory(0, 512 * KIB, ram("RAM", 0x2000_0000, 192 * KIB))
    | reads(5, 128, False, unified_cache=cache(4 * KIB, 16, 4)),
    "stm32f103": chip("STM32F103RB", "stm32f1", M3, 72_000_000, 43)
    | aes(24, "STM32F103")
    | clocked(8_000_000, "signal")
    | talks("USART2", "PA2")
    | memory(STM32_FLASH, 128 * KIB, ram("RAM", 0x2000_0000, 20 * KIB))
    | reads(2, 64, True),
    "stm32f407": chip("STM32F407VG", "stm32f4", M4, 168_000_000, 82, FPU)
    | aes(25, "STM32F407")
    | clocked(8_000_000)
    | talks("USART2", "PA2", 7)
    | memory(
        STM32_FLASH,
        1024 * KIB,
        ram("SRAM1", 0x2000_0000, 112 * KIB),
        ram("SRAM2", 0x2001_C000, 16 * KIB),
        ram("CCM", 0x1000_0000, 64 * KIB, ("data", "arena", "stack", "weights")),
    )
    | reads(5, 128, True, **F4_CACHES),
    "stm32f411": chip("STM32F411RE", "stm32f4", M4, 100_000_000, 86, FPU)
    | clocked(8_000_000, "signal")
    | talks("USART2", "PA2", 7)
    | memory(STM32_FLASH, 512 * KIB, ram("SRAM", 0x2000_0000, 128 * KIB))
    | reads(3, 128, True, **F4_CACHES),
    "stm32f446": chip("STM32F446RE", "stm32f4", M4, 180_000_000, 97, FPU)
    | clocked(8_000_000, "signal")
    | talks("USART2", "PA2", 7)
    | memory(
        STM32_FLASH,
        512 * KIB,
        ram("SRAM1", 0x2000_0000, 112 * KIB),
        ram("SRAM2", 0x2001_C000, 16 * KIB),
    )
    | reads(5, 128, True, **F4_CACHES),
    "stm32f746": chip("STM32F746NG", "stm32f7", M7, 216_000_000, 98, FPU)
    | clocked(25_000_000)
    | talks("USART1", "PA9", 7)
    | both_rounds("DISCO-F746NG", 9)
    | memory(
        STM32_FLASH,
        1024 * KIB,
        dtcm(64 * KIB),
        ram("SRAM", 0x2001_0000, 256 * KIB, ("arena", "weights", "code")),
        itcm(16 * KIB),
    )
    | reads(7, 256, False)
    | core_caches(4 * KIB),
    "stm32g0b1": chip("STM32G0B1RE", "stm32g0", M0PLUS, 64_000_000, 31)
    | BUTTON
    | talks("USART2", "PA2", 1)
    | both_rounds("NUCLEO-G0B1RE", 8)
    | memory(STM32_FLASH, 512 * KIB, ram("RAM", 0x2000_0000, 144 * KIB))
    | reads(2, 64, True, instruction_cache=cache(32, 8, 4)),
    "stm32g474": chip("STM32G474RE", "stm32g4", M4, 170_000_000, 102, FPU)
    | talks("LPUART1", "PA2", 12)
    | memory(
        STM32_FLASH,
        512 * KIB,
        ram("SRAM1", 0x2000_0000, 80 * KIB),
        ram("SRAM2", 0x2001_4000, 16 * KIB),
        ram("CCM", 0x1000_0000, 32 * KIB),
    )
    | reads(4, 64, True, **L4_CACHES),
    "stm32h743": chip("STM32H743ZI", "stm32h743", M7, 400_000_000, 150, ("fpu", "fpu_double", "dsp"))
    | {"regulator": "ldo"}
    | talks("USART3", "PD8", 7)
    | memory(
        STM32_FLASH,
        2048 * KIB,
        dtcm(128 * KIB),
        ram("AXISRAM", 0x2400_0000, 512 * KIB, ("arena", "weights", "code"), wait_states=1),
        itcm(64 * KIB),
    )
    | reads(5, 256, False)
    | core_caches(16 * KIB),
    "stm32h7a3": chip("STM32H7A3ZI", "stm32h7", M7, 280_000_000, 155, ("fpu", "fpu_double", "dsp"))
    | {"regulator": "smps"}
    | talks("USART3", "PD8", 7)
    | both_rounds("NUCLEO-H7A3ZI-Q", 13)
    | memory(
        STM32_FLASH,
        2048 * KIB,
        dtcm(128 * KIB),
        ram("AXISRAM", 0x2400_0000, 1024 * KIB, ("arena", "weights", "code")),
        ram("AHBSRAM", 0x3000_0000, 128 * KIB, ("arena", "weights")),
        itcm(64 * KIB),
    )
    | reads(6, 128, False)
    | core_caches(16 * KIB),
    "stm32l1": chip("STM32L152RE", "stm32l1", M3, 32_000_000, 57)
    | BUTTON
    | talks("USART2", "PA2", 7)
    | memory(STM32_FLASH, 512 * KIB, ram("RAM", 0x2000_0000, 80 * KIB))
    | reads(1, 64, True)
    | supply(3.0, 9.6e-3, 1.4e-6),
    "stm32l4": chip("STM32L475VG", "stm32l4", M4, 80_000_000, 82, FPU)
    | BUTTON
    | talks("USART1", "PB6", 7)
    | memory(
        STM32_FLASH,
        1024 * KIB,
        ram("SRAM1", 0x2000_0000, 96 * KIB),
        ram("SRAM2", 0x1000_0000, 32 * KIB),
    )
    | reads(4, 64, True, **L4_CACHES)
    | supply(3.0, 8e-3, 1.4e-6),
    "stm32l4r5": chip("STM32L4R5ZI", "stm32l4", M4, 120_000_000, 95, FPU)
    | talks("LPUART1", "PG7", 8)
    | both_rounds("NUCLEO-L4R5ZI", 9)
    | memory(
        STM32_FLASH,
        2048 * KIB,
        ram("SRAM1", 0x2000_0000, 192 * KIB),
        ram("SRAM2", 0x2003_0000, 64 * KIB),
        ram("SRAM3", 0x2004_0000, 384 * KIB),
    )
    | reads(5, 64, True, **L4_CACHES)
    | supply(3.0, 13.2e-3),
    "stm32u385": chip("STM32U385RG", "stm32u3", M33, 96_000_000, 125, FPU)
    | {"regulator": "smps"}
    | talks("USART1", "PA9", 7)
    | memory(
        STM32_FLASH,
        1024 * KIB,
        ram("SRAM1", 0x2000_0000, 192 * KIB),
        ram("SRAM2", 0x2003_0000, 64 * KIB),
    )
    | reads(2, 64, True, unified_cache=cache(8 * KIB, 16, 2, replacement="lru", miss_cycles=3)),
    "stm32u575": chip("STM32U575ZI", "stm32u5", M33, 160_000_000, 126, FPU)
    | {"regulator": "smps"}
    | talks("USART1", "PA9", 7)
    | both_rounds("NUCLEO-U575ZI-Q", 9)
    | memory(
        STM32_FLASH,
        2048 * KIB,
        ram("SRAM1", 0x2000_0000, 192 * KIB),
        ram("SRAM2", 0x2003_0000, 64 * KIB),
        ram("SRAM3", 0x2004_0000, 512 * KIB),
    )
    | reads(4, 128, True, unified_cache=cache(8 * KIB, 16, 2, replacement="lru", miss_cycles=3))
    | supply(3.3, 3.12e-3),
    "stm32wb55": chip("STM32WB55RG", "stm32wb", M4, 64_000_000, 63, FPU)
    | talks("USART1", "PB6", 7)
    | memory(STM32_FLASH, 512 * KIB, ram("SRAM1", 0x2000_0000, 192 * KIB))
    | reads(3, 64, True, **L4_CACHES),
}
DOCUMENTS = ("DS", "RM", "PM", "UM", "data sheet", "datasheet", "product specification", "user guide")
"""A chip maker's data sheet, reference manual, programming manual, or the manual of a board."""


def test_every_board_is_here():
    assert sorted(EXPECTED) == [path.stem for path in FILES]


@pytest.mark.parametrize("name", EXPECTED)
def test_board(name):
    board = read_board(BOARDS / f"{name}.toml")
    described = board.model_dump(exclude={"sources", "description"}, exclude_defaults=True)
    assert described == {"name": name, **EXPECTED[name]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_figure_has_a_source_that_names_a_document(path):
    sources = read_board(path).sources
    assert all(any(mark in text for mark in DOCUMENTS) for text in sources.values())


def test_boards_of_published_images_are_compared_and_pages_exist():
    comparisons = {path.stem: read_board(path).comparison for path in FILES}
    of_images = {name for name, text in comparisons.items() if text and "docs/validation-mlperf.md" in text}
    assert of_images == set(PUBLISHED.values())
    for text in filter(None, comparisons.values()):
        assert (BOARDS.parent / text.rpartition(": ")[2]).is_file()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_boards_follow_the_schema_that_editors_use(path):
    table = tomllib.loads(path.read_text())
    assert table["$schema"] == "board.schema.json"
    jsonschema.validate(table, json_schema("board"), cls=jsonschema.Draft202012Validator)


def test_the_schema_beside_the_boards_is_the_one_of_this_version():
    """`tinyml schema board --output boards` writes it."""
    assert json.loads((BOARDS / "board.schema.json").read_text()) == json_schema("board")


def test_cores_that_are_compiled_for_in_different_ways_have_different_names():
    """Objects of kernels lie in folders of that name, and rows of the cost database bear it."""
    names = {}
    for path in FILES:
        board = read_board(path)
        names.setdefault(board.core_name, set()).add(core_flags(board))
    assert {name: flags for name, flags in names.items() if len(flags) > 1} == {}
    assert names["cortex-m7f"] != names["cortex-m7fd"]


@pytest.mark.parametrize(
    ("name", "alignment_bytes"),
    [
        ("stm32f103", 8),
        ("stm32g0b1", 8),
        ("rp2040", 8),
        ("stm32f407", 16),
        ("stm32u575", 16),
        ("stm32f746", 32),
    ],
)
def test_functions_begin_a_line_of_what_is_in_front_of_the_flash(name, alignment_bytes):
    board = read_board(BOARDS / f"{name}.toml")
    assert code_alignment_bytes(board) == alignment_bytes


def test_caches_of_the_core_decide_where_they_have_longer_lines_than_the_flash():
    board = read_board(BOARDS / "stm32h7a3.toml")
    assert board.flash.line_width_bits == 128
    assert code_alignment_bytes(board) == 32


@pytest.mark.parametrize("name", ["stm32f746", "stm32h7a3"])
def test_stack_and_data_are_tightly_coupled_and_the_arena_is_in_the_large_ram(name):
    board = read_board(BOARDS / f"{name}.toml")
    placed = place(board, 100 * KIB)
    assert placed.stack.tightly_coupled and placed.data.tightly_coupled
    assert placed.arena is board.regions("arena")[0] and not placed.arena.tightly_coupled


def test_the_readme_lists_every_board():
    text = (BOARDS.parent / "README.md").read_text()
    rows = (
        line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| `\w+` \| \w+, ", line)
    )
    found = {name.strip("`"): (chip.partition(",")[0], clock, ram) for name, chip, _, clock, _, ram in rows}
    assert found == {
        path.stem: (
            board.part,
            f"{board.clock / 1e6:g} MHz",
            format_bytes(board.ram_capacity_bytes).replace(".0 ", " "),
        )
        for path in FILES
        for board in [read_board(path)]
    }
