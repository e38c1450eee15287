"""Cycles of single instructions and short sequences at zero wait states, with the manual's section.

A sequence is measured between two labels, the second on an instruction after it; what comes before it makes the
fetch queue full, so that only the rule at hand counts.
"""

from __future__ import annotations

import pytest

BOTH = ("cortex-m3", "cortex-m4")

#: r0 to r3 and r6 are RAM addresses, r4 = 8, r5 = 3; a slow multiply-free prelude lets the fetch unit run ahead.
PRELUDE = """
start: ldr r0, =0x20000100
ldr r1, =0x20000200
ldr r2, =0x20000300
ldr r3, =0x20000400
ldr r6, =0x20000500
movs r4, #8
movs r5, #3
.balign 4
{setup}
push {{r0-r7}}
nop
nop
nop
nop
.balign 4
before: {body}
after: nop
nop
1: b 1b
.balign 4
target: nop
nop
b 1b
bx_target: bx lr
.balign 4
literal: .word 5
.ltorg
"""


def cycles(machine, board, body: str, setup: str = "nop", end: str = "after") -> int:
    """Cycles of `body`, which must flow or jump to `after` (or to label `end`, one instruction later)."""
    made = machine(PRELUDE.format(body=body, setup=setup), board)
    made.run_until(made.symbol("before"))
    start = made.cycles
    made.run_until(made.symbol(end))
    return made.cycles - start


DATA_PROCESSING = {  # DDI 0337I and DDI 0439D, table 3-1: 1 cycle
    "movs r7, #1": 1,
    "add.w r7, r4, r5, lsl #2": 1,
    "mul r7, r4, r5": 1,
    "muls r5, r4, r5": 1,
    "clz r7, r4": 1,
    "ssat r7, #8, r4": 1,
    "ubfx r7, r4, #1, #3": 1,
    "bfi r7, r4, #1, #3": 1,
    "sxtb r7, r4": 1,
    "rev r7, r4": 1,
    "movw r7, #0x1234": 1,
    "cmp r4, r5": 1,
    "nop": 1,
    "adds r7, r4, r5\n adds r7, r7, r5\n adds r7, r7, r5": 3,
}

MEMORY = {  # table 3-1 and section 3.3.2 (M3), 3.3.3 (M4)
    "ldr r7, [r0]": 2,
    "ldrb r7, [r0, #3]": 2,
    "ldrsh r7, [r0, r4]": 2,
    "ldr r7, [r0]\n ldr r4, [r1]": 3,
    "ldr r7, [r0]\n ldr r4, [r1]\n ldr r5, [r2]": 4,
    "ldr r7, [r0]\n nop\n ldr r4, [r1]": 5,
    "ldr r7, [r0]\n adds r7, #1": 3,
    "ldr r7, [r0, r4]\n str r7, [r3, #20]": 2,  # the manual's example has 3; jnk0le and cmemu measured 2
    "ldr r7, [r0, r4]\n str r1, [r3, r4]": 3,
    "str r4, [r0]": 1,
    "str r4, [r0, #4]!": 1,
    "str r4, [r0, r5]": 2,
    "str r4, [r0]\n str r4, [r1]\n str r4, [r2]": 3,
    "str r4, [r0]\n ldr r7, [r1]": 4,  # jnk0le, cmemu: its address waits for the data of the store
    "str r4, [r0]\n nop\n ldr r7, [r1]": 4,
    "ldr r7, [r6, r4]\n ldr r7, literal": 4,  # cmemu: the system bus and DCode do not overlap
    "ldr r7, literal\n ldr r7, literal": 3,
    "adds r0, #4\n ldr r7, [r0]": 4,  # no forwarding path from data processing to an address
    "adds r0, #4\n nop\n ldr r7, [r0]": 4,
    "adds r0, #4\n str r7, [r1]": 2,
    "adds r7, r4, r5\n str r7, [r1]": 2,
    "ldrd r4, r5, [r0]": 3,
    "strd r4, r5, [r0]": 3,
    "ldm r0!, {r4, r5, r7}": 4,
    "stm r0!, {r4, r5, r7}": 4,
    "push {r4-r7}": 5,
    "pop {r4-r7}": 5,
    "ldr r7, [r1]\n ldm r0, {r4, r5}": 5,  # LDM does not pipeline
    "ldm r0, {r4, r5}\n ldr r7, [r1]": 5,
    "ldr r7, [r0, #1]": 4,  # byte-aligned word: two more
    "ldr r7, [r0, #2]": 3,  # halfword-aligned word: one more
    "ldrh r7, [r0, #1]": 3,
    "ldrh r7, [r0, #2]": 2,
    "str r7, [r0, #1]": 1,  # hidden by the write buffer
}

