"""Images of generated start-up, serial and counter code with a main() of a test."""

from __future__ import annotations

import subprocess
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.placement import place
from scons_tinyml.stages.firmware.render import linker_script, startup_code
from scons_tinyml.stages.firmware.toolchain import (
    COMPILER,
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    WARNING_FLAGS,
    core_flags,
)

ARENA = '__attribute__((section(".bss.tinyml_arena.x"))) unsigned char arena[64];\n'


def build_target(folder: Path, board: Board, **sources: str) -> Path:
    """Build an ELF file of `sources` (C text by file name) with the start-up code and linker script of `board`."""
    texts = {"startup": startup_code(board), **sources}
    for name, text in texts.items():
        (folder / f"{name}.c").write_text(text)
    (folder / "link.ld").write_text(linker_script(board, place(board, 64)))
    flags = (*core_flags(board), *LANGUAGE_FLAGS, "-O2", *WARNING_FLAGS, *LINK_FLAGS, "-T", "link.ld")
    command = [COMPILER, *flags, *(f"{name}.c" for name in texts), "-o", "image.elf"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "image.elf"
