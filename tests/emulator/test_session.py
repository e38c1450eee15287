"""Runs of firmware: where measuring begins, what ends a run, and scripts that talk to it; on a fake machine."""

from __future__ import annotations

import threading

import pytest

from scons_tinyml.emulator.deadline import Deadline
from scons_tinyml.emulator.profile.counts import CallPath, InstructionCost
from scons_tinyml.emulator.script import read_script
from scons_tinyml.emulator.session import Outcome, RunRequest, run_session
from scons_tinyml.records.errors import FirmwareFault, InputError, LimitReached, ScriptFailed
from support.fake_machine import MAIN, WORK, FakeMachine, Tick

ENTRY = 0x0800_0000
PROGRAM = [
    Tick(ENTRY, 10, stack=(ENTRY,)),
    *(
        Tick(address, cycles, stack=(ENTRY, MAIN) if address < WORK else (ENTRY, MAIN, WORK))
        for _ in range(3)
        for address, cycles in ((MAIN, 1), (MAIN + 4, 2), (WORK, 3), (WORK + 2, 4))
    ),
    Tick(ENTRY + 2, 5, exit_code=0, stack=(ENTRY,)),
]


@pytest.fixture
def machine(make_board):
    return lambda ticks, **options: FakeMachine(ticks, make_board(), **options)


def test_a_whole_run(machine):
    assert run_session(machine(PROGRAM), RunRequest()) == Outcome(
        reason="exit",
        pc=ENTRY + 2,
        exit_code=0,
        instructions=14,
        cycles=45,
        stack_bytes=None,
        profile=None,
        problem=None,
    )


@pytest.mark.parametrize(("given", "code"), [(3, 3), (0xFFFF_FFFF, -1), (0x8000_0000, -(2**31))])
def test_exit_codes_are_numbers_of_c(machine, given, code):
    assert run_session(machine([Tick(MAIN, exit_code=given)]), RunRequest()).exit_code == code


def test_without_timing_there_are_no_cycles(machine):
    outcome = run_session(machine(PROGRAM, model=None), RunRequest())
    assert (outcome.instructions, outcome.cycles) == (14, None)


@pytest.mark.parametrize(
    ("plan", "reason", "instructions", "cycles"),
    [
        (RunRequest(until=frozenset({WORK})), "address", 3, 13),
        (RunRequest(measure_from=MAIN), "exit", 13, 35),
        (RunRequest(measure_from=WORK, until=frozenset({MAIN})), "address", 2, 7),
        (RunRequest(measure_from=MAIN, until=frozenset({MAIN})), "address", 4, 10),
        (RunRequest(measure_from=MAIN, until=frozenset({ENTRY, WORK})), "address", 2, 3),
    ],
    ids=["until", "from", "from until", "one round", "what is until before from does not count"],
)
def test_beginning_and_end(machine, plan, reason, instructions, cycles):
    outcome = run_session(machine(PROGRAM), plan)
    assert (outcome.reason, outcome.instructions, outcome.cycles) == (reason, instructions, cycles)


def test_the_profile_is_of_the_measured_part(machine):
    plan = RunRequest(measure_from=WORK, until=frozenset({ENTRY + 2}), profile=True)
    profile = run_session(machine(PROGRAM), plan).profile
    assert profile.costs == (
        InstructionCost(MAIN, 2, 2),
        InstructionCost(MAIN + 4, 2, 4),
        InstructionCost(WORK, 3, 9),
        InstructionCost(WORK + 2, 3, 12),
    )
    assert profile.paths == (CallPath((ENTRY, MAIN), 6, 4), CallPath((ENTRY, MAIN, WORK), 21, 6))
    assert (profile.cycles, profile.instructions, profile.cycles_outside) == (27, 10, 0)


def test_a_beginning_that_is_never_reached(machine):
    outcome = run_session(machine(PROGRAM), RunRequest(measure_from=MAIN + 2))
    assert isinstance(outcome.problem, InputError)
    assert str(outcome.problem) == (
        "fake.elf: main+0x2, where the measurement was to begin, was never reached: the run ended before (exit)"
    )


@pytest.mark.parametrize(
    ("plan", "limit", "instructions"),
    [(RunRequest(max_instructions=5), "5 instructions", 5), (RunRequest(max_cycles=20), "20 cycles", 5)],
)
def test_limits(machine, plan, limit, instructions):
    outcome = run_session(machine(PROGRAM), plan)
    assert (outcome.reason, outcome.instructions) == ("limit", instructions)
    assert isinstance(outcome.problem, LimitReached)
    assert str(outcome.problem) == f"fake.elf: the limit of {limit} was reached (pc 0x08000100 in main+0x0)"
    assert outcome.problem.exit_code == 4


def test_limits_count_from_reset(machine):
    outcome = run_session(machine(PROGRAM), RunRequest(measure_from=WORK, max_instructions=5))
    assert (outcome.reason, outcome.instructions) == ("limit", 2)


@pytest.mark.parametrize(
    ("raised", "reason"),
    [(FirmwareFault("undefined instruction"), "fault"), (KeyboardInterrupt(), "interrupted")],
)
def test_what_breaks_a_run_keeps_its_counts(machine, monkeypatch, raised, reason):
    made = machine(PROGRAM)

    def run(**_):
        made.cycles, made.instructions = 7, 3
        raise raised

    monkeypatch.setattr(made, "run", run)
    outcome = run_session(made, RunRequest())
    assert (outcome.reason, outcome.cycles, outcome.instructions) == (reason, 7, 3)
    assert outcome.problem is (raised if reason == "fault" else None)


