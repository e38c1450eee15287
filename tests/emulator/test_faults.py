"""Faults are told as such: what, where, in which function and line, and what the core would have done."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.image import Image
from scons_tinyml.emulator.instruction_filter import instructions, is_double, is_float, may_be_dsp
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.stack import Stack
from scons_tinyml.records.errors import FirmwareFault

TIMING = pytest.mark.parametrize("timing", [True, False])


def fault_of(made: Machine) -> FirmwareFault:
    with pytest.raises(FirmwareFault) as caught:
        made.run_until(made.symbol("end"), max_instructions=100_000)
    assert caught.value.exit_code == 4
    return caught.value


FPU_OFF = """
start: nop
b 1f
1: nop
bad: vmov.f32 s0, #1.0
end: b end
"""


@TIMING
def test_floating_point_before_the_fpu_is_on(machine, timing):
    made = machine(FPU_OFF, timing=timing)
    problem = fault_of(made)
    assert problem.problem.startswith("floating-point instruction while the FPU is off (UsageFault NOCP)")
    assert f"pc 0x{made.symbol('bad'):08x}" in problem.problem
    assert problem.hint is not None
    assert problem.hint.endswith("the core would enter HardFault: UsageFault is not enabled")


FPU_SWITCHED = """
start: ldr r0, =0xE000ED88
ldr r1, =0x00F00000
str r1, [r0]
isb
bl float
movs r1, #0
str r1, [r0]
isb
bl float
end: b end
.type float,%function
float: vmov.f32 s0, #1.0
bx lr
.ltorg
"""


@TIMING
def test_the_fpu_may_be_switched_off_again(machine, timing):
    made = machine(FPU_SWITCHED, timing=timing)
    made.run_until(made.symbol("float"))
    made.run_until(made.symbol("float") + 4)
    assert "in float+0x0" in fault_of(made).problem


def test_a_float_in_code_that_is_not_reached_is_no_fault(machine):
    made = machine("start: movs r0, #1\n cmp r0, #1\n beq end\n vmov.f32 s0, #1.0\nend: b end")
    made.run_until(made.symbol("end"))


@TIMING
def test_options_that_the_chip_lacks(make_board, build, timing):
    """Unicorn's Cortex-M3 executes DSP instructions."""
    made = Machine(make_board("cortex-m3"), timing=timing)
    made.load(build("start: nop\n nop\n smlad r0, r1, r2, r3\n end: b end"))
    problem = fault_of(made)
    assert problem.problem.startswith("undefined instruction 'smlad r0, r1, r2, r3': none has no DSP (pc")
    assert "start+0x4" in problem.problem


OVERFLOWS = {
    "push": ("start: bl deeper\nend: b end\ndeeper: push {r0-r7, lr}\n bl deeper", "write of 4 bytes"),
    "frame": (
        "start: ldr r0, =0x20000040\n mov sp, r0\n sub sp, #256\n str r0, [sp, #4]\nend: b end",
        "write of 4 bytes at 0x1fffff44 with the stack pointer at 0x1fffff40",
    ),
    "read": (
        "start: ldr r0, =0x20000040\n mov sp, r0\n sub sp, #256\n ldr r0, [sp, #4]\nend: b end",
        "read of 4 bytes at 0x1fffff44 with the stack pointer at 0x1fffff40",
    ),
}


@TIMING
@pytest.mark.parametrize("name", OVERFLOWS)
def test_a_stack_that_leaves_its_memory(machine, name, timing):
    source, message = OVERFLOWS[name]
    problem = fault_of(machine(f"{source}\n.ltorg", timing=timing))
    assert problem.problem.startswith(f"stack overflow: {message}")


LIMITED = """
.global __stack_limit
__stack_limit = 0x20007F00
.global __stack_top
__stack_top = 0x20008000
start: ldr r4, =0
bl deeper
end: b end
.type deeper,%function
deeper: push {{r4, lr}}
adds r4, #1
cmp r4, #{depth}
bge 1f
bl deeper
1: pop {{r4, pc}}
.ltorg
"""


@TIMING
def test_a_stack_that_grows_into_other_data(machine, timing):
    """31 calls leave 8 of 256 bytes; the linker script says where the stack ends."""
    fits = machine(LIMITED.format(depth=31), timing=timing)
    Stack(0x2000_7F00, 0x2000_8000).paint(fits)
    fits.run_until(fits.symbol("end"))
    made = machine(LIMITED.format(depth=64), timing=timing)
    problem = fault_of(made)
    assert problem.problem.startswith(
        "stack overflow, noticed here: its last bytes, at 0x20007f00, were overwritten"
    )


def test_stack_limit_registers_of_armv8m(make_board, build):
    body = "ldr r0, =0x20007FF0\n msr msplim, r0\n push {r0-r3}\n bad: push {r0}"
    made = Machine(make_board("cortex-m33"), timing=False)
    made.load(build(f"start: {body}\nend: b end\n.ltorg", "cortex-m33"))
    problem = fault_of(made)
    assert problem.problem.startswith("stack overflow: below MSPLIM or PSPLIM")
    assert f"pc 0x{made.symbol('bad'):08x}" in problem.problem


@TIMING
def test_cores_that_cannot_access_unaligned_words(make_board, build, timing):
    source = "start: ldr r0, =0x20000001\n bad: ldr r1, [r0]\nend: b end\n.ltorg"
    made = Machine(make_board("cortex-m0plus"), timing=timing)
    made.load(build(source, "cortex-m0plus"))
    problem = fault_of(made)
    assert problem.problem.startswith("unaligned access, which this core cannot make")
    assert f"pc 0x{made.symbol('bad'):08x}" in problem.problem


