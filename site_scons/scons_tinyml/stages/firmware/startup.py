"""Start-up code of a board, as a file.

python -m scons_tinyml.stages firmware.startup --board boards/stm32l1.toml --startup build/.../startup.c
    [--content application]
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.firmware.requests import StartupRequest


def main(request: StartupRequest[Path]) -> None:
    """Entry point of the stage."""
    code = startup_code(read_board(request.board), application=request.content == "application")
    files.write_text(request.startup, code)