# -- scripts

SERVER = [
    Tick(ENTRY, prints=b"m-re"),
    Tick(ENTRY + 2, prints=b"ady\n"),
    Tick(MAIN, waits_for=b"name%", prints=b"m-name-"),
    Tick(MAIN + 2, prints=b"[x]\nm-ready\n"),
    Tick(MAIN + 4, waits_for=b"\xff", prints=b"bye"),
    Tick(MAIN + 6, exit_code=3),
]
TALK = r"""
expect "m-ready\n"
send "name%"
timeout 100 ms
expect "m-name-["
expect "m-ready"
send hex ff
"""


@pytest.fixture
def play(machine, tmp_path):
    """Play a script against ticks; the outcome and all output."""

    def run(text, ticks, **plan):
        path = tmp_path / "talk.txt"
        path.write_text(text)
        made, heard = machine(ticks), bytearray()
        made.on_output = lambda _, data: heard.extend(data)
        return run_session(made, RunRequest(script=read_script(path), **plan)), bytes(heard), made

    return run


def test_a_script_talks_and_ends_the_run(play):
    outcome, heard, made = play(TALK, SERVER)
    assert (outcome.reason, outcome.problem, made.sent) == ("script", None, b"name%\xff")
    assert heard == b"m-ready\nm-name-[x]\nm-ready\n"


def test_a_script_can_let_the_firmware_end(play):
    outcome, heard, _ = play(f"{TALK}wait exit", SERVER)
    assert (outcome.reason, outcome.exit_code, outcome.problem) == ("exit", 3, None)
    assert heard.endswith(b"bye")


def test_waiting_is_in_time_of_the_board(play):
    """1000 cycles a second; an instruction takes 2."""
    outcome, _, made = play("wait 50 ms", SERVER)
    assert (outcome.reason, made.cycles) == ("script", 50)


@pytest.mark.parametrize(
    ("script", "ticks", "message"),
    [
        (
            'timeout 20 ms\nexpect "never"',
            SERVER,
            ":2: waits for 'never': it did not come in 0.02 s\n  the last output is 'm-ready\\n'",
        ),
        (
            'expect "m-ready\\n"\nexpect "m-name"',
            [*SERVER[:2], Tick(MAIN, sleeps=True, waits_for=b"!")],
            ":2: waits for 'm-name': the firmware sleeps, and no interrupt will wake it\n"
            "  there was no output since the step before",
        ),
        (
            'expect "more"',
            [Tick(ENTRY, prints=b"a\xff"), Tick(ENTRY, exit_code=0)],
            ":1: waits for 'more': the firmware has ended\n  the last output is 'a\\\\xff'",
        ),
        (
            'wait exit\nexpect "more"',
            [Tick(ENTRY, exit_code=0)],
            ":2: waits for 'more': the firmware has ended\n  there was no output since the step before",
        ),
    ],
)
def test_a_script_that_waits_in_vain(play, tmp_path, script, ticks, message):
    outcome, _, _ = play(script, ticks)
    assert outcome.reason == "script"
    assert isinstance(outcome.problem, ScriptFailed)
    assert str(outcome.problem) == f"{tmp_path / 'talk.txt'}{message}"
    assert outcome.problem.exit_code == 4


def test_a_limit_names_the_line_that_waits(play):
    outcome, _, _ = play('send "x"\nexpect "never"', SERVER, max_instructions=100)
    assert str(outcome.problem).startswith(
        f"{outcome.problem.where}: waits for 'never': the limit of 100 instructions was reached (pc 0x08000100"
    )
    assert outcome.problem.where.endswith("talk.txt:2")


def test_what_was_printed_before_the_end_still_counts(play):
    ticks = [Tick(ENTRY, prints=b"a"), Tick(ENTRY, prints=b"b"), Tick(ENTRY, exit_code=0)]
    outcome, _, _ = play('wait 1 s\nexpect "a"\nexpect "b"', ticks)
    assert (outcome.reason, outcome.exit_code, outcome.problem) == ("exit", 0, None)


def test_firmware_that_sleeps_is_woken_by_what_is_sent(play):
    ticks = [Tick(MAIN, sleeps=True, waits_for=b"!", prints=b"awake"), Tick(MAIN, exit_code=0)]
    outcome, _, _ = play('wait 10 ms\nsend "!"\nexpect "awake"', ticks)
    assert (outcome.reason, outcome.problem) == ("script", None)


def test_a_script_ends_where_the_plan_does(play):
    outcome, _, _ = play('expect "m-ready"\nwait 1 s', SERVER, until=frozenset({MAIN}))
    assert (outcome.reason, outcome.pc) == ("address", MAIN)


def test_measuring_begins_in_the_midst_of_a_script(play):
    outcome, _, made = play(TALK, SERVER, measure_from=MAIN + 2)
    assert outcome.cycles == 2
    assert made.cycles > 2


def test_the_timer_of_a_deadline_ends_with_it():
    """A thread that outlives its run may free the machine while Python ends."""
    before = threading.active_count()
    for _ in range(20):
        with Deadline(3600, lambda: 0.0, lambda: None):
            assert threading.active_count() == before + 1
        assert threading.active_count() == before
