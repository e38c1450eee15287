"""Which exception comes when: priorities, masks, enables and levels (ARMv7-M ARM, sections B1.5.4 and B3.4)."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.devices.core.exceptions import SV_CALL, SYS_TICK, Exceptions, Masks
from support.vectors import CORES, ICSR, IRQ0, PENDSV, SVC, SYSTICK, boot, program, registers

SHPR2, ISER, ISPR, STIR = 0xE000ED1C, 0xE000E100, 0xE000E200, 0xE000EF00
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
