"""Firmware with sources of users, and of several networks: built, run, judged."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import jsonschema
import pytest

from scons_tinyml.records.schema import json_schema
from support.networks import small_int8
from support.project import Project, Write
from support.tflite_builder import to_tflite

BOARD = 'TINYML_BOARD="stm32l4"'
MAIN = """\
#include "small.h"
#include "app.h"

extern int shifted(int value);
int8_t result[SMALL_OUTPUT_ELEMENTS];
volatile int ticks;

void SysTick_Handler(void)
{
    ticks++;
    small_invoke();
}

int main(void)
{
    for (int i = 0; i < SMALL_INPUT_ELEMENTS; i++) {
        ((int8_t *)small_input())[i] = (int8_t)shifted(i * SCALE);
    }
    *(volatile uint32_t *)0xE000E014 = 400000;
    *(volatile uint32_t *)0xE000E018 = 0;
    *(volatile uint32_t *)0xE000E010 = 7;
    for (;;) {
        __asm volatile("wfi");
    }
}
"""
SHIFTED = """\
struct Shift {
    int by;
    Shift() : by(OFFSET) {}
};
static volatile int last;
static Shift shift;
extern "C" int shifted(int value) { last = value; return value + shift.by; }
"""
SCRIPT = """\
Import("env")
own = env.Clone(CCFLAGS="-O2 -Wall -Werror", CXXFLAGS="-fno-exceptions -fno-rtti", CPPPATH=["inc"], LIBS=["m"])
own.Append(CPPDEFINES={"OFFSET": 3})
own.TinymlFirmware("app.elf", ["#nets/small.tflite", "main.c", "shifted.cpp"])
"""


def with_sources(write: Write, script: str = SCRIPT, call: str = "") -> Project:
    """Return a project with sources in the folder app, and objects in out."""
    project = write(
        f'SConscript("app/SConscript", variant_dir="out", duplicate=0)\n{call}', BOARD, app=script
    )
    (project.folder / "app" / "inc").mkdir()
    (project.folder / "app" / "inc" / "app.h").write_text("#define SCALE 37\n")
    (project.folder / "app" / "main.c").write_text(MAIN)
    (project.folder / "app" / "shifted.cpp").write_text(SHIFTED)
    return project


def report(project: Project, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (project.folder / "out" / f"{name}.tinyml" / "report.json").read_text()
    )
    return found


def test_an_interrupt_runs_the_network_beside_cpp_with_constructors(write: Write) -> None:
    project = with_sources(write)
    found = project.scons("-j2")
    assert found.code == 0, found.errors
    judged = report(project, "app")
    [network] = judged["networks"]
    assert (judged["verdict"], network["measured"]) == ("pass", "small_invoke")
    assert network["report"]["bit_exact"]["differing_bytes"] == 0
    assert network["report"]["bit_exact"]["samples"] > 1
    assert judged["parts"]["rest"]["flash_bytes"] > 0
    symbols = {symbol["name"]: symbol["part"] for symbol in judged["symbols"]}
    assert (symbols["main"], symbols["shifted"], symbols["small_invoke"]) == ("rest", "rest", "small")
    assert "part-firmware_flash" in (project.folder / "out" / "app.tinyml" / "report.html").read_text()
    image = (project.folder / "out" / "app.elf").read_bytes()
    assert str(project.folder).encode() not in image
    assert project.scons("-j2").stages == []

    header = project.folder / "app" / "inc" / "app.h"
    header.write_text("#define SCALE 41\n")
    again = project.scons("-j2")
    assert again.made("compile") == ["main.o"]
    assert {"link", "run", "judge"} <= set(again.stages)
    assert not {"measure", "plan", "read"} & set(again.stages)
    shutil.copy(project.folder / "out" / "app.tinyml" / "report.json", project.folder / "old.json")

    project.edit("SConstruct", BOARD, f'{BOARD}, TINYML_INVOKE="SysTick_Handler", TINYML_WAIT="1 s"')
    handler = project.scons("-j2")
    assert handler.code == 0, handler.errors
    [measured] = report(project, "app")["networks"]
    assert measured["measured"] == "SysTick_Handler"
    assert measured["report"]["cycles"] > network["report"]["cycles"]

    project.edit("SConstruct", BOARD, f'{BOARD}, TINYML_FLASH="2KiB"')
    over = project.scons("-j2")
    assert over.code == 2, over.errors
    assert report(project, "app")["limits"]["flash"]["source"] == "app/SConscript: flash"
    assert not (project.folder / "out" / "app.elf").exists()

    project.edit(
        "SConstruct", 'TINYML_FLASH="2KiB"', 'TINYML_BASELINE="old.json", TINYML_TOLERANCES="cycles:0"'
    )
    worse = project.scons("-j2", "compare")
    assert (worse.code, worse.stages) == (2, ["plan", "report", "compare"]), worse.errors
    assert "app on stm32l4 is worse than the baseline by more than a tolerance: small: cycles" in worse.errors
    assert "app on stm32l4, compared with old.json: FAIL" in worse.output
    compared = json.loads((project.folder / "out" / "app.tinyml" / "comparison.json").read_text())
    jsonschema.validate(compared, json_schema("firmware-comparison"))


FINISHED = """
code = env.TinymlCSource("gen/small.c", "nets/small.tflite")
built = env.TinymlFirmware("out/app.elf", [code, "app/main.c", "app/shifted.cpp"], CPPPATH=["app/inc"],
                           CPPDEFINES={"OFFSET": 3})
