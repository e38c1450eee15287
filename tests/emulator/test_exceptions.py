"""Exceptions of the core: entry, return, priorities, masks and sleep (ARMv7-M ARM, section B1.5)."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.devices.core.exceptions import SV_CALL, SYS_TICK, Exceptions, Masks
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.errors import FirmwareFault

CORES = ["cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"]
SVC, PENDSV, SYSTICK, IRQ0 = 11, 14, 15, 16
ICSR, SHPR2, SHPR3, ISER, ISPR, STIR = (
    0xE000ED04,
    0xE000ED1C,
    0xE000ED20,
    0xE000E100,
    0xE000E200,
    0xE000EF00,
)


def program(body: str, **handlers: int) -> str:
    """Assembler text with `body` from `start` to `end`, and vectors that point to labels."""
    words = ["handler_missing + 1"] * 30
    for label, number in handlers.items():
        words[number - 2] = f"{label} + 1"
    table = "\n".join(f".word {word}" for word in words)
    types = "\n".join(f".type {label},%function" for label in (*handlers, "handler_missing"))
    return (
        f'.section .vectors,"a"\n{table}\n.text\n{types}\nhandler_missing: b handler_missing\n'
        f".type start,%function\n{body}\n.ltorg\n"
    )


def boot(make_board, build, source: str, core: str = "cortex-m4", timing: bool = False) -> Machine:
    """A machine at the first instruction."""
    made = Machine(make_board(core), timing=timing)
    made.load(build(source, core))
    return made


def registers(machine: Machine, *names: str) -> list[int]:
    return [machine.register(name) for name in names]


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


NESTED = program(
    f"""
start: ldr r0, ={SHPR2}
ldr r1, =0x80000000
str r1, [r0]
ldr r7, =0
svc #0
end: b end
svc_handler: push {{r4, lr}}
ldr r0, ={ICSR}
ldr r1, =0x14000000
str r1, [r0]
isb
lsls r7, #4
adds r7, #{SVC}
pop {{r4, pc}}
tick: lsls r7, #4
adds r7, #{SYSTICK}
mrs r6, ipsr
mov r5, lr
bx lr
pend: lsls r7, #4
adds r7, #{PENDSV}
bx lr
""",
    svc_handler=SVC,
    tick=SYSTICK,
    pend=PENDSV,
)


@pytest.mark.parametrize("core", CORES)
def test_a_more_urgent_exception_interrupts_a_handler(make_board, build, core):
    """SVCall has priority 0x80, PendSV and SysTick 0; of equals the lower number is first."""
    made = boot(make_board, build, NESTED, core)
    made.run_until(made.symbol("end"))
    assert made.register("r7") == (PENDSV << 4 | SYSTICK) << 4 | SVC
    assert made.register("r6") == SYSTICK


def test_equal_priority_waits_for_the_handler_to_end_and_chains(make_board, build):
    source = NESTED.replace("0x80000000", "0x0")
    made = boot(make_board, build, source, timing=True)
    made.run_until(made.symbol("pend"))
    assert made.register("r7") == SVC
    assert made.register("sp") == 0x2000_8000 - 32  # one frame, not two
    made.run_until(made.symbol("end"))
    assert made.register("r7") == (SVC << 4 | PENDSV) << 4 | SYSTICK
    assert made.register("sp") == 0x2000_8000


MASKED = program(
    """
