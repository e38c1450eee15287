"""What other emulators were blamed for: counts that mean something else than they say.

That counts do not vary between runs is in test_timing_interface.py and test_timing_properties.py.
"""

from __future__ import annotations

import ast
import io
from pathlib import Path

import pytest

import scons_tinyml
from scons_tinyml.cli.run_report import as_json, print_outcome
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.session import RunRequest, run_session
from scons_tinyml.records.errors import InternalError

#: Reads CYCCNT twice, 100 instructions of two cycles each apart, into r4 and r5; {setup} may switch it on.
PROFILER = """
start: ldr r0, =0xe000edfc
ldr r1, =0xe0001000
ldr r2, =0x01000000
movs r3, #1
{setup}
ldr r4, [r1, #4]
.rept 100
ldrd r6, r7, [sp]
.endr
ldr r5, [r1, #4]
end: b end
.ltorg
"""
SWITCH_ON = "str r2, [r0]\n str r3, [r1]"


def outcome_of(path: Path, board, *, timing: bool):
    machine = Machine(board, timing=timing)
    machine.load(path)
    outcome = run_session(machine, RunRequest(until=frozenset({machine.symbol("end")})))
    text = io.StringIO()
    print_outcome(machine, outcome, RunRequest(), text, profile=False)
    return machine, as_json(machine, outcome), text.getvalue()


def keys_of(content: object) -> set[str]:
    """All keys of a JSON document."""
    if isinstance(content, dict):
        return set(content) | {key for value in content.values() for key in keys_of(value)}
    if isinstance(content, list):
        return {key for value in content for key in keys_of(value)}
    return set()


def test_instructions_are_never_called_cycles(build, make_board):
    machine, content, text = outcome_of(build(PROFILER.format(setup="")), make_board(), timing=False)
    assert machine.cycles == 0
    assert machine.instructions == content["instructions"] > 100
    assert not any("cycle" in key for key in keys_of(content))
    assert "cycle" not in text
    assert "not timed" in text
    with pytest.raises(InternalError, match="needs a machine with timing"):
        machine.profile()


def test_cycles_come_with_their_model_and_its_band(build, make_board):
    machine, content, text = outcome_of(build(PROFILER.format(setup="")), make_board(), timing=True)
    assert content["timing"]["cycles"] == machine.cycles > machine.instructions == content["instructions"]
    assert content["timing"]["model"] == machine.model.version
    assert content["timing"]["time_s"]["low"] < content["timing"]["time_s"]["value"]
    assert f"{machine.cycles:,}" in text
    assert f"{machine.instructions:,}" in text
    assert machine.model.version in text


def read_twice(machine, make_board, setup: str, **options) -> tuple[int, int, Machine]:
    made = machine(PROFILER.format(setup=setup), make_board(), **options)
    made.run_until(made.symbol("end"))
    return made.register("r4"), made.register("r5"), made


def test_the_clock_of_the_firmware_is_that_of_the_tool(machine, make_board):
    """Three cycles for each LDRD, and what is around them; the same number from inside and outside."""
    first, second, made = read_twice(machine, make_board, SWITCH_ON)
    assert 300 <= second - first <= 304
    body = sum(entry.cycles for entry in made.profile() if made.read(entry.address, 2) == b"\xdd\xe9")
    assert body == 300


def test_a_clock_that_stands_still_stops_nobody_else(machine, make_board):
    """Not enabled, CYCCNT reads 0 as on the chip; the tool's cycles are its own and go on."""
    first, second, made = read_twice(machine, make_board, "")
    assert (first, second) == (0, 0)
    assert made.cycles > 300
    assert sum(entry.cycles for entry in made.profile()) == made.cycles


def test_without_timing_nothing_is_profiled_as_zero(machine, make_board):
    """A profile of zeros would be believed: there is none."""
    made = read_twice(machine, make_board, SWITCH_ON, timing=False)[2]
    with pytest.raises(InternalError):
        made.profile()
    with pytest.raises(InternalError):
        made.follow_calls()


def evidence_given() -> list[tuple[str, str]]:
    """File and value wherever the package states what numbers come from."""
    package = Path(scons_tinyml.__path__[0])
    nodes = [
        (path.name, node) for path in package.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))
    ]
    return [
        (name, str(node.value.value))
        for name, node in nodes
        if isinstance(node, ast.keyword) and node.arg == "evidence" and isinstance(node.value, ast.Constant)
    ]


def test_what_the_emulator_counts_is_nowhere_called_hardware():
    """Rows and reports of what the emulator counts say 'emulator'.

    Keys of hardware rows are made in evidence.py alone, for what a board says over its port (stages.measure.hardware);
    assemble.py makes the latency of a plan whose layers all have such rows.
    """
    found = evidence_given()
    assert {name for name, _ in found} >= {"identity.py", "network.py"}
    assert {name for name, value in found if value != "emulator"} == {
        "assemble.py",
        "compare.py",
        "evidence.py",
    }
