"""Semihosting: consoles, clocks, exit, and nothing of the computer that runs the emulator."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.errors import FirmwareFault

CALLS = """
.macro ask operation, block
movs r0, #\\operation
ldr r1, =\\block
bkpt 0xAB
.endm
"""
TEXTS = """
.balign 4
name: .asciz ":tt"
path: .asciz "/etc/hostname"
features: .asciz ":semihosting-features"
hello: .asciz "hello"
.balign 4
to_write: .word name, 4, 3
to_read: .word name, 0, 3
to_file: .word path, 0, 13
to_features: .word features, 0, 21
"""


def run(machine, body: str, **options: object) -> Machine:
    made: Machine = machine(f"{CALLS}\nstart: {body}\nend: b end\n.ltorg\n{TEXTS}", **options)
    made.run_until(made.symbol("end"))
    return made


@pytest.mark.parametrize("timing", [True, False])
def test_text_goes_to_its_channel(machine, timing):
    made = run(machine, "ask 4, hello\n ask 3, hello", timing=timing)
    assert (made.take_output("semihosting"), made.take_output("semihosting")) == (b"helloh", b"")


OPEN_AND_WRITE = """
ask 1, to_write
mov r4, r0
ldr r2, =0x20000000
str r4, [r2]
ldr r3, =hello
str r3, [r2, #4]
movs r3, #5
str r3, [r2, #8]
ask 5, 0x20000000
mov r5, r0
ask 9, 0x20000000
mov r6, r0
ask 2, 0x20000000
mov r7, r0
ask 2, 0x20000000
mov r8, r0
ask 0x13, 0
"""


def test_a_console_is_opened_written_and_closed(machine):
    made = run(machine, OPEN_AND_WRITE)
    found = [made.register(name) for name in ("r4", "r5", "r6", "r7", "r8", "r0")]
    assert (found, made.take_output("semihosting")) == ([1, 0, 1, 0, 0xFFFF_FFFF, 9], b"hello")


READ = """
ask 1, to_read
ldr r2, =0x20000000
str r0, [r2]
ldr r3, =0x20000100
str r3, [r2, #4]
movs r3, #8
str r3, [r2, #8]
ask 6, 0x20000000
mov r5, r0
ask 5, 0x20000000
mov r6, r0
ask 7, 0
mov r7, r0
"""


def test_a_console_reads_what_was_sent(machine):
    made = machine(f"{CALLS}\nstart: {READ}\nend: b end\n.ltorg\n{TEXTS}")
    made.send(b"abc")
    made.run_until(made.symbol("end"))
    assert [made.register(name) for name in ("r5", "r6", "r7")] == [5, 8, 0xFFFF_FFFF]
    assert made.read(0x2000_0100, 4) == b"abc\0"


def test_files_are_never_opened(machine):
    made = run(machine, "ask 1, to_file\n mov r4, r0\n ask 0x13, 0")
    assert [made.register("r4"), made.register("r0")] == [0xFFFF_FFFF, 2]


FEATURES = """
ask 1, to_features
ldr r2, =0x20000000
str r0, [r2]
ldr r3, =0x20000100
str r3, [r2, #4]
movs r3, #5
str r3, [r2, #8]
ask 0x0C, 0x20000000
mov r4, r0
ask 6, 0x20000000
mov r5, r0
movs r3, #4
str r3, [r2, #4]
ask 0x0A, 0x20000000
mov r6, r0
"""


def test_the_list_of_features_can_be_read(machine):
    made = run(machine, FEATURES)
    assert [made.register(name) for name in ("r4", "r5", "r6")] == [5, 0, 0]
    assert made.read(0x2000_0100, 5) == b"SHFB\x01"


def test_clocks_are_those_of_the_machine(machine):
    """80 MHz; 800,000 cycles and a few are a hundredth of a second."""
    body = "ldr r4, =266700\n 1: subs r4, #1\n bne 1b\n ask 0x10, 0\n mov r5, r0\n ask 0x31, 0\n mov r6, r0"
    made = run(machine, f"{body}\n ask 0x30, 0x20000000")
    assert [made.register("r5"), made.register("r6")] == [1, 80_000_000]
    assert 800_000 < int.from_bytes(made.read(0x2000_0000, 8), "little") <= made.cycles


def test_command_line_and_heap_are_empty(machine):
    body = "ldr r2, =0x20000000\n ldr r3, =0x20000100\n str r3, [r2]\n movs r3, #9\n str r3, [r2, #4]\n"
    made = run(
        machine, f"{body} str r3, [r2, #0x7c]\n ask 0x15, 0x20000000\n mov r5, r0\n ask 0x16, 0x20000000"
    )
    assert (made.register("r5"), made.read(0x2000_0100, 16)) == (0, bytes(16))
    assert made.read(0x2000_0000, 8) == bytes.fromhex("00010020 00000000")


@pytest.mark.parametrize(("reason", "code"), [("0x20026", 0), ("0x20023", 1)])
def test_exit_ends_the_run(machine, reason, code):
    made = machine(f"{CALLS}\nstart: ask 0x18, {reason}\n movs r7, #1\nend: b end\n.ltorg\n{TEXTS}")
    stop = made.run()
    assert (stop.reason, stop.exit_code, stop.pc - made.symbol("start"), made.register("r7")) == (
        "exit",
        code,
        6,
        0,
    )


def test_exit_extended_gives_its_code(machine):
    made = machine(
        f"{CALLS}\nstart: ask 0x20, block\nend: b end\n.ltorg\n.balign 4\nblock: .word 0x20026, 42\n{TEXTS}"
    )
    assert (made.run().exit_code, made.run(max_instructions=9).reason) == (42, "limit")


def test_ending_before_the_address_is_a_fault(machine):
    made = machine(f"{CALLS}\nstart: ask 0x18, 0x20023\nend: b end\n.ltorg\n{TEXTS}")
    with pytest.raises(FirmwareFault, match=r"ended with exit code 1 without reaching start\+0x6"):
        made.run_until(made.symbol("end"))


def test_unknown_calls_are_refused(machine):
    assert run(machine, "ask 0x77, 0").register("r0") == 0xFFFF_FFFF


def test_a_listener_hears_and_may_end_the_run(machine):
    made = machine(f"{CALLS}\nstart: ask 3, hello\n b start\nend: b end\n.ltorg\n{TEXTS}")
    heard: list[tuple[str, bytes]] = []
    made.on_output = lambda channel, data: heard.append((channel, data))
    stop = made.run(stop_when=lambda: len(heard) == 5, max_instructions=1000)
    assert (stop.reason, heard) == ("asked", [("semihosting", b"h")] * 5)
