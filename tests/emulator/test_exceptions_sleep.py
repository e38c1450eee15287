"""WFI, WFE, SEV and sleep on exit (ARMv7-M ARM, sections B1.5.18 and B1.5.19), and a program that starts again."""

from __future__ import annotations

import pytest

from support.vectors import SVC, SYSTICK, boot, program, registers

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


def test_sev_is_in_the_profile(make_board, build):
    made = boot(make_board, build, program("start: sev\n nop\nend: b end"), timing=True)
    made.follow_calls()
    made.run_until(made.symbol("end"))
    costs = {cost.address: (cost.executions, cost.cycles) for cost in made.profile()}
    assert costs[made.symbol("start")] == (1, 1)
    assert (
        sum(cycles for _, cycles in costs.values())
        == made.cycles
        == sum(path.cycles for path in made.call_paths())
    )


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
