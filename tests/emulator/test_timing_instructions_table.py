"""Cycles of every class of instruction on every core, one file of cases per core: timing_cases/<core>.toml.

A case is assembled as a row of 4 and of 20 copies, and the difference divided by 16, so that what surrounds a copy
costs nothing; a loop runs 4 and 20 times. Code and data are in memory without wait states.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board

CASES = Path(__file__).parent / "timing_cases"
CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m33", "cortex-m7")
#: Their rules have cases in test_timing_rules.py and test_timing_instructions.py; the tables have what was measured.
IN_PART = ("cortex-m3", "cortex-m4")
FEW, MANY = 4, 20

#: Rules that no straight line and no loop of two instructions can show; other tests do.
ELSEWHERE = {
    "exception entry",
    "level-1 caches",  # test_timing_m7.py
    "line fill",
    "prefetch of data",  # test_timing_memory.py
    "devices",
    "double precision",  # Unicorn's Cortex-M7 has none: test_timing_instructions_operands.py looks at the costs
}

SOURCE = """
start: ldr r0, =0x20000100
ldr r1, =0x20000200
ldr r2, =0x20000300
ldr r3, =0xe000ed88
ldr r6, =0x00f00000
{enable_fpu}
ldr r3, =0x20000400
movs r4, #8
movs r5, #3
movs r6, #5
{setup}
{body}
end: nop
nop
2: b 2b
.ltorg
.balign 4
literal: .word 0x12345678
"""


def cases(core: str) -> list[Any]:
    """Parameters of a core: rule, case, text of one copy."""
    table = tomllib.loads((CASES / f"{core}.toml").read_text())["case"]
    return [
        pytest.param(core, case, text, id=f"{core}: {' / '.join(text.split(chr(10)))}")
        for case in table
        for text in case.get("each", [case.get("loop")])
    ]


@pytest.fixture
def fast_board(make_board):
    """A board without wait states; of a Cortex-M7 all memory is tightly coupled."""

    def make(core: str) -> Board:
        board = make_board(core).model_copy(
            update={"features": () if core == "cortex-m0plus" else ("fpu", "dsp")}
        )
        if core != "cortex-m7":
            return board
        tight = [
            region.model_copy(update={"kind": "ram", "tightly_coupled": True}) for region in board.memory
        ]
        return board.model_copy(update={"memory": tuple(tight)})

    return make


def cycles_of(machine: Any, board: Board, case: dict[str, Any], text: str, number: int) -> int:
    """Cycles from reset to the end of `number` copies or rounds."""
    if "loop" in case:
        body = f"movs r7, #{number}\n.balign 32\n1: {text}"
    else:
        body = f".balign 32\n.rept {number}\n{text}\n.endr"
    fpu = f".fpu {case['fpu']}\n" if "fpu" in case else ""
    enable = "str r6, [r3]" if fpu else "nop"
    made: Machine = machine(
        fpu + SOURCE.format(enable_fpu=enable, setup=case.get("setup", ""), body=body), board
    )
    made.run_until(made.symbol("end"))
    return made.cycles


@pytest.mark.parametrize(("core", "case", "text"), [entry for core in CORES for entry in cases(core)])
def test_cycles(machine, fast_board, core, case, text):
    board = fast_board(core)
    few, many = (cycles_of(machine, board, case, text, number) for number in (FEW, MANY))
    low, high = case["cycles"] if isinstance(case["cycles"], list) else (case["cycles"],) * 2
    assert low <= (many - few) / (MANY - FEW) <= high


@pytest.mark.parametrize("core", CORES)
def test_every_rule_has_a_case(core):
    rules = {note.name for note in timing_for(core).rules}
    shown = {entry.values[1]["rule"] for entry in cases(core)}
    assert shown - rules == set()
    assert core in IN_PART or rules - shown - ELSEWHERE == set()


@pytest.mark.parametrize("core", CORES)
def test_every_rule_has_a_source(core):
    for note in timing_for(core).rules:
        assert note.text and note.source, note.name
