"""Ctrl-C in the midst of a run: one is enough wherever it comes, and the machine can go on as if nothing had been."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from scons_tinyml.emulator import runner
from scons_tinyml.emulator.address_bus import AddressBus
from scons_tinyml.emulator.cycle_clock import CycleClock
from scons_tinyml.emulator.devices.core.semihosting import Semihosting
from scons_tinyml.emulator.engine import Engine
from scons_tinyml.emulator.instruction_filter import InstructionFilter
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.runner import Runner
from scons_tinyml.emulator.schedule import Schedule

#: Reads a clock, loads on conditions, calls, prints over ITM and semihosting, and has SysTick interrupt it all.
PROGRAM = """
.syntax unified
.section .vectors,"a"
.rept 12
.word 0
.endr
.word 0
.word tick + 1
.text
.type start,%function
.type work,%function
.type tick,%function
start: ldr r4, =0xE000E010
movs r0, #211
str r0, [r4, #4]
movs r0, #7
str r0, [r4]
ldr r5, =0x20000100
ldr r6, =0xE0000000
ldr r0, =0xE000EDFC
ldr r1, =0x01000000
str r1, [r0]
ldr r0, =0xE0000E00
movs r1, #1
str r1, [r0]
str r1, [r0, #0x80]
movs r7, #60
again: ldr r1, [r4, #8]
str r1, [r5]
tst r1, #1
itte ne
ldrne r2, [r5]
addne r2, r2, r7
ldreq r2, [r5, #4]
bl work
adds r1, r7, #32
strb r1, [r6]
subs r7, #1
bne again
end: b end
.ltorg
work: push {r4, lr}
udiv r2, r2, r7
str r2, [r5, #8]
movs r0, #3
adr r1, letter
bkpt 0xAB
pop {r4, pc}
tick: ldr r0, =0x20000200
ldr r1, [r0]
adds r1, #1
str r1, [r0]
bx lr
.ltorg
.balign 4
letter: .asciz "x"
"""
FOREVER = "start: b start"
EXIT = "start: movs r0, #0x18\nldr r1, =0x20026\nbkpt 0xAB\nhere: b here\n.ltorg"
LIMIT = 400_000_000  # seconds of native code

PLACES: dict[str, tuple[type, str]] = {
    "new block": (InstructionFilter, "_look"),
    "device": (AddressBus, "_serving"),
    "semihosting": (Semihosting, "call"),
    "event": (Schedule, "run_due"),
    "before native code": (Runner, "_arm"),
    "native code begins": (Engine, "run"),
    "after native code": (Runner, "_after"),
    "discovery": (CycleClock, "_cut_block"),
}


@dataclass
class Signals:
    """How many were sent, and how many ended a run or came to a handler."""

    sent: int = 0
    told: int = 0
    run: bool = False

    def within(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` as one that gets a SIGINT in every third call of a run, if the one before has been told."""
        calls = count(1)

        def call(*arguments: Any, **options: Any) -> Any:
            if self.run and next(calls) % 3 == 0 and self.sent == self.told:
                self.sent += 1
                signal.raise_signal(signal.SIGINT)
            return function(*arguments, **options)

        return call


def finish(made: Machine, signals: Signals) -> Any:
    """Run up to the end, again after every interrupt; everything that it left."""
    heard, signals.run = bytearray(), True
    made.on_output = lambda _, data: heard.extend(data)
    if made.model and not made.instructions:
        made.follow_calls()
    while True:
        try:
            made.run_until(made.symbol("end"))
            break
        except KeyboardInterrupt:
            signals.told += 1
    registers = [made.register(f"r{number}") for number in range(16)]
    costs = (made.profile(), sorted(made.call_paths(), key=str)) if made.model else None
    return made.cycles, made.instructions, heard, registers, made.read(0x2000_0000, 0x300), costs


@pytest.fixture
def expected(machine):
    """What a run leaves that nothing disturbs."""
    return lambda *board, timing=True: finish(machine(PROGRAM, *board, timing=timing), Signals())


@pytest.fixture
def send_within(monkeypatch):
    """Has signals sent in calls of a function of PLACES that are made from now on."""

    def send(place: str, signals: Signals) -> None:
        owner, name = PLACES[place]
        monkeypatch.setattr(owner, name, signals.within(getattr(owner, name)))

    return send


@pytest.mark.parametrize("timing", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_an_interrupt_ends_a_run_and_changes_nothing(machine, expected, send_within, place, timing):
    undisturbed, signals = expected(timing=timing), Signals()
    send_within(place, signals)
    assert finish(machine(PROGRAM, timing=timing), signals) == undisturbed
    assert signals.sent == signals.told
    assert signals.sent > 0 or (place == "discovery" and not timing)


@pytest.mark.parametrize("timing", [True, False])
@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"])
def test_looking_for_signals_changes_nothing(make_board, expected, monkeypatch, core, timing):
    board = make_board(core, wait_states=3, prefetch=True)
    undisturbed = expected(board, timing=timing)
    for instructions in (1, 7, 101):
        monkeypatch.setitem(runner._SLICE_INSTRUCTIONS, timing, instructions)
        assert expected(board, timing=timing) == undisturbed


@pytest.mark.parametrize("timing", [True, False])
def test_native_code_is_interrupted_soon(machine, timing):
    made = machine(FOREVER, timing=timing)
    made.run(max_instructions=10)
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        made.run(max_instructions=LIMIT)
    timer.join()
    assert made.instructions < LIMIT
    assert made.run(max_instructions=10).reason == "limit"


def test_an_end_of_the_firmware_is_told_after_the_interrupt(machine, monkeypatch):
    made, call = machine(EXIT), Semihosting.call
    monkeypatch.setattr(
        Semihosting, "call", lambda *question: signal.raise_signal(signal.SIGINT) or call(*question)
    )
    with pytest.raises(KeyboardInterrupt):
        made.run(max_instructions=100)
    assert made.run(max_instructions=100).reason == "exit"
    assert made.run(max_instructions=100).reason == "limit"


# -- listeners


class Refused(Exception):
    """What a listener may raise."""


@pytest.mark.parametrize("error", [Refused, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("timing", [True, False])
def test_what_a_listener_raises_ends_the_run_and_changes_nothing(machine, expected, timing, error):
    undisturbed = expected(timing=timing)
    made, heard = machine(PROGRAM, timing=timing), bytearray()
    if timing:
        made.follow_calls()

    def hear(_channel: str, data: bytes) -> None:
        heard.extend(data)
        if len(heard) in (10, 11):
            raise error

    made.on_output = hear
    for _ in range(2):
        with pytest.raises(error):
            made.run(max_instructions=100_000)
    assert len(heard) == 11
    kept, made.on_output = bytes(heard), None
    assert made.on_output is None
    found = finish(made, Signals())
    found[2][:0] = kept
    assert found == undisturbed


def test_a_listener_that_waits_is_interrupted_at_once(machine):
    """Here for a pipe that nobody writes to: without an exception Python would go on waiting."""
    reading, writing = os.pipe()
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    rescue = threading.Timer(20, os.close, (writing,))
    made = machine(PROGRAM)
    made.on_output = lambda _channel, _data: os.read(reading, 1) and None
    timer.start()
    rescue.start()
    with pytest.raises(KeyboardInterrupt):
        made.run(max_instructions=100_000)
    assert rescue.is_alive()
    rescue.cancel()
    os.close(reading)


def test_a_listener_that_waits_is_interrupted_by_what_came_just_before(machine, monkeypatch):
    """Between two steps of Python, and not while it waits: nothing else would wake it."""
    reading, writing = os.pipe()
    rescue = threading.Timer(20, os.close, (writing,))
    made = machine(PROGRAM)
    made.on_output = lambda _channel, _data: os.read(reading, 1) and None
    listen = made._interrupts.listen

    def pressed_before(*arguments: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        listen(*arguments)

    monkeypatch.setattr(
        made._channels, "on_output", lambda *said: pressed_before(lambda *_: os.read(reading, 1), *said)
    )
    rescue.start()
    with pytest.raises(KeyboardInterrupt):
        made.run(max_instructions=100_000)
    assert rescue.is_alive()
    rescue.cancel()
    os.close(reading)


def test_outside_of_a_run_a_listener_raises_through(machine):
    made = machine(PROGRAM)
    made.run_until(made.symbol("again"))

    def refuse(_channel: str, _data: bytes) -> None:
        raise Refused

    made.on_output = refuse
    with pytest.raises(Refused):
        made.write(0xE000_0000, b"a\0\0\0")


# -- handlers


@pytest.fixture
def handler():
    """Sets the handler of SIGINT; the one from before is there again after the test."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda new: signal.signal(signal.SIGINT, new)
    signal.signal(signal.SIGINT, before)


def during(made: Machine) -> list[Any]:
    """Handlers of SIGINT in the midst of a run and after it."""
    seen: list[Any] = []
    made.on_output = lambda _channel, _data: seen.append(signal.getsignal(signal.SIGINT))
    made.run_until(made.symbol("end"))
    return [seen[0], signal.getsignal(signal.SIGINT)]


@pytest.mark.parametrize("given", [signal.SIG_DFL, signal.SIG_IGN])
def test_a_signal_that_python_does_not_handle_is_left_alone(machine, handler, given):
    handler(given)
    assert during(machine(PROGRAM)) == [given, given]


def test_a_handler_is_there_again_after_the_run(machine):
    inside, after = during(machine(PROGRAM))
    assert (inside != after, after) == (True, signal.default_int_handler)


def test_a_handler_that_was_put_there_meanwhile_stays(machine, handler):
    made, own = machine(PROGRAM), [lambda *_: None]
    made.on_output = lambda *_: handler(own[0]) and None
    made.run_until(made.symbol("end"))
    assert signal.getsignal(signal.SIGINT) is own[0]


def test_other_threads_leave_signals_alone(machine):
    """Only the main thread can set handlers, and Python calls them there."""
    seen: list[Any] = []
    made = machine(PROGRAM)
    thread = threading.Thread(target=lambda: seen.extend(during(made)))
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler] * 2


def test_a_handler_that_returns_lets_the_run_go_on(machine, expected, send_within, handler):
    undisturbed, signals = expected(), Signals()

    def tell(_number: int, _frame: object) -> None:
        signals.told += 1

    handler(tell)
    send_within("device", signals)
    assert finish(machine(PROGRAM), signals) == undisturbed
    assert signals.sent == signals.told > 0


def test_a_handler_may_raise_what_it_likes(machine, handler):
    def refuse(_number: int, _frame: object) -> None:
        raise Refused

    handler(refuse)
    made = machine(PROGRAM)
    made.on_output = lambda *_: signal.raise_signal(signal.SIGINT)
    with pytest.raises(Refused):
        made.run(max_instructions=100_000)
    assert signal.getsignal(signal.SIGINT) is refuse