BRANCHES = {  # table 3-1: 1 + P, P from 1 to 3
    "b after\n nop\n nop\n .balign 4": 2,
    "cmp r4, r4\n beq after\n nop\n .balign 4": 3,
    "cmp r4, r4\n bne target": 2,
    "cbz r4, after\n": 1,
    "cbnz r4, after\n nop\n nop\n .balign 4": 3,  # DDI 0337G table 15-3: known when it executes
    "ldr r7, =after + 1\n bx r7\n nop\n nop\n .balign 4": 2 + 3,  # the same
    "ldr r7, =after + 1\n mov pc, r7\n nop\n .balign 4": 2 + 3,
    "bl bx_target": 2 + 2,  # the same: BX LR is known while it decodes
    "ldr r7, =after + 1\n push {r7}\n pop {pc}\n nop\n .balign 4": 2 + 2 + 2 + 2,
    "ldr pc, =after + 1\n nop\n nop\n .balign 4": 2 + 3,  # 3.3.2: at least five cycles
    "movs r7, #0\n nop\n tbb [pc, r7]\n .byte 2, 0\n .balign 4": 2 + 6,  # 3.3.2: at least six cycles
}


@pytest.mark.parametrize("core", BOTH)
@pytest.mark.parametrize(("body", "expected"), (DATA_PROCESSING | MEMORY).items())
def test_straight_line(machine, make_board, core, body, expected):
    assert cycles(machine, make_board(core), body) == expected


@pytest.mark.parametrize("core", BOTH)
@pytest.mark.parametrize(("body", "expected"), BRANCHES.items())
def test_branches(machine, make_board, core, body, expected):
    """A refill is charged to the instruction at the target, so the nop at `after` is part of the measurement."""
    source = PRELUDE.replace("after: nop\nnop", "after: nop\nbeyond: nop")
    made = machine(source.format(body=body, setup="nop"), make_board(core))
    made.run_until(made.symbol("before"))
    start = made.cycles
    made.run_until(made.symbol("beyond"))
    assert made.cycles - start == expected + 1


def test_loads_with_write_back(machine, make_board):
    """DDI 0337I 3.3.2: not pipelined on the Cortex-M3; DDI 0439D 3.3.3 does not say so of the Cortex-M4."""
    body = "ldr r7, [r0], #4\n ldr r5, [r0], #4"
    assert [cycles(machine, make_board(core), body) for core in BOTH] == [4, 3]


MULTIPLIES = {  # body: (Cortex-M3 table 3-1, Cortex-M4 table 3-1)
    "mla r7, r4, r5, r6": (2, 1),
    "mls r7, r4, r5, r6": (2, 1),
    "umull r0, r1, r4, r5": (3, 1),  # both factors below 65536
    "umull r0, r1, r4, r6": (4, 1),
    "umull r0, r1, r6, r6": (5, 1),
    "umlal r0, r1, r4, r5": (3, 1),
    "umlal r0, r1, r6, r5": (5, 1),
    "smull r0, r1, r4, r5": (3, 1),
    "smlal r0, r1, r6, r3": (7, 1),
}


@pytest.mark.parametrize(("body", "expected"), MULTIPLIES.items())
def test_multiplies(machine, make_board, body, expected):
    assert tuple(cycles(machine, make_board(core), body) for core in BOTH) == expected


#: Factors, and cycles of UMULL, SMULL, UMLAL, SMLAL on the Cortex-M3: of each class one of the pairs that cmemu
#: measured on an STM32F100. Classes: upper half 0 or not, lower half 0 or not, sign.
FACTORS = [
    ("0", "0x80000001", (3, 3, 3, 3)),
    ("0x10000", "0", (3, 3, 3, 3)),
    ("0xffff", "0x1234", (3, 3, 3, 3)),
    ("7", "0x10000", (4, 4, 5, 5)),
    ("0x12345", "7", (4, 4, 5, 5)),
    ("7", "-7", (4, 5, 5, 6)),
    ("-7", "7", (4, 4, 5, 5)),
    ("0x20000", "0x40000", (3, 3, 5, 5)),
    ("0x20000", "0x40001", (4, 4, 6, 6)),
    ("0x20001", "0x40001", (5, 5, 7, 7)),
    ("0x20000", "0x80000000", (3, 4, 5, 6)),
    ("0x80000000", "0x20001", (4, 4, 6, 6)),
    ("-65536", "-65536", (3, 4, 5, 6)),
    ("0x20001", "-65536", (4, 5, 6, 7)),
    ("-3", "-5", (5, 5, 7, 7)),
]


