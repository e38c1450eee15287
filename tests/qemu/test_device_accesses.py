"""Accesses of a device, conditional ones above all: as QEMU makes them, with timing and without.

The device is the NVIC, which all cores have: what is written to ISER adds to it, what is written to ICER takes away.
So an access that is lost, or in another order, leaves other bits.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from scons_tinyml.emulator.machine import Machine
from support.qemu import TARGETS, Target, build_for, is_installed, run_in_qemu

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs qemu-system-arm")

NARROW = (
    "str r2, [r4]",
    "ldr r2, [r4]",
    "str r3, [r5]\n ldr r3, [r4]",
    "ldm r4!, {r0-r2}\n subs r4, #12",
    "ldr r4, [r4]\n ldr r4, =0xE000E100",
    "stm r5!, {r2}\n subs r5, #4",
    "cmp r2, r1\n bls 1f\n str r2, [r4]\n 1:",
)
WIDE = (
    "ldr r2, [r4], #4\n subs r4, #4",
    "str r2, [r5], #4\n subs r5, #4",
    "ldrd r2, r3, [r4]",
    "strd r2, r3, [r5]",
    "ldr r2, [r4, #4]!\n subs r4, #4",
    "cbz r2, 1f\n str r2, [r5]\n 1:",
    "tbb [pc, r7]\n .byte (2f - 1f) / 2, (3f - 1f) / 2\n 1:\n 2: str r3, [r4]\n 3: ldr r2, [r4]",
)
CONDITIONAL = (
    "cmp r2, r1\n it {0}\n str{0} r3, [r4]",
    "cmp r2, r1\n it {0}\n ldr{0} r2, [r4]",
    "cmp r2, r1\n itt {0}\n orr{0} r2, r2, #64\n str{0} r2, [r4]",
    "cmp r2, r1\n ite {0}\n str{0} r2, [r4]\n str{1} r3, [r5]",
    "cmp r2, r1\n ite {0}\n ldr{0} r2, [r4]\n ldr{1} r3, [r4]",
    "cmp r2, r1\n itt {0}\n str{0} r2, [r4]\n str{0} r3, [r5]",
    "cmp r2, r1\n itttt {0}\n ldr{0} r2, [r4]\n lsl{0} r2, #1\n str{0} r2, [r5]\n mov{0} r3, #9",
    "cmp r2, r1\n itt {0}\n ldm{0} r4!, {{r0, r2}}\n sub{0} r4, #8",
    "cmp r2, r1\n itt {0}\n strd{0} r2, r3, [r5], #8\n sub{0} r5, #8",
    "cmp r2, r1\n itt {0}\n ldr{0} r2, [r4], #4\n sub{0} r4, #4",
    "cmp r2, r1\n ittt {0}\n str{0} r2, [r6]\n ldr{0} r3, [r4]\n str{0} r3, [r6, #4]",
    "cmp r2, r1\n itete {0}\n str{0} r2, [r4]\n ldr{1} r2, [r4]\n str{0} r3, [r5]\n str{1} r2, [r5]",
)
OPPOSITES = {"hi": "ls", "ls": "hi", "eq": "ne", "ne": "eq"}
LOGGED = "str r2, [r6]\n str r3, [r6, #4]\n ldr r0, [r4]\n str r0, [r6, #8]\n adds r6, #12"
"""After each piece: its two registers, and what the device holds."""
SOURCE = r"""
#include <stdint.h>
extern uint32_t stack_top[];
void start(void);
__attribute__((section(".vectors"), used)) static void *const vectors[16] = {stack_top, start};
static uint32_t log[1024];
static uint32_t semihosting(uint32_t operation, const void *parameter)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
__attribute__((naked, noinline)) static uint32_t *accesses(uint32_t *to)
{
    (void)to;
    __asm volatile(".syntax unified\n push {r4-r7, lr}\n mov r6, r0\n cpsid i\n"
        "ldr r4, =0xE000E100\n ldr r5, =0xE000E180\n movs r7, #1\n"
%s
        "mov r0, r6\n pop {r4-r7, pc}\n .ltorg");
}
void start(void)
{
    const uint32_t *const end = accesses(log);
    for (const uint32_t *word = log; word < end; ++word) {
        uint32_t sum = *word;
        for (int32_t shift = 28; shift >= 0; shift -= 4) {
            semihosting(0x03, &"0123456789abcdef"[sum >> shift & 15]);
        }
        semihosting(0x03, " ");
    }
    const uint32_t exit[2] = {0x20026, 0};
    semihosting(0x20, exit);
}
"""


def pieces(core: str) -> list[str]:
    """Return the pieces of code that `core` has; conditional ones under conditions that hold, and that do not."""
    if core == "cortex-m0plus":
        return [*NARROW] * 4
    conditional = [piece.format(one, OPPOSITES[one]) for piece in CONDITIONAL for one in OPPOSITES]
    return [*NARROW, *WIDE, *conditional, *NARROW]


STEPS = ((1, 53), (2, 97), (3, 31))


def values(number: int) -> str:
    """Return code that gives r1, r2 and r3 other values for each piece, so that conditions hold and do not."""
    return "\n".join(
        f"movs r{register}, #{(number + 3) * step % 251}" for register, step in ((1, 53), (2, 97), (3, 31))
    )


@pytest.fixture(scope="module", params=TARGETS, ids=lambda target: target.core)
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Target, Path]:
    target: Target = request.param
    folder = tmp_path_factory.mktemp("accesses")
    lines = [
        line.strip()
        for number, piece in enumerate(pieces(target.core))
        for line in f"{values(number)}\n{piece}\n{LOGGED}".splitlines()
    ]
    body = "\n".join(f'"{line}\\n"' for line in lines)
    (folder / "accesses.c").write_text(SOURCE % body)
    return target, build_for(target, folder / "accesses.c", folder)


@pytest.mark.parametrize("timing", [False, True])
def test_devices_are_accessed_as_in_qemu(image: tuple[Target, Path], timing: bool) -> None:
    target, elf = image
    theirs = run_in_qemu(target.machine, elf)
    machine = Machine(target.board, timing=timing)
    machine.load(elf)
    assert machine.run().reason == "exit"
    words = theirs.output.split()
    assert machine.take_output("semihosting").split() == words
    assert len(words) == 3 * len(pieces(target.core))
    changes = sum(before != after for before, after in pairwise(words[2::3]))
    assert changes >= 10  # the bits of the device come and go