DEVICES = {
    "gap in a page": ("0xE000ED98 + 0x3000", "where the emulator knows no device"),
    "no device": ("0x40000000", "where the emulator knows no device"),
    "nothing": ("0xA0000000", "where there is no memory"),
}


@TIMING
@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("access", ["ldr r1, [r0]", "str r1, [r0]"])
def test_registers_that_no_device_has(machine, name, access, timing):
    address, message = DEVICES[name]
    made = machine(
        f"start: nop\n ldr r0, ={address}\n nop\n bad: {access}\n nop\nend: b end\n.ltorg", timing=timing
    )
    problem = fault_of(made)
    assert message in problem.problem
    assert f"pc 0x{made.symbol('bad'):08x}" in problem.problem


@TIMING
def test_unknown_devices_read_as_zero_and_are_kept(machine, timing):
    made = machine(
        "start: ldr r0, =0x40000000\n movs r1, #5\n str r1, [r0, #8]\n ldr r1, [r0, #8]\n ldrb r2, [r0, #13]\n"
        " ldr r0, =0xE000ED00\n ldr r3, [r0]\nend: b end\n.ltorg",
        timing=timing,
        unknown_devices=True,
    )
    for _ in range(2):
        made.run_until(made.symbol("end"))
        assert (made.register("r1"), made.register("r2")) == (0, 0)
        assert made.register("r3")  # CPUID is that of the core
        found = [(one.address, one.reads, one.writes) for one in made.unknown_registers()]
        assert found == [(0x4000_0008, 1, 1), (0x4000_000C, 1, 0)]
        assert {made.image.place(one.pc).partition("+")[0] for one in made.unknown_registers()} == {"start"}
        made.reset()


def test_without_the_option_there_is_a_way_out(machine):
    problem = fault_of(machine("start: ldr r0, =0x40000000\n ldr r1, [r0]\nend: b end\n.ltorg"))
    assert str(problem.hint).startswith("`tinyml run --unknown-devices` lets such reads give 0")


def test_an_enabled_fault_names_its_handler(machine):
    enable = "ldr r0, =0xE000ED24\n ldr r1, =0x00070000\n str r1, [r0]"
    made = machine(f"start: {enable}\n udf #1\nend: b end\n.ltorg")
    assert str(fault_of(made).hint).endswith("the core would enter UsageFault")


def test_the_line_of_the_source_is_told(make_board, tmp_path):
    source = tmp_path / "broken.c"
    source.write_text("void start(void)\n{\n    *(volatile int *)0x60000000 = 1;\n    for (;;) {}\n}\n")
    (tmp_path / "link.ld").write_text(
        "SECTIONS { .text 0x08000000 : { LONG(0x20008000) LONG(start) *(.text*) } }"
    )
    elf = tmp_path / "broken.elf"
    command = ["arm-none-eabi-gcc", "-g", "-O1", "-mcpu=cortex-m4", "-mthumb", "-nostdlib"]
    subprocess.run([*command, f"-T{tmp_path / 'link.ld'}", str(source), "-o", str(elf)], check=True)
    made = Machine(make_board())
    made.load(elf)
    with pytest.raises(FirmwareFault, match=r"in start\+0x\w+, .*broken\.c:3\)"):
        made.run(max_instructions=100)


ENCODINGS = {
    "nop": ("00bf", (False, False, False)),
    "vmov.f32 s0, #1.0": ("b7ee000a", (True, False, False)),
    "vldr d0, [sp]": ("9ded000b", (True, False, False)),
    "vmov d0, r0, r1": ("41ec100b", (True, False, False)),
    "vadd.f64 d0, d1, d2": ("31ee020b", (True, True, False)),
    "vcvt.f64.f32 d0, s0": ("b7eec00a", (True, True, False)),
    "vselge.f64 d0, d1, d2": ("21fe020b", (True, True, False)),
    "smull r0, r2, r1, r3": ("81fb0302", (False, False, True)),
    "smlad r1, r2, r2, r1": ("22fb0211", (False, False, True)),
    "pkhbt r0, r0, r1": ("c0ea0100", (False, False, True)),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_kinds_of_instructions(name):
    encoding, kinds = ENCODINGS[name]
    code = bytes.fromhex(f"{encoding} 00bf")
    (_, first, second), (offset, *_) = instructions(code)
    assert (is_float(first, second), is_double(first, second), may_be_dsp(first)) == kinds
    assert offset == len(code) - 2


DOUBLE = """
start: ldr r0, =0xE000ED88
ldr r1, =0x00F00000
str r1, [r0]
isb
vmov.f32 s0, #1.5
vcvt.f64.f32 d1, s0
vadd.f64 d1, d1, d1
vcvt.f32.f64 s0, d1
vmov r2, s0
end: b end
.ltorg
"""


@pytest.mark.parametrize("double", [True, False])
def test_double_precision_is_an_option(make_board, build, double):
    features = ("fpu", "fpu_double", "dsp") if double else ("fpu", "dsp")
    made = Machine(make_board("cortex-m7").model_copy(update={"features": features}), timing=False)
    made.load(build(f".fpu fpv5-d16\n{DOUBLE}", "cortex-m7"))
    if double:
        made.run_until(made.symbol("end"))
        assert made.register("r2") == 0x4040_0000
    else:
        assert fault_of(made).problem.startswith(
            "undefined instruction 'vcvt.f64.f32 d1, s0': none has no FPU for"
        )


def test_a_fault_outside_of_any_function_has_a_place():
    teller = FaultTeller(Image(Path("firmware.bin")), ())
    assert str(teller.fault("it broke", 0x1234)) == "firmware.bin: it broke (pc 0x00001234 in 0x00001234)"
