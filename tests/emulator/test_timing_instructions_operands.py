"""What scoreboards need to know of instructions: which registers they read, and in what form."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scons_tinyml.emulator.decode import decode_block
from scons_tinyml.emulator.instruction import Instruction
from scons_tinyml.emulator.timing import cortex_m7, cortex_m33
from scons_tinyml.emulator.timing.forms import (
    Form,
    accumulator,
    form_of,
    name_of,
    sets_flags,
    shifted_register,
)
from scons_tinyml.emulator.timing.pipe import Unit


@pytest.fixture(scope="module")
def decode(tmp_path_factory):
    """Assemble one line (with an IT before it if it is conditional) and decode it."""
    folder: Path = tmp_path_factory.mktemp("operands")

    def decode_line(line: str) -> Instruction:
        source, code = folder / "line.s", folder / "line.bin"
        source.write_text(f".syntax unified\n.thumb\n.fpu fpv5-d16\n{line}\n")
        subprocess.run(
            ["arm-none-eabi-as", "-mcpu=cortex-m7", source, "-o", folder / "line.o"],
            check=True,
            capture_output=True,
        )
        subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", folder / "line.o", code], check=True)
        return list(decode_block(0, code.read_bytes()))[-1]

    return decode_line


def registers(mask: int) -> set[int]:
    """Numbers of the bits of a mask."""
    return {number for number in range(16) if mask >> number & 1}


READS = {  # capstone leaves some of these out
    "sxtab r0, r1, r2, ror #8": {1, 2},
    "uxtab16 r0, r1, r2": {1, 2},
    "pkhbt r0, r1, r2, lsl #16": {1, 2},
    "ssat r0, #8, r1": {1},
    "usat16 r0, #8, r1": {1},
    "smlald r0, r1, r2, r3": {0, 1, 2, 3},
    "umaal r0, r1, r2, r3": {0, 1, 2, 3},
    "smlal r0, r1, r2, r3": {0, 1, 2, 3},
    "smlad r0, r1, r2, r3": {1, 2, 3},
    "bfi r0, r1, #2, #3": {0, 1},
    "add.w r9, r10, r11, lsl #2": {10, 11},
    "str.w r0, [r1, r2, lsl #2]": {0, 1, 2},
}


@pytest.mark.parametrize(("line", "expected"), READS.items())
def test_registers_that_are_read(decode, line, expected):
    assert registers(decode(line).reads) == expected


FORMS = {
    "adds r0, r1, r2": Form.SUM,
    "add.w r0, r1, #0x120012": Form.SUM,
    "add.w r0, r1, #0x1fc0": Form.SHIFTED_CONSTANT,
    "mov.w r0, #0x1fc0": Form.SHIFTED_CONSTANT,
    "cmp.w r0, #0x80000000": Form.SHIFTED_CONSTANT,
    "addw r0, r1, #0xff9": Form.SUM,
    "movw r0, #0x1fc0": Form.SUM,
    "and.w r0, r1, #0xff": Form.OTHER,
    "eor.w r0, r1, r2": Form.OTHER,
    "eor.w r0, r1, r2, lsl #3": Form.SHIFTED_LEFT,
    "eor.w r0, r1, r2, ror #3": Form.SHIFTED,
    "lsls r0, r1, #3": Form.SHIFT,
    "it ne\n lslne r0, r1, #3": Form.SHIFT,
    "it eq\n teqeq r0, r1": Form.OTHER,
    "it lt\n smlallt r0, r1, r2, r3": Form.MULTIPLY,
    "mls r0, r1, r2, r3": Form.MULTIPLY,
    "smmulr r0, r1, r2": Form.MULTIPLY,
    "uhadd8 r0, r1, r2": Form.PARALLEL,
    "uqsub16 r0, r1, r2": Form.PARALLEL_SATURATE,
    "qadd r0, r1, r2": Form.PARALLEL_SATURATE,
    "qdadd r0, r1, r2": Form.DOUBLE,
    "sxtb16 r0, r1, ror #8": Form.EXTEND,
    "nop.w": Form.NOTHING,
    "ldr.w r0, [r1, r2, lsl #2]": Form.OTHER,
}


@pytest.mark.parametrize(("line", "expected"), FORMS.items())
def test_forms(decode, line, expected):
    assert form_of(decode(line)) is expected


@pytest.mark.parametrize(
    ("line", "shifted", "into"),
    [
        ("eor.w r0, r1, r9, ror #3", {9}, set()),
        ("pkhbt r0, r1, r2, lsl #16", {2}, set()),
        ("sxtab16 r0, r1, r2, ror #8", {2}, {1}),
        ("bfi r0, r1, #2, #3", {1}, set()),
        ("ubfx r0, r1, #2, #3", {1}, set()),
        ("mla r0, r1, r2, r3", set(), {3}),
        ("smlad r0, r1, r2, r3", set(), {3}),
        ("smlal r0, r1, r2, r3", set(), {0, 1}),
        ("smull r0, r1, r2, r3", set(), set()),
    ],
)
def test_shifted_registers_and_accumulators(decode, line, shifted, into):
    assert (registers(shifted_register(decode(line))), registers(accumulator(decode(line)))) == (
        shifted,
        into,
    )


@pytest.mark.parametrize(
    ("line", "name", "flags"),
    [
        ("subs r0, #1", "subs", True),
        ("it eq\n subeq r0, #1", "sub", False),
        ("muls r0, r1, r0", "muls", True),
        ("mls r0, r1, r2, r3", "mls", False),
        ("tst r0, r1", "tst", True),
        ("lsls r0, r1, #1", "lsls", True),
        ("bics r0, r1", "bics", True),
        ("vabs.f32 s0, s1", "vabs", False),
    ],
)
def test_names_and_flags(decode, line, name, flags):
    assert (name_of(decode(line)), sets_flags(decode(line))) == (name, flags)


def test_double_precision_keeps_the_unit_of_a_cortex_m7_busy(decode):
    cycles = [
        cortex_m7.cost(decode(line)).cycles
        for line in (
            "vadd.f64 d0, d1, d2",
            "vmul.f64 d0, d1, d2",
            "vfma.f64 d0, d1, d2",
            "vdiv.f64 d0, d1, d2",
        )
    ]
    assert cycles == [2, 5, 8, 30]


@pytest.mark.parametrize(
    "line", ["vmrs APSR_nzcv, fpscr", "dsb", "ldm r0, {r1, r2}", "udiv r0, r1, r2", "vldr d0, [r0]"]
)
def test_what_a_cortex_m7_never_pairs(decode, line):
    scoreboard = cortex_m7.cost(decode(line)).scoreboard
    assert scoreboard is not None
    assert scoreboard.unit is Unit.ALONE


@pytest.mark.parametrize("table", [cortex_m7, cortex_m33])
@pytest.mark.parametrize(
    "line", [*READS, *FORMS, "vfma.f32 s0, s1, s2", "pop {r4, pc}", "tbb [pc, r0]", "isb", "bx lr"]
)
def test_every_instruction_is_on_the_scoreboard(decode, table, line):
    instruction = decode(line)
    scoreboard = table.cost(instruction).scoreboard
    assert scoreboard is not None
    first, second, third, fourth = scoreboard.reads
    if instruction.kind.name not in {"SPECIAL_REGISTER", "BARRIER"}:
        assert first | second | third | fourth == instruction.reads
