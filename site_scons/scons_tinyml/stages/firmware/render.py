"""Generated files of an image that follow from the board: linker script, start-up code, main."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.layout import Placement, code_alignment_bytes


def linker_script(board: Board, placement: Placement) -> str:
    """Linker script of `board`. Regions have no end in it: what is too large is linked and then judged."""
    return _render(
        "link.ld.j2",
        {"board": board, "place": placement, "code_alignment_bytes": code_alignment_bytes(board)},
    )


def startup_code(board: Board) -> str:
    """Vector table and reset handler of `board`, in C."""
    return _render("startup.c.j2", {"board": board})


def main_code(network: str) -> str:
    """The endless loop that reads a sample, runs `network` and hands out its output, in C."""
    return _render("main.c.j2", {"network": network})


def _render(template: str, values: Mapping[str, Any]) -> str:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["log2"] = lambda value: value.bit_length() - 1
    return environment.get_template(template).render(values).rstrip("\n") + "\n"


def _source(template: str) -> str:
    return files(__package__).joinpath("templates", template).read_text(encoding="utf-8")
