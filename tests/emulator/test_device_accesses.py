"""Accesses of devices happen once and in order, however the timing cuts and repeats the code around them.

The device keeps what is written and counts its reads, so that a load that is lost or repeated changes what follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scons_tinyml.emulator import chip
from scons_tinyml.emulator.devices.bus import Device
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.timing import timed_cores
from support.assembly import RAM, build_image, make_board
from support.effort import examples
from support.vectors import SYSTICK, boot, program

DEVICE = 0x4000_0000
V7M = ("cortex-m3", "cortex-m4", "cortex-m33", "cortex-m7")
FLOATS = ("cortex-m4", "cortex-m33", "cortex-m7")


@dataclass
class Recorder(Device):
    """Bytes that keep their values. Each read adds 1 to the byte at its address."""

    name: str = "recorder"
    start: int = DEVICE
    size_bytes: int = 0x400
    accesses: list[tuple[str, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.values = bytearray(range(256)) * 4

    def read(self, offset: int, size_bytes: int) -> int:
        value = int.from_bytes(self.values[offset : offset + size_bytes], "little")
        self.accesses.append(("read", offset, size_bytes, value))
        self.values[offset] = (self.values[offset] + 1) % 256
        return value

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        self.accesses.append(("write", offset, size_bytes, value))
        self.values[offset : offset + size_bytes] = value.to_bytes(size_bytes, "little")


FPU_ON = "ldr r0, =0xE000ED88\n ldr r1, =0x00F00000\n str r1, [r0]\n dsb\n isb"
PROGRAM = """
start: {begin}
ldr r4, =0x40000000
ldr r5, =0x40000040
ldr r6, =0x20000100
movs r0, #1
movs r1, #2
movs r2, #3
movs r3, #4
movs r7, #3
again: {body}
subs r7, #1
cmp r7, #0
beq end
ldr r0, =again + 1
bx r0
.ltorg
end: b end
"""
NARROW = (
    "str r2, [r4]",
    "ldr r2, [r4]",
    "ldr r2, [r4, #8]\n str r2, [r6]",
    "ldr r4, [r4]\n ldr r4, =0x40000000",
    "ldrb r2, [r4, #5]\n strb r2, [r4, #6]",
    "ldrh r2, [r4, #4]\n strh r2, [r5, #2]",
    "ldm r4!, {r0-r2}\n subs r4, #12",
    "stm r5!, {r0-r3}\n subs r5, #16",
    "ldm r4, {r0, r4}\n ldr r4, =0x40000000",
    "mov r0, sp\n mov sp, r5\n push {r1-r3}\n pop {r1-r3}\n mov sp, r0",
    "cmp r2, r1\n bls 1f\n str r2, [r4]\n 1:",
)
WIDE = (
    "ldr r2, [r4], #4\n subs r4, #4",
    "ldr r2, [r4, #4]!\n subs r4, #4",
    "str r2, [r5], #4\n subs r5, #4",
    "str r2, [r5, #-4]!\n adds r5, #4",
    "movs r3, #4\n ldrsh.w r2, [r4, r3]",
    "ldrd r2, r3, [r4, #8]",
    "ldrd r4, r3, [r4]\n ldr r4, =0x40000000",
    "strd r2, r3, [r5, #8]!\n subs r5, #8",
    "ldmdb r5!, {r0-r3}\n adds r5, #16",
    "stmdb r5!, {r0-r3}\n adds r5, #16",
    "ldr.w r2, [r4, #1]",
    "str.w r2, [r4, #3]",
    "ldrh.w r2, [r4, #3]",
    "strh.w r2, [r4, #3]",
    "ldrt r2, [r4]",
    "ldrex r0, [r4]\n strex r1, r2, [r4]",
    "cbz r2, 1f\n ldr r2, [r4]\n 1:",
)
CONDITIONAL = (
    "cmp r2, r1\n it {0}\n str{0} r2, [r4]",
    "cmp r2, r1\n it {0}\n ldr{0} r2, [r4]",
    "cmp r2, r1\n itt {0}\n orr{0} r2, r2, #64\n str{0} r2, [r4]",
    "cmp r2, r1\n ite {0}\n str{0} r2, [r4]\n str{1} r3, [r5]",
    "cmp r2, r1\n ite {0}\n ldr{0} r2, [r4]\n ldr{1} r3, [r4]",
    "cmp r2, r1\n itt {0}\n str{0} r2, [r4]\n str{0} r3, [r4]",
    "cmp r2, r1\n itttt {0}\n ldr{0} r2, [r4]\n add{0} r2, #1\n str{0} r2, [r5]\n mov{0} r3, #9",
    "cmp r2, r1\n itt {0}\n ldm{0} r4!, {{r0, r2}}\n sub{0} r4, #8",
    "cmp r2, r1\n itt {0}\n strd{0} r2, r3, [r5], #8\n sub{0} r5, #8",
    "cmp r2, r1\n itt {0}\n ldr{0} r2, [r4], #4\n sub{0} r4, #4",
    "cmp r2, r1\n ittt {0}\n str{0} r2, [r6]\n ldr{0} r3, [r4]\n str{0} r3, [r6, #4]",
    "cmp r2, r1\n itt {0}\n ldrex{0} r0, [r4]\n strex{0} r1, r2, [r4]",
)
FLOAT = (
    "vldr s2, [r4]\n vstr s2, [r5]",
    "vldm r4!, {s2-s4}\n subs r4, #12",
    "vstm r5!, {s0-s2}\n subs r5, #12",
    "vldr d1, [r4, #8]",
    "cmp r2, r1\n it {0}\n vstr{0} s2, [r5]",
)
OPPOSITES = {"eq": "ne", "ne": "eq", "hi": "ls", "ls": "hi", "ge": "lt", "lt": "ge"}
BIT_BAND = "ldr r0, =0x42000000\n ldr r3, [r0, #4]\n movs r1, #1\n str r1, [r0, #8]"


def listed(core: str) -> list[str]:
    """Return the pieces of code that `core` has; conditional ones under one that holds, and one that does not."""
    if core not in V7M:
        return [*NARROW]
    conditional = [*CONDITIONAL, *(FLOAT if core in FLOATS else ())]
    written = [
        piece.format(one, OPPOSITES[one]) if "{0}" in piece else piece
        for piece in conditional
        for one in ("hi", "ls")
    ]
    bits = [BIT_BAND] if core in ("cortex-m3", "cortex-m4") else []
    return list(dict.fromkeys([*NARROW, *WIDE, *written, *bits]))


INTERRUPTED = """
start: {begin}
ldr r0, =0xe000e010
ldr r1, ={ticks}
str r1, [r0, #4]
str r1, [r0, #8]
movs r1, #7
str r1, [r0]
{main}
tick: push {{r4, r5, lr}}
ldr r4, =0x20000400
ldr r5, [r4]
adds r5, #1
str r5, [r4]
pop {{r4, r5, pc}}
"""
"""SysTick interrupts the pieces of code, and counts."""
EXCLUSIVE = ("ldrex", "push")
"""What an interrupt changes: the exclusive monitor, and what is below the stack pointer, here the device's."""


@pytest.fixture
def finish(images: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run pieces of code three times on a chip with a recorder; return its accesses, registers and RAM."""

    def run(core: str, pieces: list[str], *, timing: bool) -> Any:
        recorder = Recorder()
        monkeypatch.setattr(chip, "family_devices", lambda _board, _system: [recorder])
        machine = Machine(make_board(core, wait_states=2), timing=timing)
        machine.load(
            build_image(
                images, PROGRAM.format(begin=FPU_ON if core in FLOATS else "", body="\n".join(pieces)), core
            )
        )
        machine.run_until(machine.symbol("end"))
        registers = [machine.register(f"r{number}") for number in range(16)]
        return recorder.accesses, bytes(recorder.values), registers, machine.read(RAM, 0x200)

    return run


@pytest.mark.parametrize("core", timed_cores())
def test_each_access_happens_once(core: str, finish: Any) -> None:
    timed, plain = (finish(core, listed(core), timing=timing) for timing in (True, False))
    assert timed[0] == plain[0]
    assert timed == plain
    assert len(timed[0]) > 3 * len(listed(core)) / 2  # not all conditions hold


@pytest.mark.parametrize("core", timed_cores())
def test_random_programs_access_devices_in_order(core: str, finish: Any) -> None:
    @settings(
        max_examples=examples(8),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(st.sampled_from(listed(core)), min_size=2, max_size=12))
    def check(pieces: list[str]) -> None:
        assert finish(core, pieces, timing=True) == finish(core, pieces, timing=False)

    check()


@pytest.mark.parametrize("core", timed_cores())
def test_interrupts_neither_lose_nor_repeat_an_access(
    core: str, make_board: Any, build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    monkeypatch.setattr(chip, "family_devices", lambda _board, _system: [recorder])
    pieces = [piece for piece in listed(core) if not any(word in piece for word in EXCLUSIVE)]
    pieces *= 1 if core in V7M else 4  # a short list, which an interrupt would miss
    main = PROGRAM.partition("{begin}")[2].format(body="\n".join(pieces))
    begin = FPU_ON if core in FLOATS else ""
    found = []
    often = 2 if core == "cortex-m7" else 1  # its handler waits for the flash longer than for 61 ticks
    for ticks, timing in ((0xFFFFFF, False), (83 * often, True), (61 * often, True), (71 * often, False)):
        source = program(INTERRUPTED.format(begin=begin, ticks=ticks, main=main), tick=SYSTICK)
        machine = boot(make_board, build, source, core, timing)
        recorder.accesses.clear()
        machine.run_until(machine.symbol("end"))
        kept = [machine.register(f"r{number}") for number in (2, 3, 4, 5, 6)]
        found.append((list(recorder.accesses), bytes(recorder.values), kept))
        interrupts = int.from_bytes(machine.read(0x2000_0400, 4), "little")
        assert (interrupts >= 2) == (ticks < 1000)
    assert all(one == found[0] for one in found)
