"""Generated files of an image that depend on the board: linker script, start-up code, main."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.placement import Placement, code_alignment_bytes, place
from scons_tinyml.stages.codegen.names import SHARED_ARENA
from scons_tinyml.stages.firmware.clock import AHB_DIVIDERS, APB_DIVIDERS
from scons_tinyml.stages.firmware.families import clock_plan
from scons_tinyml.stages.firmware.serial import serial_plan
from scons_tinyml.stages.templates import render


def linker_script(board: Board, placement: Placement) -> str:
    """Return the linker script of `board`.

    Its regions have no end: too large an image links and is judged later.
    """
    return _render(
        "link.ld.j2",
        {"board": board, "place": placement, "code_alignment_bytes": code_alignment_bytes(board)},
    )


def startup_code(board: Board, copied: Collection[str] | None = None, *, application: bool = False) -> str:
    """Return vector table, clock set-up and reset handler of `board`, in C.

    `copied` names the sections that it copies into RAM, by default `Placement.copied` of a build. For an `application`,
    which has sources of its users, it also calls constructors and SystemInit, and each interrupt has a handler of its
    own. Raises RecordError for a clock that the board cannot make.
    """
    copied = place(board, 0).copied if copied is None else copied
    values = {"board": board, "clock": clock_plan(board), "copied": copied, "application": application}
    return _render("startup.c.j2", values)


def serial_code(board: Board) -> str:
    """Return serial output for `board` in C: `tinyml_serial_begin`, `tinyml_serial_write`.

    Raises RecordError for boards without it, see `can_talk`.
    """
    plan = serial_plan(board)
    return _render(f"serial/{plan.ports.template}.c.j2", {"board": board, "serial": plan})


def can_talk(board: Board) -> str | None:
    """Return the reason why `board` has no serial output; None when it has."""
    try:
        serial_plan(board)
    except RecordError as problem:
        return str(problem)
    return None


def counter_code(board: Board) -> str:
    """Return the core's cycle counter in C: `tinyml_counter_begin`, `tinyml_counter_cycles`.

    The second is in RAM on boards without core caches: start-up code copies it there with the data.
    """
    return _render(f"counter/{board.core_facts.cycle_counter}.c.j2", {"board": board})


def main_code(networks: Mapping[str, bool]) -> str:
    """Return the C of the endless loop that reads a sample, runs a network and writes its output, for each network.

    `networks` says by C name whether a network has a state.
    """
    return _render("main.c.j2", {"networks": networks})


def arena_code(arena_bytes: int) -> str:
    """Return the C of the arena that networks share, as large as the largest one needs."""
    return _render("arena.c.j2", {"arena": SHARED_ARENA, "arena_bytes": arena_bytes})


def _render(template: str, values: Mapping[str, Any]) -> str:
    functions = {
        "log2": lambda value: value.bit_length() - 1,
        "hex": lambda value: f"0x{value:08X}u",
        "ahb": _ahb_bits,
        "apb": _apb_bits,
    }
    return render(__package__, template, values, functions)


def _ahb_bits(divider: int) -> int:
    """Return HPRE of STM32: values 8 to 15 divide."""
    return AHB_DIVIDERS.index(divider) + 7 if divider > 1 else 0


def _apb_bits(divider: int) -> int:
    """Return PPRE of STM32: values 4 to 7 divide."""
    return APB_DIVIDERS.index(divider) + 3 if divider > 1 else 0
