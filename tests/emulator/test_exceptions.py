"""Exceptions of the core: entry, return, what is kept, and how long it takes (ARMv7-M ARM, section B1.5)."""

from __future__ import annotations

import pytest

from scons_tinyml.records.errors import FirmwareFault
from support.vectors import CORES, ICSR, PENDSV, SVC, SYSTICK, boot, program, registers

ENTRY = program(
    """
start: ldr r0, =0x11
ldr r1, =0x22
ldr r2, =0x33
ldr r3, =0x44
ldr r4, =0x55
mov r12, r4
ldr r4, =0x66
mov lr, r4
movs r4, #0
cmp r4, #0
svc #7
after: nop
end: b end
svc_handler: mrs r4, ipsr
mrs r5, msp
mov r6, lr
movs r0, #0xEE
str r0, [r5, #4]
bx lr
""",
    svc_handler=SVC,
)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("timing", [True, False])
def test_entry_pushes_a_frame_and_return_pops_it(make_board, build, core, timing):
    made = boot(make_board, build, ENTRY, core, timing)
    made.run_until(made.symbol("svc_handler"))
    frame = [int.from_bytes(made.read(made.register("sp") + 4 * index, 4), "little") for index in range(8)]
    after = made.symbol("after")
    assert frame == [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, after, 0x6100_0000]
    assert made.register("sp") == 0x2000_8000 - 32
    made.run_until(after)
    assert registers(made, "r0", "r1", "r2", "r3", "r12", "lr", "sp") == [
        *(0x11, 0xEE, 0x33, 0x44, 0x55, 0x66),
        0x2000_8000,
    ]
    returns = 0xFFFF_FFB8 if core == "cortex-m33" else 0xFFFF_FFF9
    assert registers(made, "r4", "r5", "r6") == [SVC, 0x2000_8000 - 32, returns]


MISALIGNED = program(
    """
start: sub sp, #4
svc #0
after: nop
end: b end
handler: mrs r5, msp
ldr r6, [r5, #28]
bx lr
""",
    handler=SVC,
)


def test_a_frame_begins_on_a_multiple_of_eight(make_board, build):
    made = boot(make_board, build, MISALIGNED)
    made.run_until(made.symbol("end"))
    assert registers(made, "r5", "sp") == [0x2000_8000 - 40, 0x2000_8000 - 4]
    assert made.register("r6") >> 9 & 1 == 1


PROCESS_STACK = program(
    """
start: ldr r0, =0x20002000
msr psp, r0
movs r0, #{control}
msr control, r0
isb
push {{r0}}
svc #0
after: mrs r7, control
mrs r8, ipsr
end: b end
handler: mrs r4, psp
mrs r5, msp
mov r6, lr
mov r9, sp
mrs r10, control
bx lr
""",
    handler=SVC,
)


@pytest.mark.parametrize("control", [2, 3])
def test_a_thread_may_run_on_its_own_stack_and_without_privilege(make_board, build, control):
    made = boot(make_board, build, PROCESS_STACK.format(control=control))
    made.run_until(made.symbol("end"))
    assert registers(made, "r4", "r5", "r6", "r9") == [0x2000_1FD8, 0x2000_8000, 0xFFFF_FFFD, 0x2000_8000]
    assert registers(made, "r7", "r10", "sp") == [control, control & 1, 0x2000_1FFC]
    assert made.register("r8") == 0


@pytest.mark.parametrize("timing", [True, False])
def test_flags_and_it_state_survive_an_interrupt(make_board, build, timing):
    """The handler ruins the flags; the interrupted code counts how often it took the wrong branch."""
    source = program(
        """
start: ldr r0, =0xE000E010
movs r1, #37
str r1, [r0, #4]
movs r1, #0
str r1, [r0, #8]
movs r1, #7
str r1, [r0]
ldr r4, =0
ldr r5, =5000
loop: cmp r5, r5
ite ne
addne r4, #1
addeq r6, #1
cmp r5, #0
itt mi
addmi r4, #1
addmi r4, #1
subs r5, #1
bne loop
end: b end
tick: adds r7, #1
movs r0, #0
cmp r0, #1
bx lr
""",
        tick=SYSTICK,
    )
    made = boot(make_board, build, source, timing=timing)
    made.run_until(made.symbol("end"))
    assert registers(made, "r4", "r6") == [0, 5000]
    assert made.register("r7") > 1000


FLOAT = program(
    """
start: ldr r0, =0xE000ED88
ldr r1, =0x00F00000
str r1, [r0]
dsb
isb
{first}
svc #0
after: vmov r7, s0
vmrs r8, fpscr
mrs r10, control
end: b end
handler: mov r4, lr
mrs r5, msp
mrs r6, control
{used}
bx lr
""",
    handler=SVC,
)
USES = "vmov.f32 s0, #2.0\n vmov.f32 s15, #2.0\n vcmp.f32 s0, s0"