@pytest.mark.parametrize(("first", "second", "expected"), FACTORS)
def test_long_multiplies_take_longer_for_longer_factors(machine, make_board, first, second, expected):
    setup = f"ldr r4, ={first}\n ldr r5, ={second}"
    board, names = make_board("cortex-m3"), ("umull", "smull", "umlal", "smlal")
    found = [cycles(machine, board, f"{name} r0, r1, r4, r5", setup) for name in names]
    assert tuple(found) == expected


#: Dividend, divisor, instruction, cycles on both: table 3-1 gives 2 to 12. compendium.i-0.nl and cmemu measured
#: how they depend on the lengths of the operands.
DIVISIONS = [
    ("#0", "#7", "udiv", 2),
    ("#3", "#7", "udiv", 3),
    ("#5", "#7", "udiv", 5),
    ("#7", "#0", "udiv", 2),
    ("#7", "#7", "udiv", 5),
    ("#15", "#1", "udiv", 5),
    ("#16", "#1", "udiv", 6),
    ("#240", "#1", "udiv", 6),
    ("#0xffffffff", "#1", "udiv", 12),
    ("#0xffffffff", "#1", "sdiv", 5),
    ("#0x80000000", "#1", "sdiv", 12),
    ("#0x80000000", "#2", "sdiv", 12),
    ("#0x80000000", "#-1", "sdiv", 12),
    ("#0x80000000", "#-245281267", "sdiv", 5),  # 31 bits by 28; of 32 bits it would be 6
    ("#-240", "#1", "sdiv", 6),
    ("#15", "#-1", "sdiv", 6),  # -1 has no bits, 1 has one
    ("#15", "#1", "sdiv", 5),
    ("#0x40000000", "#0x80000000", "sdiv", 5),
    ("#-64", "#-128", "sdiv", 5),
    ("#64", "#128", "sdiv", 3),
    ("#-3", "#-7", "sdiv", 3),
]


@pytest.mark.parametrize("core", BOTH)
@pytest.mark.parametrize(("dividend", "divisor", "name", "expected"), DIVISIONS)
def test_division_takes_longer_for_a_longer_quotient(
    machine, make_board, core, dividend, divisor, name, expected
):
    setup = f"ldr r0, ={dividend.removeprefix('#')}\n ldr r1, ={divisor.removeprefix('#')}"
    assert cycles(machine, make_board(core), f"{name} r2, r0, r1", setup) == expected


#: Full access in CPACR (DDI 0439D section 7.3).
ENABLE_FPU = "ldr r7, =0xe000ed88\n mov r3, #0xf00000\n str r3, [r7]\n ldr r3, =0x20000400"

FLOATING_POINT = {  # DDI 0439D, table 7-1 and its notes
    "vadd.f32 s0, s1, s2": 1,
    "vmul.f32 s0, s1, s2": 1,
    "vcvt.f32.s32 s0, s1": 1,
    "vcmp.f32 s0, s1": 1,
    "vmrs APSR_nzcv, fpscr": 1,
    "vmov s0, r0": 1,
    "vmov r0, s0": 1,
    "vmov r0, r1, s0, s1": 2,
    "vmla.f32 s0, s1, s2": 3,
    "vfma.f32 s0, s1, s2": 3,
    "vldr s0, [r0]": 2,
    "vldr d0, [r0]": 3,
    "vldm r0, {s0-s3}": 5,
    "vstr s0, [r0]": 1,
    "vpush {s0-s3}": 5,
    "vadd.f32 s0, s1, s2\n vadd.f32 s3, s4, s5": 2,
    "vadd.f32 s0, s1, s2\n vadd.f32 s3, s0, s5": 3,  # result consumed by the next instruction
    "vadd.f32 s0, s1, s2\n nop.w\n vadd.f32 s3, s0, s5": 3,
    "vmla.f32 s0, s1, s2\n vmla.f32 s0, s3, s4": 7,
    "vdiv.f32 s0, s1, s2": 1,  # no further floating-point instruction
    "vdiv.f32 s0, s1, s2\n vadd.f32 s3, s4, s5": 15,
    "vsqrt.f32 s0, s1\n adds r0, #1\n adds r1, #1\n vadd.f32 s3, s4, s5": 15,
}


