"""Assembler text with vectors of exceptions, and machines that run it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board

CORES = ["cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"]
SVC, PENDSV, SYSTICK, IRQ0 = 11, 14, 15, 16
ICSR = 0xE000_ED04


def program(body: str, **handlers: int) -> str:
    """Return assembler text with `body` from `start` to `end`, and vectors that point to labels."""
    words = ["handler_missing + 1"] * 30
    for label, number in handlers.items():
        words[number - 2] = f"{label} + 1"
    table = "\n".join(f".word {word}" for word in words)
    types = "\n".join(f".type {label},%function" for label in (*handlers, "handler_missing"))
    return (
        f'.section .vectors,"a"\n{table}\n.text\n{types}\nhandler_missing: b handler_missing\n'
        f".type start,%function\n{body}\n.ltorg\n"
    )


def boot(
    make_board: Callable[..., Board],
    build: Callable[..., Path],
    source: str,
    core: str = "cortex-m4",
    timing: bool = False,
) -> Machine:
    """Return a machine at the first instruction."""
    made = Machine(make_board(core), timing=timing)
    made.load(build(source, core))
    return made


def registers(machine: Machine, *names: str) -> list[int]:
    """Return the values of core registers."""
    return [machine.register(name) for name in names]
