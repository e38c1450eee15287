"""Board files of builds whose activations lie in a named region."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.activations import board_with_activations
from scons_tinyml.records.input_file import read_input_text
from scons_tinyml.records.input_limits import TOML_BYTES
from scons_tinyml.stages.files import write_text

from .paths import state

if TYPE_CHECKING:
    from .scons import Environment


def written(env: Environment, board_file: Path, region: str) -> Path:
    """Write the board of `board_file` with activations in `region`, where it is not yet, and return its path.

    It lies among what is kept between builds, in a folder with the name of the region. Raises InputError for a region
    that the board lacks or that holds no activations.
    """
    content = board_with_activations(board_file, region)
    made = state(env) / "boards" / region / board_file.name
    if not made.is_file() or read_input_text(made, TOML_BYTES) != content:
        write_text(made, content)
    return made
