"""A made-up board, and machines that run assembler text on it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board

COMPILER = "arm-none-eabi-gcc"
FLASH, RAM = 0x0800_0000, 0x2000_0000
_FLASH_FIELDS = ("wait_states", "line_width_bits", "prefetch", "instruction_cache", "data_cache")
SOURCES = ["core", "clock", "interrupts", "memory", "supply.voltage", "supply.run_current"]
SOURCES += [f"flash.{name}" for name in _FLASH_FIELDS]

if shutil.which(COMPILER) is None:
    collect_ignore_glob = ["test_*"]


def _make_board(core: str = "cortex-m4", *, ram_wait_states: int = 0, **flash: Any) -> Board:
    """A board of 64 KiB flash and 64 KiB RAM; `flash` replaces fields of its timing (default: no wait states)."""
    timing = {"wait_states": 0, "line_width_bits": 64, "prefetch": False} | flash
    return Board.model_validate(
        {
            "name": "made-up",
            "vendor": "nobody",
            "part": "none",
            "description": "for tests",
            "core": core,
            "features": ["fpu", "dsp"] if core == "cortex-m4" else [],
            "clock": "80 MHz",
            "interrupts": 16,
            "memory": [
                {
                    "name": "FLASH",
                    "kind": "flash",
                    "origin": FLASH,
                    "size": "64 KiB",
                    "holds": ["code", "weights"],
                },
                {
                    "name": "RAM",
                    "kind": "ram",
                    "origin": RAM,
                    "size": "64 KiB",
                    "holds": ["data", "arena", "stack"],
                    "wait_states": ram_wait_states,
                },
            ],
            "flash": timing,
            "supply": {"voltage": "3.3 V", "run_current": "8 mA"},
            "sources": dict.fromkeys(SOURCES, "made up"),
        }
    )


@pytest.fixture(scope="session")
def make_board() -> Callable[..., Board]:
    """A board of 64 KiB flash and 64 KiB RAM; keyword arguments replace fields of its flash timing."""
    return _make_board


LINKER_SCRIPT = """
ENTRY(start)
SECTIONS {
  .text 0x08000000 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) }
  .ram 0x20000000 (NOLOAD) : { ram = .; *(.ram) }
}
"""
HEADER = '.syntax unified\n.thumb\n.section .vectors,"a"\n.word 0x20008000\n.word start + 1\n.text\n'


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Assemble and link assembler text that defines `start` (or C with `language='c'`); equal text is built once."""
    folder = tmp_path_factory.mktemp("images")
    (folder / "link.ld").write_text(LINKER_SCRIPT)

    def build_image(source: str, core: str = "cortex-m4") -> Path:
        text = f"{HEADER}.global start\n.type start,%function\n{source}\n"
        elf = folder / f"{sha256(f'{core}{text}'.encode()).hexdigest()[:16]}.elf"
        if not elf.exists():
            assembler = elf.with_suffix(".s")
            assembler.write_text(text)
            fpu = ["-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"] if core == "cortex-m4" else []
            command = [COMPILER, f"-mcpu={core}", "-mthumb", *fpu, "-nostdlib", f"-T{folder / 'link.ld'}"]
            subprocess.run(
                [*command, str(assembler), "-o", str(elf)], check=True, capture_output=True, text=True
            )
        return elf

    return build_image


@pytest.fixture
def machine(build: Callable[..., Path]) -> Iterator[Callable[..., Machine]]:
    """A machine at the first instruction of `source`, on a made-up board."""

    def make(source: str, board: Board | None = None, **options: Any) -> Machine:
        board = board or _make_board()
        made = Machine(board, **options)
        made.load(build(source, board.core))
        return made

    yield make
