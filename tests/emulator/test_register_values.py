"""Pointers that code loads from memory: where a trace takes their values from, and that it takes the right ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.test_timing_properties import counts, cut_everywhere, some
from scons_tinyml.emulator.decode import decode_block
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.register_values import RegisterValues, Value
from support.assembly import FLASH, build_image, make_board

SP = 13
# r4 is the stack pointer under another name. Slots hold pointers into flash or RAM whose lower halves may be mixed.
PROGRAM = """
start: sub sp, #64
mov r4, sp
ldr r5, =0x20001000
ldr r6, =0x08000000
add r7, r5, #0x400
stm sp, {{r5, r6, r7}}
add r8, sp, #12
stm r8, {{r5, r6, r7}}
add r8, sp, #24
stm r8, {{r5, r6}}
movs r8, #3
again: {body}
subs r8, #1
beq end
ldr r0, =again + 1
bx r0
.ltorg
end: b end
"""


def traced(build: Any, source: str) -> RegisterValues:
    """What is known behind the code of `source`."""
    image = build(f"start:\n{source}\nend: b end\n.ltorg")
    machine = Machine(make_board("cortex-m4"))
    machine.load(image)
    code = machine.read(FLASH + 8, machine.symbol("end") - FLASH - 8)
    values = RegisterValues()
    for instruction in decode_block(FLASH + 8, code):
        values.after(instruction, conditional=False)
    return values


@pytest.mark.parametrize(
    ("source", "known"),
    [
        ("ldr r0, [sp, #8]", Value(SP, 0, 8)),
        ("ldr r0, [sp, #8]\n adds r0, #4", Value(SP, 4, 8)),
        ("ldr r0, [r1], #4", Value(1, 0, 0)),
        ("adds r1, #4\n ldr r0, [r1, #8]!", Value(1, 0, 12)),
        ("ldr r0, [r1, r2]", None),
        ("ldr r3, [r1]\n ldr r0, [r3]", None),  # a pointer behind a pointer
        ("ldrh r0, [sp, #8]", None),
        ("str r5, [sp, #8]\n ldr r0, [sp, #8]", Value(5)),
        ("adds r5, #2\n str r5, [sp, #8]\n movs r5, #1\n ldr r0, [sp, #8]", Value(5, 2)),
        ("str r5, [sp, #8]\n ldr r0, [sp, #4]", Value(SP, 0, 4)),
        ("str r5, [sp, #8]\n strb r1, [sp, #11]\n ldr r0, [sp, #8]", None),
        ("str r5, [sp, #8]\n str r5, [sp, #6]\n ldr r0, [sp, #8]", None),
        ("str r5, [sp, #8]\n strd r1, r2, [sp, #4]\n ldr r0, [sp, #8]", None),
        ("str r5, [sp, #8]\n str r1, [r2]\n ldr r0, [sp, #8]", None),  # r2 may point there
        ("strb r1, [r2]\n ldr r0, [sp, #8]", None),
        ("strb r1, [r2, r3]\n ldr r0, [r2]", None),
        ("push {r1, r2}\n ldr r0, [sp, #8]", Value(SP, 0, 0)),
        ("push {r1, r2}\n ldr r0, [sp, #4]", None),
        ("vstr s0, [sp, #8]\n ldr r0, [sp, #8]", None),
        ("strex r1, r5, [sp, #8]\n ldr r0, [sp, #8]", None),  # may not store
        ("str r5, [sp, #-4]!\n ldr r0, [sp], #4", Value(5)),
    ],
)
def test_what_a_register_holds(build, source, known):
    assert traced(build, source).known.get(0) == known


def test_a_literal_is_a_word_of_memory(build):
    value = traced(build, "ldr r0, =0x20001234").known[0]
    assert value.delta == 0
    assert value.slot is not None and value.slot % 4 == 0 and value.slot > FLASH


def test_a_store_that_an_it_may_skip_is_no_value(build):
    image = build("start: cmp r1, r2\n it eq\n streq r5, [sp, #8]\n ldr r0, [sp, #8]\nend: b end")
    machine = Machine(make_board("cortex-m4"))
    machine.load(image)
    values = RegisterValues()
    for instruction in decode_block(FLASH + 8, machine.read(FLASH + 8, machine.symbol("end") - FLASH - 8)):
        values.after(instruction, conditional=instruction.mnemonic.startswith("streq"))
    assert 0 not in values.known


POINTERS, SCRATCH = st.sampled_from(["r5", "r6", "r7"]), st.sampled_from(["r0", "r1", "r2"])
SLOTS = st.integers(0, 7).map(lambda number: 4 * number)


@st.composite
def lines(draw) -> str:
    """Loads, stores and uses of pointers, through the stack pointer and its alias."""
    pointer, scratch, slot, other = draw(POINTERS), draw(SCRATCH), draw(SLOTS), draw(SLOTS)
    stack = draw(st.sampled_from(["sp", "r4"]))
    return draw(
        st.sampled_from(
            [
                f"ldr {pointer}, [{stack}, #{slot}]",
                f"str {pointer}, [{stack}, #{slot}]",
                f"strh {pointer}, [{stack}, #{slot}]",
                f"strb {pointer}, [{stack}, #{slot}]",
                f"ldr {scratch}, [{pointer}, #{other}]",
                f"ldr {scratch}, [{pointer}], #4",
                f"ldr {pointer}, [{stack}, #{slot}]\n ldr {scratch}, [{pointer}, #{other}]\n mov {pointer}, r5",
                f"add {pointer}, #{other}",
                f"push {{{pointer}}}\n ldr {scratch}, [{stack}, #{slot}]\n pop {{{pointer}}}",
                f"strd r5, r6, [{stack}, #{min(slot, 24)}]",
                f"cmp {scratch}, {pointer}\n it hi\n strhi {pointer}, [{stack}, #{slot}]",
            ]
        )
    )


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7"])
def test_pointers_are_what_they_are_when_they_are_used(images, bench, core):
    """As many cycles as with every instruction a trace of its own, where each register is read just before."""
    caches = {"size": "128 B", "line": "16 B", "ways": 2}
    board = make_board(core, wait_states=4, line_width_bits=128, data_cache=caches, ram_wait_states=1)

    @some(30)
    @given(st.lists(lines(), min_size=2, max_size=25))
    def check(chosen):
        source = PROGRAM.format(body="\n".join(chosen))
        assert counts(bench(board).finish(source)) == counts(
            cut_everywhere(build_image(images, source, core), board)
        )

    check()


def test_cuts_go_with_the_code_that_they_were_made_for(bench):
    """A factor that turns out not to be a word in memory begins a trace; what an IT skips there later cannot."""
    board = make_board("cortex-m3")
    factor = "start: ldr r4, =0x20000000\n nop\n ldr r3, [r4, #1]\n umull r0, r1, r3, r2\nend: b end"
    skipped = "start: nop\n movs r0, #1\n movs r1, #1\n cmp r0, r1\n it ne\n movne r2, #1\n nop\nend: b end"
    alone = counts(bench(board, timing=True).finish(skipped))
    bench(board).finish(factor)
    assert counts(bench(board).finish(skipped)) == alone