start: ldr r0, =0xE000ED04
ldr r1, =0x10000000
{mask}
str r1, [r0]
movs r2, #100
1: subs r2, #1
bne 1b
masked: mov r3, r7
{unmask}
nop
nop
nop
end: b end
handler: movs r7, #1
mrs r6, primask
bx lr
""",
    handler=PENDSV,
)
MASKS = {
    "primask": ("cpsid i", "cpsie i"),
    "primask by MSR": ("movs r4, #1\n msr primask, r4", "movs r4, #0\n msr primask, r4"),
    "faultmask": ("cpsid f", "cpsie f"),
    "basepri": (
        "ldr r5, =0xE000ED20\n ldr r4, =0x00800000\n str r4, [r5]\n movs r4, #0x80\n msr basepri, r4",
        "movs r4, #0\n msr basepri, r4",
    ),
}


@pytest.mark.parametrize("timing", [True, False])
@pytest.mark.parametrize("name", MASKS)
def test_a_pending_exception_is_taken_when_it_is_unmasked(make_board, build, name, timing):
    mask, unmask = MASKS[name]
    made = boot(make_board, build, MASKED.format(mask=mask, unmask=unmask), timing=timing)
    made.run_until(made.symbol("end"))
    assert registers(made, "r3", "r7", "r6") == [0, 1, 0]


def test_basepri_lets_more_urgent_exceptions_through(make_board, build):
    mask = "ldr r5, =0xE000ED20\n ldr r4, =0x00400000\n str r4, [r5]\n movs r4, #0x80\n msr basepri, r4"
    made = boot(make_board, build, MASKED.format(mask=mask, unmask="nop"))
    made.run_until(made.symbol("end"))
    assert registers(made, "r3", "r7") == [1, 1]


INTERRUPT = program(
    f"""
start: ldr r0, ={ISER}
movs r1, #{{enable}}
str r1, [r0]
{{pend}}
nop
nop
nop
end: b end
first: adds r7, #1
bx lr
fourth: adds r6, #1
mrs r5, ipsr
bx lr
""",
    first=IRQ0,
    fourth=IRQ0 + 3,
)
PENDING = {
    "ISPR": f"ldr r0, ={ISPR}\n movs r1, #9\n str r1, [r0]",
    "STIR": f"ldr r0, ={STIR}\n movs r1, #3\n str r1, [r0]\n movs r1, #0\n str r1, [r0]",
}


@pytest.mark.parametrize("how", PENDING)
@pytest.mark.parametrize(
    ("enable", "taken"), [(0, [0, 0, 0]), (1, [1, 0, 0]), (8, [0, 1, IRQ0 + 3]), (9, [1, 1, IRQ0 + 3])]
)
def test_external_interrupts_need_to_be_enabled(make_board, build, how, enable, taken):
    made = boot(make_board, build, INTERRUPT.format(enable=enable, pend=PENDING[how]))
    made.run_until(made.symbol("end"))
    assert registers(made, "r7", "r6", "r5") == taken


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


SLEEP = program(
    """
