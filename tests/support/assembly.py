"""A made-up board of any core, images from assembler text, and machines that run one program after the other."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

from scons_tinyml.emulator.image import Image, read_image
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board, FlashTiming

COMPILER = "arm-none-eabi-gcc"
FLASH, RAM = 0x0800_0000, 0x2000_0000
MEMORY_BYTES = 0x1_0000
SOURCES = ["core", "clock", "interrupts", "memory", "supply.voltage", "supply.run_current"]
SOURCES += [f"flash.{name}" for name in FlashTiming.model_fields]
_FEATURES = {"cortex-m4": ["fpu", "dsp"], "cortex-m33": ["fpu", "dsp"], "cortex-m7": ["fpu", "dsp"]}
_FPU = {"cortex-m4": "fpv4-sp-d16", "cortex-m33": "fpv5-sp-d16", "cortex-m7": "fpv5-d16"}

LINKER_SCRIPT = """
ENTRY(start)
SECTIONS {
  .text 0x08000000 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) }
  .ram 0x20000000 (NOLOAD) : { ram = .; *(.ram) }
}
"""
HEADER = '.syntax unified\n.thumb\n.section .vectors,"a"\n.word 0x20008000\n.word start + 1\n.text\n'


def make_board(core: str = "cortex-m4", *, ram_wait_states: int = 0, **flash: Any) -> Board:
    """Return a board of 64 KiB flash and 64 KiB RAM, without wait states unless `flash` has fields of its timing."""
    timing = {"wait_states": 0, "line_width_bits": 64, "prefetch": False} | flash
    return Board.model_validate(
        {
            "name": "made-up",
            "vendor": "nobody",
            "part": "none",
            "description": "for tests",
            "core": core,
            "features": _FEATURES.get(core, []),
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


def build_image(folder: Path, source: str, core: str = "cortex-m4") -> Path:
    """Assemble and link `source`, which defines `start`, in `folder`; equal text is built once."""
    text = f"{HEADER}.global start\n.type start,%function\n{source}\n"
    elf = folder / f"{sha256(f'{core}{text}'.encode()).hexdigest()[:16]}.elf"
    if elf.exists():
        return elf
    script, assembler = folder / "link.ld", elf.with_suffix(".s")
    script.write_text(LINKER_SCRIPT)
    assembler.write_text(text)
    fpu = [f"-mfpu={_FPU[core]}", "-mfloat-abi=hard"] if core in _FPU else []
    command = [COMPILER, f"-mcpu={core}", "-mthumb", *fpu, "-nostdlib", f"-T{script}"]
    done = subprocess.run([*command, str(assembler), "-o", str(elf)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return elf


class Bench:
    """A machine that runs programs one after the other, which takes a third of the time of new machines."""

    def __init__(self, folder: Path, board: Board, **options: Any) -> None:
        self._folder, self._board, self._options = folder, board, options
        self._machine: Machine | None = None

    def load(self, source: str) -> tuple[Machine, Image]:
        """Return the machine before the first instruction of `source`, with other memory zero and caches cold."""
        path = build_image(self._folder, source, self._board.core)
        if self._machine is None:
            self._machine = Machine(self._board, **self._options)
            self._machine.load(path)
            return self._machine, self._machine.image
        image = read_image(path, origin=FLASH)
        self._machine.write(RAM, bytes(MEMORY_BYTES))
        for segment in image.segments:
            if segment.data:
                self._machine.write(segment.load_address, segment.data)
        self._machine.reset()
        return self._machine, image

    def finish(self, source: str) -> Machine:
        """Return the machine at the label `end` of `source`."""
        machine, image = self.load(source)
        machine.run_until(image.symbol("end"))
        return machine
