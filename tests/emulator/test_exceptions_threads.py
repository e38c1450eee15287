"""SysTick, PendSV and SVCall together, as an operating system uses them."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.machine import Machine
from support.vectors import CORES, PENDSV, SVC, SYSTICK, boot, program

THREADS = program(
    """
.equ current, 0x20000000
.equ stacks, 0x20000004
.equ counts, 0x20000010
start: ldr r0, =0x20002000
ldr r1, =first
bl prepare
ldr r2, =stacks
str r0, [r2]
ldr r0, =0x20003000
ldr r1, =second
bl prepare
ldr r2, =stacks
str r0, [r2, #4]
ldr r0, =0xE000ED20
ldr r1, =0x00FF0000
str r1, [r0]
ldr r0, =0xE000E010
ldr r1, =499
str r1, [r0, #4]
movs r1, #0
str r1, [r0, #8]
movs r1, #7
str r1, [r0]
svc #0
.type prepare,%function
prepare: movs r3, #32
subs r0, r3
ldr r3, =0x01000000
str r3, [r0, #28]
str r1, [r0, #24]
movs r3, #32
subs r0, r3
bx lr
.type first,%function
first: ldr r4, =0x11111111
movs r5, #0
b loop
.type second,%function
second: ldr r4, =0x22222222
movs r5, #4
loop: ldr r6, =counts
adds r6, r5
ldr r7, [r6]
adds r7, #1
str r7, [r6]
ldr r0, =0x11111111
lsrs r1, r5, #2
adds r1, #1
muls r0, r1
cmp r0, r4
beq loop
end: b end
supervise: ldr r0, =stacks
ldr r0, [r0]
b resume
tick: ldr r0, =0xE000ED04
ldr r1, =0x10000000
str r1, [r0]
bx lr
switch: mrs r0, psp
movs r1, #32
subs r0, r1
mov r1, r0
stmia r1!, {r4-r7}
mov r2, r8
mov r3, r9
stmia r1!, {r2, r3}
mov r2, r10
mov r3, r11
stmia r1!, {r2, r3}
ldr r2, =current
ldr r3, [r2]
ldr r1, =stacks
str r0, [r1, r3]
movs r0, #4
eors r3, r0
str r3, [r2]
ldr r0, [r1, r3]
resume: ldmia r0!, {r4-r7}
ldmia r0!, {r2, r3}
mov r8, r2
mov r9, r3
ldmia r0!, {r2, r3}
mov r10, r2
mov r11, r3
msr psp, r0
ldr r0, =0xFFFFFFFD
bx r0
""",
    supervise=SVC,
    tick=SYSTICK,
    switch=PENDSV,
)


@pytest.mark.parametrize("timing", [True, False])
@pytest.mark.parametrize("core", CORES)
def test_an_operating_system_switches_between_threads(make_board, build, core, timing):
    """SysTick asks for PendSV, which swaps the stacks; a thread whose registers changed would end the run."""
    made = boot(make_board, build, THREADS, core, timing)
    stop = made.run(until=(made.symbol("end"),), max_cycles=50_000)
    counts = [int.from_bytes(made.read(0x2000_0010 + 4 * index, 4), "little") for index in range(2)]
    assert stop.reason == "limit"
    assert min(counts) > 300 and max(counts) < 1.2 * min(counts)


@pytest.mark.parametrize("timing", [True, False])
def test_interrupts_come_at_the_same_instruction_in_every_run(make_board, build, timing):
    def counts(made: Machine) -> tuple[object, ...]:
        made.write(0x2000_0000, bytes(64))
        stop = made.run(max_cycles=20_000)
        return stop, made.cycles, made.instructions, made.read(0x2000_0000, 64)

    made = boot(make_board, build, THREADS, timing=timing)
    first = counts(made)
    made.reset()
    assert counts(made) == first
    assert counts(boot(make_board, build, THREADS, timing=timing)) == first
