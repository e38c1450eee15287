"""Start-up code of a board, as a file.

python -m scons_tinyml.stages firmware.startup --board boards/stm32l1.toml --startup build/.../startup.c
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.render import startup_code


def main(arguments: Sequence[str]) -> None:
    """Entry point of the stage."""
    parser = argparse.ArgumentParser(prog="startup", description=__doc__)
    parser.add_argument("--board", type=Path, required=True)
    parser.add_argument("--startup", type=Path, required=True, help="C file to write")
    options = parser.parse_args(arguments)
    files.write_text(options.startup, startup_code(read_board(options.board)))
