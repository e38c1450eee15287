"""Decoded instructions against what Unicorn changes when it executes them."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.decode import decode_block
from scons_tinyml.emulator.instruction import PC, SP, Kind, MemoryOperand

SOURCE = """
start: {body}
end: b end
.ltorg
"""
INSTRUCTIONS = [
    "movs r0, #1",
    "adds r7, r4, r5",
    "add.w r7, r4, r5, lsl #2",
    "mul r7, r4, r5",
    "mla r7, r4, r5, r6",
    "umull r0, r1, r4, r5",
    "smlal r0, r1, r4, r5",
    "umaal r0, r1, r4, r5",
    "smlad r7, r4, r5, r6",
    "sdiv r7, r4, r5",
    "ldr r7, [r0]",
    "ldr r7, [r0, #-4]!",
    "ldr r7, [r0], #4",
    "ldrsb r7, [r0, r4]",
    "ldrd r4, r5, [r0], #8",
    "ldm r0!, {r4, r5}",
    "ldmdb r0!, {r4, r5}",
    "ldmdb r0, {r4, r5}",
    "pop {r4, r5}",
    "str r7, [r0, #4]!",
    "strd r4, r5, [r0]",
    "stm r0!, {r4, r5}",
    "stmdb r0!, {r4, r5}",
    "push {r4, r5}",
    "bfi r7, r4, #1, #3",
    "movt r7, #0x1234",
    "ldr r7, =0x12345678",
    "vldr s3, [r0]",
    "vldr d3, [r0]",
    "vldm r0!, {s4-s6}",
    "vpop {d1}",
    "vpush {d1}",
    "vstr s3, [r0]",
    "vadd.f32 s0, s1, s2",
    "vmla.f32 s0, s1, s2",
    "vmov s3, r0",
    "vmov r7, s3",
    "vmov r4, r5, s0, s1",
    "vsqrt.f32 s0, s1",
]


@pytest.mark.parametrize("body", INSTRUCTIONS)
def test_only_the_registers_that_are_written_change(machine, body):
    made = machine(SOURCE.format(body=body), timing=False)
    made.write(0xE000_ED88, bytes.fromhex("0000f000"))  # CPACR: the FPU is on
    start = made.symbol("start")
    instruction = next(decode_block(start, made.read(start, 8)))
    for number in range(13):
        made.set_register(f"r{number}", 0x2000_1000 + 64 * number)
    made.set_register("r4", 64)
    before = [made.register(f"r{number}") for number in range(15)]
    made.write(0x2000_0000, bytes(range(251)) * 160)
    made.run_until(made.symbol("end"))
    changed = sum(1 << n for n in range(15) if made.register(f"r{n}") != before[n])
    assert changed & ~instruction.writes == 0
    if not instruction.kind.name.startswith("FP") and instruction.size_bytes == 2:
        assert instruction.writes & ~changed & ~(1 << PC) == 0


def decode_one(machine, body: str):
    made = machine(SOURCE.format(body=body), timing=False)
    start = made.symbol("start")
    return start, next(decode_block(start, made.read(start, 8)))


OPERANDS = {
    "ldr r7, [r0, #8]": (Kind.LOAD, MemoryOperand(0, 8), 1),
    "ldr r7, [r0], #8": (Kind.LOAD, MemoryOperand(0, 0), 1),
    "ldr r7, [r0, #-8]!": (Kind.LOAD, MemoryOperand(0, -8), 1),
    "ldrb r7, [r0, r1, lsl #2]": (Kind.LOAD, MemoryOperand(0, 0, 1, 2, 1), 1),
    "ldrsh r7, [r0, #-3]": (Kind.LOAD, MemoryOperand(0, -3, width_bytes=2), 1),
    "strh r7, [r0, r1]": (Kind.STORE, MemoryOperand(0, 0, 1, 0, 2), 1),
    "ldrd r4, r5, [r0, #8]": (Kind.LOAD_DOUBLE, MemoryOperand(0, 8), 2),
    "push {r4-r6, lr}": (Kind.STORE_MULTIPLE, MemoryOperand(SP, -16), 4),
    "pop {r4-r6}": (Kind.LOAD_MULTIPLE, MemoryOperand(SP, 0), 3),
    "ldmdb r0!, {r4-r6}": (Kind.LOAD_MULTIPLE, MemoryOperand(0, -12), 3),
    "stm r0!, {r4-r6}": (Kind.STORE_MULTIPLE, MemoryOperand(0, 0), 3),
    "vldr s0, [r0, #4]": (Kind.LOAD, MemoryOperand(0, 4), 1),
    "vldr d0, [r0, #4]": (Kind.LOAD, MemoryOperand(0, 4), 2),
    "vpush {d0-d1}": (Kind.STORE_MULTIPLE, MemoryOperand(SP, -16), 4),
    "tbh [r0, r1, lsl #1]": (Kind.TABLE_BRANCH, MemoryOperand(0, 0, 1, 1, 2), 1),
    "strexb r7, r6, [r0]": (Kind.STORE, MemoryOperand(0, 0, width_bytes=1), 1),
}


@pytest.mark.parametrize("body", OPERANDS)
def test_memory_operands(machine, body):
    _, instruction = decode_one(machine, body)
    assert (instruction.kind, instruction.memory, instruction.registers) == OPERANDS[body]


def test_literals_are_absolute(machine):
    start, instruction = decode_one(machine, "ldr r7, =0x12345678")
    assert instruction.memory == MemoryOperand(PC, start + 4)
    assert instruction.address_reads == 0


def test_blocks_end_where_nothing_falls_through(machine):
    def count(body: str) -> int:
        made = machine(SOURCE.format(body=body + "\n nop\n nop"), timing=False)
        start = made.symbol("start")
        return len(list(decode_block(start, made.read(start, 12))))

    assert [count(body) for body in ("bx lr", "b end", "pop {pc}", "tbb [r0, r1]", "nop\n bx lr")] == [
        1,
        1,
        1,
        1,
        2,
    ]
    assert count("bne end") > 2
    assert count("it eq\n bxeq lr") > 3  # may fall through


@pytest.mark.parametrize(
    ("body", "needs"),
    [
        ("smlad r0, r1, r2, r3", "dsp"),
        ("uxtab r0, r1, r2", "dsp"),
        ("sxtb.w r8, r1", None),
        ("vmov s0, r0", "fpu"),
    ],
)
def test_optional_instructions_say_what_they_need(machine, body, needs):
    assert decode_one(machine, body)[1].needs == needs
