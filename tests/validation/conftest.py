"""A checkout of made-up results: images compiled here, for two boards, with times that a test chooses."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scons_tinyml.records.board import Board, read_board

COMPILER = "arm-none-eabi-gcc"
ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("firmware.c")
LINKER_SCRIPT = """
ENTRY(start)
SECTIONS {
  .text 0x08000000 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) }
  .bss 0x20000000 (NOLOAD) : { bss = .; *(.bss*) *(COMMON) . = ALIGN(4); bss_end = .; }
}
"""
BYTES = {"ad": 2560, "ic": 3072, "kws": 490, "vww": 27648}
CHIPS = {
    "NUCLEO_L4R5ZI": (
        "stm32l4r5",
        ["-mcpu=cortex-m4"],
        ["-DUART=0x40008000", "-DTIMER=0x40000C00", "-DMHZ=120"],
    ),
    "NUCLEO_G0B1RE": (
        "stm32g0b1",
        ["-mcpu=cortex-m0plus"],
        ["-DUART=0x40004400", "-DTIMER=0x40000000", "-DMHZ=64"],
    ),
}
PLACES = {"NUCLEO_L4R5ZI": "Release/made_up.bin", "NUCLEO_G0B1RE": "BUILD/NUCLEO_G0B1RE/GCC_ARM/code.bin"}

if shutil.which(COMPILER) is None:
    collect_ignore_glob = ["test_run.py", "test_command.py", "test_measured_rows.py"]


@pytest.fixture(scope="session")
def compile_image(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A raw image for a board and a network; further macros as they stand on the command line."""
    folder = tmp_path_factory.mktemp("firmware")
    (folder / "link.ld").write_text(LINKER_SCRIPT)
    built: dict[tuple[str, ...], Path] = {}

    def compile_for(chip: str, network: str, *macros: str, rounds: int = 2) -> Path:
        key = (chip, network, str(rounds), *macros)
        if key not in built:
            _, flags, places = CHIPS[chip]
            elf = folder / f"{len(built)}.elf"
            sizes = [f"-DBYTES={BYTES[network]}", f"-DROUNDS={rounds}", "-DSTACK=0x20008000"]
            command = [COMPILER, *flags, "-mthumb", "-O1", "-ffreestanding", "-nostdlib", "-Wall", "-Werror"]
            command += [
                f"-T{folder / 'link.ld'}",
                *places,
                *sizes,
                *macros,
                str(SOURCE),
                "-lgcc",
                "-o",
                str(elf),
            ]
            subprocess.run(command, check=True, capture_output=True, text=True)
            binary = elf.with_suffix(".bin")
            subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", str(elf), str(binary)], check=True)
            built[key] = binary
        return built[key]

    return compile_for


@pytest.fixture
def board() -> Callable[[str], Board]:
    """The shipped descriptor of a chip."""
    return lambda chip: read_board(ROOT / "boards" / f"{CHIPS[chip][0]}.toml")


def log_text(iterations: int, *laps: tuple[int, int]) -> str:
    """A log as the runner leaves it: one run for each pair of laps in microseconds."""
    lines = ["00000.000 dut: m-lap-us-12"]
    for first, last in laps:
        lines += [
            f"00001.000 dut: m-infer-start-{iterations}",
            f"00001.001 dut: m-lap-us-{first}",
            f"00011.001 dut: m-lap-us-{last}",
            "00011.002 dut: m-infer-done",
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def make_checkout(tmp_path: Path, compile_image: Callable[..., Path]) -> Callable[..., Path]:
    """Put an image into a checkout, with the microseconds of one inference that its maker is said to have measured."""

    def add(chip: str, network: str, microseconds: float, *macros: str, **options: int) -> Path:
        submitter = tmp_path / "checkout" / "closed" / "somebody"
        image = submitter / "code" / chip / network / PLACES[chip]
        image.parent.mkdir(parents=True)
        shutil.copy(compile_image(chip, network, *macros, **options), image)
        log = submitter / "results" / chip / network / "performance" / "log.txt"
        log.parent.mkdir(parents=True)
        log.write_text(log_text(10_000, (100, 100 + round(10_000 * microseconds))))
        return tmp_path / "checkout"

    return add