@pytest.mark.parametrize("used", ["nop", USES])
@pytest.mark.parametrize("timing", [True, False])
def test_floating_point_registers_are_kept_for_who_uses_them(make_board, build, used, timing):
    made = boot(make_board, build, FLOAT.format(first="vmov.f32 s0, #1.0", used=used), timing=timing)
    made.run_until(made.symbol("end"))
    assert registers(made, "r4", "r5", "r6") == [0xFFFF_FFE9, 0x2000_8000 - 104, 0]
    assert registers(made, "r7", "r8", "r10", "sp") == [0x3F80_0000, 0, 4, 0x2000_8000]


def test_who_does_not_use_floating_point_gets_a_small_frame(make_board, build):
    made = boot(make_board, build, FLOAT.format(first="nop", used="nop"))
    made.run_until(made.symbol("after"))
    assert registers(made, "r4", "r5") == [0xFFFF_FFF9, 0x2000_8000 - 32]


LATENCY = program(
    """
start: nop
nop
call: svc #0
after: nop
after2: b after2
.balign 16
handler: nop
second: {body}
out: bx lr
.balign 16
pend: nop
pend2: bx lr
""",
    handler=SVC,
    pend=PENDSV,
)


@pytest.mark.parametrize(
    ("core", "entry", "leave"),
    [
        ("cortex-m0plus", 15, 13),
        ("cortex-m3", 12, 10),
        ("cortex-m4", 12, 10),
        ("cortex-m7", 12, 10),
        ("cortex-m33", 12, 10),
    ],
)
def test_entry_takes_its_cycles(make_board, build, core, entry, leave):
    """From SVC to the end of the handler's first NOP: both take a cycle, or none on cores that issue two at once.

    The Cortex-M7 has tightly coupled memory only: without caches it waits for everything else.
    """

    def tight(core):
        board = make_board(core)
        memory = [
            region.model_copy(update={"kind": "ram", "tightly_coupled": True}) for region in board.memory
        ]
        return board.model_copy(update={"memory": tuple(memory)})

    maker = tight if core == "cortex-m7" else make_board
    made = boot(maker, build, LATENCY.format(body="nop"), core, timing=True)
    seen = {}
    for name in ("call", "second", "out", "after"):
        made.run_until(made.symbol(name))
        seen[name] = made.cycles
    own = (-1, 2) if core in ("cortex-m7", "cortex-m33") else (2, 3)
    assert entry + own[0] <= seen["second"] - seen["call"] <= entry + own[1]
    assert leave - 1 <= seen["after"] - seen["out"] <= leave + 2


def test_chaining_is_shorter_than_leaving_and_entering(make_board, build):
    pends = f"ldr r0, ={ICSR}\n ldr r1, =0x10000000\n str r1, [r0]"
    made = boot(make_board, build, LATENCY.format(body=pends), timing=True)
    seen = {}
    for name in ("out", "pend", "pend2"):
        made.run_until(made.symbol(name))
        seen[name] = made.cycles
    assert 6 <= seen["pend2"] - seen["out"] - 1 - 1 <= 9  # BX and NOP taken off; refill of BX


REFUSED = {
    "vector": (
        program("start: svc #0\nend: b end").replace("handler_missing + 1", "0"),
        "the vector of SVCall is 0",
    ),
    "stack": (
        program("start: ldr r0, =0x20000010\n mov sp, r0\n svc #0\nend: b end\nh: bx lr", h=SVC),
        "stack overflow: SVCall pushes 32 bytes at 0x1ffffff0, where there is no RAM",
    ),
    "masked": (
        program("start: cpsid i\n svc #0\nend: b end\nh: bx lr", h=SVC),
        "SVC where its exception cannot be",
    ),
    "return": (
        program(
            "start: svc #0\nend: b end\nh: movs r0, #5\n msr ipsr, r0\n ldr r0, =0xFFFFFFF9\n bx r0", h=SVC
        ),
        None,
    ),
    "thread": (program("start: ldr r0, =0xFFFFFFF9\n bx r0\nend: b end"), "jump to 0xfffffff8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_entered_or_left_is_a_fault(make_board, build, name):
    source, message = REFUSED[name]
    made = boot(make_board, build, source)
    if message is None:
        made.run_until(made.symbol("end"))
        return
    with pytest.raises(FirmwareFault) as caught:
        made.run_until(made.symbol("end"))
    assert caught.value.problem.startswith(message)