copied = env.Command("theirs/app.elf", built[0], Copy("$TARGET", "$SOURCE"))
judged = env.TinymlReport("theirs/report.json", [copied, code])
env.TinymlGate("release/app.elf", judged)
library = env.TinymlLibrary("out/libsmall.a", code, TINYML_FLASH="9KiB")
"""


def test_a_finished_image_and_what_a_library_adds(write: Write) -> None:
    project = with_sources(write, 'Import("env")\n', FINISHED)
    found = project.scons("-j2")
    assert found.code == 0, found.errors
    theirs = json.loads((project.folder / "theirs" / "report.json").read_text())
    assert (theirs["verdict"], theirs["own_sources"], theirs["scope"]) == ("pass", True, "image")
    assert theirs["flash_bytes"] == report(project, "app")["flash_bytes"]
    release = project.folder / "release"
    assert (release / "app.elf").read_bytes() == (project.folder / "out" / "app.elf").read_bytes()
    assert (release / "app.bin").is_file()

    added = report(project, "libsmall")
    assert added["limits"]["flash"]["source"] == "SConstruct: flash"
    assert theirs["limits"]["flash"]["source"] == "capacity of stm32l4"
    assert added["scope"] == "library"
    assert added["flash_bytes"] == sum(
        part["flash_bytes"] for name, part in added["parts"].items() if name != "rest"
    )
    assert added["flash_bytes"] < 9 * 1024 < theirs["flash_bytes"]

    project.edit("SConstruct", "9KiB", "8KiB")
    over = project.scons("out/libsmall.a")
    assert over.code == 2
    assert not (project.folder / "out" / "libsmall.a").exists()


TWO = """\
env.TinymlFirmware("out/two.elf", ["nets/small.tflite", "nets/other.tflite"], TINYML_ARENA="{arena}")
env.TinymlLibrary("out/libtwo.a", ["nets/small.tflite", "nets/other.tflite"], TINYML_ARENA="{arena}")
"""


def two(write: Write, arena: str) -> tuple[Project, dict[str, Any]]:
    """Return a project with two networks in one firmware, and the report on them."""
    project = write(TWO.format(arena=arena), BOARD)
    (project.folder / "nets" / "other.tflite").write_bytes(to_tflite(small_int8()))
    found = project.scons("-j2")
    assert found.code == 0, found.errors
    return project, report(project, "two")


def test_two_networks_with_one_arena(write: Write) -> None:
    project, shared = two(write, "shared")
    assert [network["name"] for network in shared["networks"]] == ["small", "other"]
    assert all(network["report"]["bit_exact"]["differing_bytes"] == 0 for network in shared["networks"])
    arenas = [network["report"]["memory_plan"]["arena_bytes"] for network in shared["networks"]]
    assert shared["ram"]["arena_bytes"] == max(arenas)
    archive = project.folder / "out" / "libtwo.a"
    members = subprocess.run(["ar", "t", archive], capture_output=True, text=True, check=True).stdout.split()
    assert [members.count(name) for name in ("network.o", "tinyml_arena.o", "conv_2d_im2col_int8.o")] == [
        2,
        1,
        1,
    ]
    assert members.count("softmax_int8.o") == 2  # two kernel sets have a file of this name
    assert (project.folder / "out" / "other.h").is_file() and (project.folder / "out" / "small.h").is_file()
    assert "exclude each other" in (project.folder / "out/two.tinyml/other/src/other.h").read_text()

    project.edit("SConstruct", BOARD, f'{BOARD}, TINYML_LATENCY="1us"')
    over = project.scons("-j2")
    assert over.code == 2
    assert "small: latency" in over.errors and "other: latency" in over.errors

    project.edit("SConstruct", ', TINYML_LATENCY="1us"', "")
    project.edit("SConstruct", '"shared"', '"own"')
    own = project.scons("-j2")
    assert own.code == 0, own.errors
    assert report(project, "two")["ram"]["arena_bytes"] >= sum(arenas)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            'env.TinymlFirmware("a.elf", ["app/main.c"])',
            "TinymlFirmware: needs a network beside its sources, such as 'net.tflite'",
        ),
        (
            'env.TinymlFirmware("a.elf", ["nets/small.tflite", "app/main.c"], TINYML_ARENA="none")',
            "TinymlFirmware: TINYML_ARENA: 'none' is not own or shared",
        ),
        (
            'code = env.TinymlCSource("out/wake.c", "nets/small.tflite")\n'
            'env.TinymlFirmware("a.elf", [code, "app/main.c"], TINYML_ARENA="shared")',
            "TinymlFirmware: TINYML_ARENA: the C code of wake has an arena that is 'own', the firmware's is 'shared'",
        ),
        (
            'code = env.TinymlCSource("out/wake.c", "nets/small.tflite", TINYML_ACTIVATIONS="SRAM2")\n'
            'env.TinymlFirmware("a.elf", [code, "app/main.c"])',
            "TinymlFirmware: TINYML_ACTIVATIONS: the C code of wake has activations in SRAM2, "
            "the firmware in the default region",
        ),
    ],
)
def test_mistakes(write: Write, call: str, message: str) -> None:
    found = write(call, BOARD).scons("-n")
    assert found.code == 1
    assert f"tinyml: error: {message}" in found.errors.replace("\n    ", " ")


def test_the_short_form_takes_sources(write: Write) -> None:
    call = 'env.TinymlFirmware(target="stm32l4", model="nets/small.tflite", sources=["app/main.c", "app/shifted.cpp"])'
    project = with_sources(write, 'Import("env")\n', call)
    found = project.scons("-n", "build/stm32l4/small/small.elf")
    assert found.code == 0, found.errors
    assert ("judge", "build/stm32l4/small/small.elf") in found.built