@pytest.mark.parametrize(("body", "expected"), FLOATING_POINT.items())
def test_floating_point(machine, make_board, body, expected):
    assert cycles(machine, make_board(), body, ENABLE_FPU) == expected


IT_BLOCKS = {  # body (r4 = 8, so eq after cmp r4, r4): cycles, instructions
    "cmp r4, r4\n it eq\n moveq r7, #1": (2, 3),  # folded behind a narrow instruction
    "cmp.w r4, r4\n it eq\n moveq r7, #1": (3, 3),
    "cmp r4, r4\n it ne\n movne r7, #1": (2, 3),
    "cmp r4, r4\n ite ne\n ldrne r7, [r0]\n moveq r7, #1": (3, 4),  # no access, 1 cycle
    "cmp r4, r4\n ite eq\n ldreq r7, [r0]\n movne r7, #1": (4, 4),
    "cmp r4, r4\n ittt ne\n ldrne r7, [r0]\n ldrne r7, [r1]\n ldrne r7, [r2]": (4, 5),
    "cmp r4, r4\n itt ne\n addne r0, #4\n bne target": (3, 4),
}


@pytest.mark.parametrize("core", BOTH)
@pytest.mark.parametrize(("body", "expected"), IT_BLOCKS.items())
def test_it_blocks(machine, make_board, core, body, expected):
    """What an IT skips costs one cycle and no access; it is accounted for when the next instruction is."""
    source = PRELUDE.replace("after: nop\nnop", "after: nop\nbeyond: nop")
    made = machine(source.format(body=body, setup="nop"), make_board(core))
    made.run_until(made.symbol("before"))
    cycles_before, instructions_before = made.cycles, made.instructions
    made.run_until(made.symbol("beyond"))
    assert (made.cycles - cycles_before - 1, made.instructions - instructions_before - 1) == expected


#: Wide instructions off word boundaries: each needs two words, and frees one as it starts to execute. Behind an
#: instruction of several cycles the queue is full and the third waits: compendium.i-0.nl, eprint.iacr.org/2025/523.
WIDE_RUNS = {
    "nop\n" + "add.w r7, r4, r5\n" * 2 + "nop": 4,
    "nop\n" + "add.w r7, r4, r5\n" * 7 + "nop": 9,
    "nop\n" + "str.w r7, [r0]\n" * 4 + "nop": 6,
    "ldr r7, [r0]\n" + "add.w r7, r4, r5\n" * 2 + "nop": 5,
    "ldr r7, [r0]\n" + "add.w r7, r4, r5\n" * 3 + "nop": 7,
    "ldr r7, [r0]\n" + "add.w r7, r4, r5\n" * 7 + "nop": 11,
    "push {r4, r5}\n" + "str.w r7, [r0]\n" * 2 + "nop": 6,
    "push {r4, r5}\n" + "str.w r7, [r0]\n" * 3 + "nop": 8,
    "push {r4, r5}\n" + "str.w r7, [r0]\n" * 4 + "nop": 9,
    "add.w r7, r4, r5\n" * 7: 7,  # aligned
}


@pytest.mark.parametrize("core", BOTH)
@pytest.mark.parametrize(("body", "expected"), WIDE_RUNS.items())
def test_unaligned_wide_instructions(machine, make_board, core, body, expected):
    assert cycles(machine, make_board(core), body) == expected


def test_branch_to_an_unaligned_wide_instruction_takes_one_more(machine, make_board):
    source = "start: nop\n nop\n b wide\n nop\n {pad} wide: add.w r0, r0, r1\n end: nop\n 1: b 1b"

    def total(pad: str) -> int:
        made = machine(source.format(pad=pad), make_board())
        made.run_until(made.symbol("end"))
        return made.cycles

    assert total("nop\n") - total("") in {1, -1}
    assert total("nop\n nop\n") == total("")
