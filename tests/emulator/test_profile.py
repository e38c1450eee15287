"""Profiles from counts that are given: sums over functions and lines, and the files that show them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from scons_tinyml.emulator.image import Function, Image, read_image
from scons_tinyml.emulator.profile.counts import CallPath, InstructionCost, costs_between, paths_between
from scons_tinyml.emulator.profile.disassembly import annotated_disassembly
from scons_tinyml.emulator.profile.files import as_json, profile_files
from scons_tinyml.emulator.profile.stacks import collapsed, speedscope
from scons_tinyml.emulator.profile.summary import NO_LINE, FunctionCost, LineCost, Profile

RESET, MAIN, WORK = 0x0800_0000, 0x0800_0100, 0x0800_0200
RESET_F, MAIN_F, WORK_F = Function(RESET, 8, "reset"), Function(MAIN, 8, "main"), Function(WORK, 8, "work;er")
IMAGE = Image(Path("folder/fake.elf"), functions=(RESET_F, MAIN_F, WORK_F))
COSTS = (
    InstructionCost(RESET, 1, 3),
    InstructionCost(MAIN, 2, 4),
    InstructionCost(MAIN + 2, 10, 20),
    InstructionCost(WORK, 5, 25),
    InstructionCost(WORK + 2, 5, 30),
)
PATHS = (
    CallPath((RESET,), 3, 1),
    CallPath((RESET, MAIN), 24, 12),
    CallPath((RESET, MAIN, WORK), 35, 6),
    CallPath((RESET, MAIN, WORK, WORK), 15, 3),
    CallPath((RESET, WORK), 5, 1),
)
PROFILE = Profile(IMAGE, COSTS, PATHS, cycles=82, instructions=23)

#: What https://www.speedscope.app/file-format-schema.json asks of a file with sampled profiles, in our words.
SPEEDSCOPE = {
    "type": "object",
    "required": ["$schema", "profiles", "shared"],
    "properties": {
        "$schema": {"const": "https://www.speedscope.app/file-format-schema.json"},
        "activeProfileIndex": {"type": "number"},
        "exporter": {"type": "string"},
        "name": {"type": "string"},
        "shared": {
            "type": "object",
            "required": ["frames"],
            "properties": {
                "frames": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string"},
                            "file": {"type": "string"},
                            "line": {"type": "number"},
                            "col": {"type": "number"},
                        },
                        "additionalProperties": False,
                    },
                }
            },
        },
        "profiles": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "name", "unit", "startValue", "endValue", "samples", "weights"],
                "properties": {
                    "type": {"const": "sampled"},
                    "name": {"type": "string"},
                    "unit": {
                        "enum": ["none", "bytes", "seconds", "milliseconds", "microseconds", "nanoseconds"]
                    },
                    "startValue": {"type": "number"},
                    "endValue": {"type": "number"},
                    "samples": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                    "weights": {"type": "array", "items": {"type": "number"}},
                },
            },
        },
    },
}


def test_counts_between_two_looks():
    before = [InstructionCost(2, 1, 5), InstructionCost(4, 7, 9)]
    after = [InstructionCost(6, 1, 1), InstructionCost(4, 7, 9), InstructionCost(2, 3, 11)]
    assert costs_between(before, after) == (InstructionCost(2, 2, 6), InstructionCost(6, 1, 1))
    paths = paths_between([CallPath((2,), 5, 1)], [CallPath((2, 4), 1, 1), CallPath((2,), 5, 1)])
    assert paths == (CallPath((2, 4), 1, 1),)


def test_functions():
    assert PROFILE.functions == (
        FunctionCost(WORK_F, cycles=55, instructions=10, calls=5, inclusive_cycles=55),
        FunctionCost(MAIN_F, cycles=24, instructions=12, calls=2, inclusive_cycles=74),
        FunctionCost(RESET_F, cycles=3, instructions=1, calls=1, inclusive_cycles=82),
    )
    assert PROFILE.cycles_outside == 0


def test_without_symbols_functions_are_what_was_called():
    """The nearest entry below an address, if it lies in the same memory."""
    ram = 0x2000_0000
    costs = (*COSTS, InstructionCost(ram + 4, 1, 1))
    profile = Profile(Image(Path("f.bin")), costs, PATHS, cycles=83, instructions=24)
    found = {cost.function.name: (cost.cycles, cost.calls) for cost in profile.functions}
    assert found == {
        "0x08000000": (3, 1),
        "0x08000100": (24, 2),
        "0x08000200": (55, 5),
        "0x20000004": (1, 1),
    }
    assert "0x08000000;0x08000100;0x08000200 35\n" in collapsed(profile)


def test_collapsed_stacks_add_up():
    assert (
        collapsed(PROFILE)
        == "reset 3\nreset;main 24\nreset;main;work:er 35\nreset;main;work:er;work:er 15\nreset;work:er 5\n"
    )


def test_what_no_instruction_took_is_told():
    """Cycles asleep: every sum is the run's all the same."""
    asleep = Profile(IMAGE, COSTS, PATHS, cycles=100, instructions=23)
    assert asleep.cycles_outside == 18
    assert collapsed(asleep).startswith("(outside of instructions) 18\n")
    assert sum(int(line.rpartition(" ")[2]) for line in collapsed(asleep).splitlines()) == 100
    assert json.loads(speedscope(asleep, "test"))["profiles"][0]["endValue"] == 100


