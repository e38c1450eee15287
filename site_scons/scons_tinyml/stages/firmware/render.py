"""Generated files of an image that follow from the board: linker script, start-up code, main."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.placement import Placement, code_alignment_bytes
from scons_tinyml.stages.firmware.clock import AHB_DIVIDERS, APB_DIVIDERS
from scons_tinyml.stages.firmware.families import clock_plan
from scons_tinyml.stages.firmware.serial import serial_plan
from scons_tinyml.stages.templates import render


def linker_script(board: Board, placement: Placement) -> str:
    """Linker script of `board`. Regions have no end in it: what is too large is linked and then judged."""
    return _render(
        "link.ld.j2",
        {"board": board, "place": placement, "code_alignment_bytes": code_alignment_bytes(board)},
    )


def startup_code(board: Board, copied: Collection[str] = ()) -> str:
    """Vector table, clock set-up and reset handler of `board`, in C. Raises RecordError for an impossible clock.

    `copied` are the sections that it copies into RAM, as `Placement.copied` has them.
    """
    return _render("startup.c.j2", {"board": board, "clock": clock_plan(board), "copied": copied})


def serial_code(board: Board) -> str:
    """Serial output of `board`, in C: `tinyml_serial_begin`, `tinyml_serial_write`. Raises RecordError: `can_talk`."""
    plan = serial_plan(board)
    return _render(f"serial/{plan.ports.template}.c.j2", {"board": board, "serial": plan})


def can_talk(board: Board) -> str | None:
    """Why there is no serial output for `board`; None when there is."""
    try:
        serial_plan(board)
    except RecordError as problem:
        return str(problem)
    return None


def counter_code(board: Board) -> str:
    """Cycle counter of the core of `board`, in C: `tinyml_counter_begin`, `tinyml_counter_cycles`."""
    return _render(f"counter/{board.core_facts.cycle_counter}.c.j2", {"board": board})


def main_code(network: str, has_state: bool = False) -> str:
    """The endless loop that reads a sample, runs `network` and hands out its output, in C."""
    return _render("main.c.j2", {"network": network, "has_state": has_state})


def _render(template: str, values: Mapping[str, Any]) -> str:
    functions = {
        "log2": lambda value: value.bit_length() - 1,
        "hex": lambda value: f"0x{value:08X}u",
        "ahb": _ahb_bits,
        "apb": _apb_bits,
    }
    return render(__package__, template, values, functions)


def _ahb_bits(divider: int) -> int:
    """HPRE of STM32: 8 to 15 divide."""
    return AHB_DIVIDERS.index(divider) + 7 if divider > 1 else 0


def _apb_bits(divider: int) -> int:
    """PPRE of STM32: 4 to 7 divide."""
    return APB_DIVIDERS.index(divider) + 3 if divider > 1 else 0
