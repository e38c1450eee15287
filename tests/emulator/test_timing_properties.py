"""Properties of the timing models over random code: three rounds of a straight line, with conditions on data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.timing import timed_cores
from scons_tinyml.records.board import Board, CoreCaches
from support.assembly import FLASH, RAM, build_image, make_board
from support.effort import examples

V7M = ("cortex-m3", "cortex-m4", "cortex-m33", "cortex-m7")
LOW = st.integers(0, 3)
BASES = st.sampled_from(["r4", "r5", "r6"])  # RAM, RAM, flash
CONDITIONS = st.sampled_from(["eq", "ne", "hi", "lt", "ge", "mi"])
_OPPOSITES = {"eq": "ne", "ne": "eq", "hi": "ls", "lt": "ge", "ge": "lt", "mi": "pl"}


def some(count: int) -> Any:
    """Settings of a property that runs programs in a machine."""
    return settings(
        max_examples=examples(count),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@st.composite
def narrow_instructions(draw) -> str:
    """What every core has."""
    a, b, c = (draw(LOW) for _ in range(3))
    offset = 4 * draw(st.integers(0, 30))
    return draw(
        st.sampled_from(
            [
                f"adds r{a}, r{b}, r{c}",
                f"lsls r{a}, r{b}, #3",
                f"muls r{a}, r{b}, r{a}",
                f"cmp r{a}, r{b}",
                f"ldr r{a}, [{draw(BASES)}, #{offset}]",
                f"ldrb r{a}, [{draw(BASES)}, #{offset % 32}]",
                f"str r{a}, [r5, #{offset}]",
                f"adds r5, #4\n str r{a}, [r5, #{offset}]\n subs r5, #4",
                "push {r0, r1}\n pop {r2, r3}",
                "ldm r6!, {r0-r3}\n subs r6, #16",
                f"cmp r{a}, r{b}\n bls 1f\n adds r{b}, #1\n 1:",
                f"b 1f\n {'nop' if a % 2 else ''}\n 1:",
                f"bl out_{c % 2}",
            ]
        )
    )


@st.composite
def instructions(draw) -> str:
    """What Armv7-M cores and later ones have."""
    a, b, c = (draw(LOW) for _ in range(3))
    offset = 4 * draw(st.integers(0, 60))
    condition = draw(CONDITIONS)
    opposite = _OPPOSITES[condition]
    return draw(
        st.sampled_from(
            [
                draw(narrow_instructions()),
                f"eor.w r{a}, r{b}, r{c}, ror #7",
                f"mla r{a}, r{b}, r{c}, r{a}",
                f"umlal r{a}, r{(a + 1) % 4}, r{b}, r{c}",
                f"udiv r{a}, r{b}, r{c}",
                f"sdiv r{a}, r{b}, r{c}",
                f"ldrsb r{a}, [{draw(BASES)}, #{offset + 1}]",
                f"ldr.w r{a}, [r4, #{offset + 1}]",
                f"ldrd r{a}, r{(a + 1) % 4}, [{draw(BASES)}, #{offset}]",
                f"cbz r{a}, 1f\n adds r{b}, #1\n 1:",
                f"ite {condition}\n addw{condition} r{a}, r{b}, #5\n ldr{opposite} r{c}, [r4, #{offset}]",
                f"it {condition}\n add{condition} r6, #4\n ldr r{a}, [r6, #{offset}]\n ldr r6, =0x08000000",
                f"itt {condition}\n mov{condition} r{a}, #1\n add{condition} r{a}, r{a}, #1",
                f"it {condition}\n mov{condition} r{a}, #1\n it {opposite}\n mov{opposite} r{b}, #2",
                f"ittt {condition}\n mul{condition} r{a}, r{b}, r{c}\n str{condition} r{a}, [r5]\n"
                f" add{condition} r{b}, r{a}, #1",
            ]
        )
    )


PROGRAM = """
start: ldr r4, =0x20000100
ldr r5, =0x20000400
ldr r6, =0x08000000
ldr r0, =0x9e3779b9
ldr r1, =0x7f4a7c15
movs r2, #77
movs r3, #3
movs r7, #3
again: {body}
subs r7, #1
cmp r7, #0
beq end
ldr r0, =again + 1
mov r8, r1
bx r0
.ltorg
end: b end
out_0: bx lr
nop
out_1: bx lr
"""


def programs(core: str, size: int) -> Any:
    lines = instructions() if core in V7M else narrow_instructions()

    def program(chosen: list[str]) -> str:
        return PROGRAM.format(body="\n".join(f"stop_{n}: {line}" for n, line in enumerate(chosen)))

    return st.lists(lines, min_size=1, max_size=size).map(program)


FLASHES: dict[str, dict[str, Any]] = {
    "narrow": {"line_width_bits": 32},
    "prefetch": {"prefetch": True},
    "caches": {
        "prefetch": True,
        "line_width_bits": 128,
        "instruction_cache": {"size": "256 B", "line": "16 B", "ways": 2},
        "data_cache": {"size": "128 B", "line": "16 B", "ways": 2},
    },
}


UNIFIED: dict[str, Any] = {
    "prefetch": True,
    "line_width_bits": 128,
    "unified_cache": {"size": "256 B", "line": "16 B", "ways": 2, "miss_cycles": 3},
}
ENABLE_CACHES = "start: ldr r0, =0xe000ed14\nldr r1, =0x30000\nstr r1, [r0]\n"


@pytest.mark.parametrize("core", timed_cores())
def test_timing_changes_no_result(bench, core):
    """Registers, memory and the number of instructions are those of a machine without timing."""

    @some(12)
    @given(programs(core, 40))
    def check(source):
        states = []
        for timing in (True, False):
            made = bench(make_board(core), timing=timing).finish(source)
            registers = [made.register(f"r{number}") for number in range(16)]
            states.append((registers, made.instructions, made.read(RAM, 0x8000)))
        assert states[0] == states[1]

    check()


@pytest.mark.parametrize("flash", FLASHES)
@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4", "cortex-m33"])
def test_cycles_never_decrease_with_wait_states(bench, core, flash):
    @some(8)
    @given(programs(core, 30))
    def check(source):
        boards = [make_board(core, wait_states=waits, **FLASHES[flash]) for waits in (0, 1, 2, 3, 5, 8)]
        cycles = [bench(board).finish(source).cycles for board in boards]
        assert cycles == sorted(cycles)

    check()


#: Not on the Cortex-M33: its fetches share a bus with data of the flash, and a later access lets a fetch go first.
@pytest.mark.parametrize("core", [core for core in timed_cores() if core != "cortex-m33"])
def test_cycles_never_decrease_with_slower_ram(bench, core):
    @some(8)
    @given(programs(core, 30))
    def check(source):
        cycles = [bench(make_board(core, ram_wait_states=waits)).finish(source).cycles for waits in (0, 1, 3)]
        assert cycles == sorted(cycles)

    check()


def test_every_instruction_takes_a_cycle_or_folds(bench):
    @some(12)
    @given(programs("cortex-m4", 30))
    def check(source):
        made = bench(make_board()).finish(source)
        folded = 3 * source.count("it")
        assert made.instructions - folded <= made.cycles <= 14 * made.instructions + 4

    check()


def counts(machine: Machine) -> tuple[int, int]:
    return machine.cycles, machine.instructions


def cut_everywhere(image: Path, board: Board) -> Machine:
    """A machine that has run an image with every instruction a trace of its own."""
    machine = Machine(board)
    machine.load(image)
    machine._clock._cuts = frozenset(range(FLASH, FLASH + 0x1000, 2))
    machine.run_until(machine.symbol("end"))
    return machine


@pytest.mark.parametrize("flash", [*FLASHES, "unified"])
@pytest.mark.parametrize("core", timed_cores())
def test_cycles_do_not_depend_on_where_code_is_cut(images, bench, core, flash):
    """Every instruction a trace of its own: nothing depends on what is accounted for together."""

    @some(6)
    @given(programs(core, 30))
    def check(source):
        board = make_board(core, wait_states=4, ram_wait_states=1, **FLASHES.get(flash, UNIFIED))
        assert counts(bench(board).finish(source)) == counts(
            cut_everywhere(build_image(images, source, core), board)
        )

    check()


@pytest.mark.parametrize("line_width_bits", [64, 128, 256])
def test_cycles_of_a_cortex_m7_with_its_caches_do_not_depend_on_where_code_is_cut(
    images, bench, line_width_bits
):
    """Its lines come in parts, which wait for reads of the flash."""
    cache = {"size": "256 B", "line": "32 B", "ways": 2}
    plain = make_board("cortex-m7", wait_states=5, ram_wait_states=1, line_width_bits=line_width_bits)
    caches = CoreCaches.model_validate({"instruction": cache, "data": cache})
    board = plain.model_copy(update={"core_caches": caches})

    @some(6)
    @given(programs("cortex-m7", 30))
    def check(source):
        enabled = source.replace("start: ", ENABLE_CACHES, 1)
        assert counts(bench(board).finish(enabled)) == counts(
            cut_everywhere(build_image(images, enabled, "cortex-m7"), board)
        )

    check()


@pytest.mark.parametrize("core", timed_cores())
def test_cycles_do_not_depend_on_where_a_run_stops(bench, core):
    """In steps of a line: a run to every line but the one where the machine is."""

    @some(4)
    @given(programs(core, 12))
    def check(source):
        board = make_board(core, wait_states=2, **FLASHES["prefetch"])
        whole = counts(bench(board).finish(source))
        machine, image = bench(board).load(source)
        end = image.symbol("end")
        stops = {image.symbol(f"stop_{n}") for n in range(source.count("stop_"))} | {end}
        while machine.register("pc") != end:
            machine.run(until=stops - {machine.register("pc")})
        assert counts(machine) == whole

    check()


@pytest.mark.parametrize("forget", [False, True])
@pytest.mark.parametrize("core", timed_cores())
def test_what_is_remembered_costs_what_the_model_says(bench, core, forget):
    """Rounds of a loop from memory, and, stopped every few instructions and made to forget, from the model alone."""

    @some(6)
    @given(programs(core, 20))
    def check(source):
        board = make_board(core, wait_states=3, **FLASHES["caches"])
        whole = counts(bench(board).finish(source))
        machine, image = bench(board).load(source)
        while machine.run(until=(image.symbol("end"),), max_instructions=9).reason == "limit":
            if forget:
                machine._clock.forget_trees()
        assert counts(machine) == whole

    check()


IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from scons_tinyml.emulator.machine import Machine
from support.assembly import make_board
from support.effort import examples
machine = Machine(make_board("cortex-m4", wait_states=3, prefetch=True))
machine.load(Path(sys.argv[1]))
machine.run_until(machine.symbol("end"))
print(machine.cycles, machine.instructions)
"""


def test_the_same_cycles_in_every_process(build, bench):
    """Nothing of the host decides: not its addresses, not the seed of its hashes."""
    line = "ldr r{to}, [r6, #{offset}]\n udiv r0, r1, r2\n cmp r0, r3\n it hi\n addhi r1, #9"
    body = "\n".join(line.format(to=n % 4, offset=4 * n) for n in range(20))
    source = PROGRAM.format(body=body)
    here = counts(bench(make_board("cortex-m4", wait_states=3, prefetch=True)).finish(source))
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS, str(build(source))],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed},
        )
        assert tuple(map(int, done.stdout.split())) == here