start: ldr r0, =0xE000E010
ldr r1, =99999
str r1, [r0, #4]
movs r1, #0
str r1, [r0, #8]
movs r1, #7
str r1, [r0]
{before}
{sleep}
awake: mov r6, r7
{after}
nop
nop
end: b end
tick: adds r7, #1
bx lr
""",
    tick=SYSTICK,
)


@pytest.mark.parametrize("timing", [True, False])
@pytest.mark.parametrize("sleep", ["wfi", "wfe"])
def test_sleep_passes_time_up_to_the_next_interrupt(make_board, build, sleep, timing):
    made = boot(make_board, build, SLEEP.format(before="", sleep=sleep, after=""), timing=timing)
    stop = made.run(until=(made.symbol("end"),))
    assert stop.reason == "address"
    assert registers(made, "r6", "r7") == [1, 1]
    assert made.instructions < 40
    if timing:
        assert 100_000 <= made.cycles < 100_100


def test_a_masked_interrupt_ends_wfi_and_waits(make_board, build):
    made = boot(make_board, build, SLEEP.format(before="cpsid i", sleep="wfi", after="cpsie i"))
    made.run_until(made.symbol("end"))
    assert registers(made, "r6", "r7") == [0, 1]


def test_a_return_sets_the_event_that_the_next_wfe_takes(make_board, build):
    body = "svc #0\n wfe\n movs r5, #1\n wfe"
    made = boot(make_board, build, program(f"start: {body}\nend: b end\nhandler: bx lr", handler=SVC))
    stop = made.run(until=(made.symbol("end"),))
    assert (stop.reason, made.register("r5")) == ("idle", 1)


@pytest.mark.parametrize("timing", [True, False])
def test_sev_is_the_event_that_wfe_waits_for(make_board, build, timing):
    made = boot(make_board, build, program("start: sev\n wfe\n movs r5, #1\n wfe\nend: b end"), timing=timing)
    stop = made.run(until=(made.symbol("end"),))
    assert (stop.reason, made.register("r5"), made.instructions) == ("idle", 1, 4)


def test_yield_goes_on(make_board, build):
    made = boot(make_board, build, program("start: yield\n movs r5, #1\nend: b end"))
    made.run_until(made.symbol("end"))
    assert made.register("r5") == 1


def test_sleep_on_exit(make_board, build):
    body = "ldr r2, =0xE000ED10\n movs r3, #2\n str r3, [r2]"
    made = boot(make_board, build, SLEEP.format(before=body, sleep="wfi", after=""))
    stop = made.run(max_cycles=450_000)
    assert (stop.reason, made.register("r7"), made.register("r6")) == ("limit", 4, 0)


def test_sleep_without_anything_that_could_wake_is_the_end(make_board, build):
    made = boot(make_board, build, program("start: wfi\n nop\nend: b end"))
    stop = made.run()
    assert (stop.reason, stop.pc) == ("idle", made.symbol("start") + 2)
    assert made.run().reason == "idle"


def test_a_program_that_resets_itself_starts_again(make_board, build):
    source = program(
        """
start: ldr r0, =0x20000000
ldr r1, [r0]
cmp r1, #1
beq second
movs r1, #1
str r1, [r0]
ldr r0, =0xE000ED0C
ldr r1, =0x05FA0004
str r1, [r0]
dsb
1: b 1b
second: mov r2, sp
ldr r0, =0xE000E100
ldr r3, [r0]
end: b end
"""
    )
    made = boot(make_board, build, source.replace("start: ldr", "start: push {r4}\n ldr", 1))
    made.run_until(made.symbol("end"))
    assert registers(made, "r2", "r1", "r3") == [0x2000_8000 - 4, 1, 0]


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


def test_priorities_group_and_have_few_bits():
    state = Exceptions(interrupts=8, priority_bits=4)
    state.set_priority(IRQ0, 0x9F)
    state.set_priority(IRQ0 + 1, 0x80)
    assert [state.priority(IRQ0), state.priority(IRQ0 + 1)] == [0x90, 0x80]
    state.enabled |= {IRQ0, IRQ0 + 1}
    state.begin(IRQ0)
    state.pend(IRQ0 + 1)
    assert state.next(Masks()) == IRQ0 + 1
    state.priority_group = 4  # bits 7 to 5 decide who interrupts whom
    assert state.next(Masks()) is None
    state.end(IRQ0)
    assert state.next(Masks()) == IRQ0 + 1


def test_a_level_that_stays_high_is_pending_again():
    state = Exceptions(interrupts=8, priority_bits=4)
    state.enabled.add(IRQ0)
    state.set_line(IRQ0, True)
    state.begin(IRQ0)
    assert state.next(Masks()) is None
    state.end(IRQ0)
    assert state.next(Masks()) == IRQ0
    state.begin(IRQ0)
    state.set_line(IRQ0, False)
    state.end(IRQ0)
    assert state.next(Masks()) is None


def test_interrupts_that_the_chip_does_not_have_are_never_pending():
    state = Exceptions(interrupts=2, priority_bits=4)
    state.pend(IRQ0 + 2)
    state.set_line(IRQ0 + 3, True)
    assert state.pending == set()


def test_wfi_ends_though_primask_is_set():
    state = Exceptions(interrupts=2, priority_bits=4)
    assert not state.wakes(Masks(primask=1))
    state.pend(SYS_TICK)
    assert state.wakes(Masks(primask=1)) and state.next(Masks(primask=1)) is None
    state.begin(SV_CALL)
    assert not state.wakes(Masks(primask=1))


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