def test_speedscope():
    content = json.loads(speedscope(PROFILE, "scons-tinyml 1"))
    jsonschema.validate(content, SPEEDSCOPE)
    cycles, instructions = content["profiles"]
    names = [frame["name"] for frame in content["shared"]["frames"]]
    stacks = {
        ";".join(names[number] for number in sample): weight
        for sample, weight in zip(cycles["samples"], cycles["weights"], strict=True)
    }
    assert stacks == {
        "reset": 3,
        "reset;main": 24,
        "reset;main;work:er": 35,
        "reset;main;work:er;work:er": 15,
        "reset;work:er": 5,
    }
    assert (cycles["name"], cycles["endValue"]) == ("fake.elf: cycles", 82)
    assert (instructions["name"], instructions["endValue"]) == ("fake.elf: instructions", 23)
    assert (content["name"], content["exporter"]) == ("fake.elf", "scons-tinyml 1")


SOURCE = """\
volatile int total;
__attribute__((noinline)) int square(int value)
{
    return value * value;
}
void start(void)
{
    total = square(3) + 0x12345678;
    for (;;) { }
}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "program.c").write_text(SOURCE)
    command = (
        "arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -O1 -g -nostdlib -Wl,-Ttext=0x08000000,-estart program.c"
    )
    subprocess.run([*command.split(), "-o", "program.elf"], check=True, cwd=folder)
    return read_image(folder / "program.elf")


def code(image):
    return lambda address, size: next(
        part.loaded(address, address + size)
        for part in image.segments
        if part.load_address <= address < part.load_end
    )


def executed(image):
    """Every instruction of both functions once, each for 2 cycles."""
    disassembly = subprocess.run(
        ["arm-none-eabi-objdump", "-d", str(image.path)], check=True, capture_output=True, text=True
    ).stdout
    lines = [line.split("\t") for line in disassembly.splitlines() if line.startswith(" ")]
    addresses = [int(line[0].strip(" :"), 16) for line in lines if line[2] not in {".word", ".short"}]
    return tuple(InstructionCost(address, 1, 2) for address in addresses if image.function_of(address))


def test_lines_add_up(compiled):
    costs = executed(compiled)
    profile = Profile(
        compiled,
        (*costs, InstructionCost(0x2000_0000, 1, 1)),
        (),
        cycles=2 * len(costs) + 1,
        instructions=len(costs) + 1,
    )
    assert sum(line.cycles for line in profile.lines) == profile.cycles
    assert sum(line.instructions for line in profile.lines) == profile.instructions
    source = str(compiled.path.with_name("program.c"))
    assert {(line.file, line.line) for line in profile.lines} >= {(source, 8), (NO_LINE, 0)}
    assert profile.lines[-1] == LineCost(NO_LINE, 0, 1, 1)


def test_annotated_disassembly(compiled):
    """Both functions, costliest first: source, counts, names of branch targets, no literal pool."""
    start, square = compiled.symbol("start"), compiled.symbol("square")
    costs = tuple(cost for cost in executed(compiled) if cost.address != start)
    profile = Profile(compiled, costs, (), cycles=sum(cost.cycles for cost in costs), instructions=len(costs))
    text = annotated_disassembly(profile, code(compiled))
    first, second = text.split("\n\n")
    assert first.startswith(f"start  0x{start:08x}  {2 * (len(costs) - 2)} cycles (")
    assert second.startswith(f"square  0x{square:08x}  4 cycles (")
    assert f"; {compiled.path.with_name('program.c')}:8      total = square(3) + 0x12345678;" in first
    assert sum(line.endswith(f"bl #0x{square:x}  <square+0x0>") for line in first.splitlines()) == 1
    (unexecuted,) = [line for line in first.splitlines() if f"{start:08x}: " in line]
    assert unexecuted.split()[0] == f"{start:08x}:"
    assert "5678 1234" not in text
    counted = [line.split() for line in text.splitlines() if line.startswith(" ") and line[11].isdigit()]
    assert len(counted) == len(costs)
    assert {(row[0], row[1], row[2]) for row in counted} == {("1", "2", "2.00")}


def test_raw_code_shows_what_ran_only(compiled):
    image = Image(Path("f.bin"), compiled.segments)
    start = compiled.symbol("start")
    costs = (InstructionCost(start, 4, 10), InstructionCost(start + 4, 4, 6))
    text = annotated_disassembly(Profile(image, costs, (CallPath((start,), 16, 8),), 16, 8), code(image))
    title, _, *rest = text.splitlines()
    assert title == f"0x{start:08x}  0x{start:08x}  16 cycles (100.0 %)  8 instructions  4 calls"
    assert [line.split()[:5] for line in rest] == [
        ["4", "10", "2.50", "62.5", "%"],
        ["4", "6", "1.50", "37.5", "%"],
    ]


def test_json():
    content = as_json(PROFILE)
    assert content["functions"][1] == {
        "name": "main",
        "address": MAIN,
        "file": None,
        "line": None,
        "cycles": 24,
        "inclusive_cycles": 74,
        "instructions": 12,
        "calls": 2,
    }
    assert content["lines"] == [{"file": None, "line": None, "cycles": 82, "instructions": 23}]
    assert (content["cycles"], content["cycles_outside_of_instructions"]) == (82, 0)


def test_files(compiled):
    profile = Profile(compiled, executed(compiled), (), 100, 10)
    files = profile_files(profile, code(compiled), exporter="scons-tinyml 1", timing_model="cortex-m3-1")
    assert list(files) == ["disassembly.txt", "stacks.folded", "profile.speedscope.json", "functions.json"]
    assert json.loads(files["functions.json"])["timing_model"] == "cortex-m3-1"
    assert files["stacks.folded"] == "(outside of instructions) 100\n"
