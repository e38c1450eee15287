"""The three transforms of Winograd's F(4x4, 3x3) along one axis, in registers, two lanes of 16 bits at a time.

A register holds `first + 65536 * second` with signs, so that sums, differences and shifts to the left are those of both
lanes. SMLAD wants both as halves of the word, but a negative first lane has borrowed 1 from the second. So 2**15 is
added to what the results of a transform have in common: then the lower half is never negative, and the upper one is
right. Flipping the highest bit of the lower half takes 2**15 away again.
"""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register

LOWER_BYTES = 0x00FF_00FF
"""Mask of a byte in each lane."""
_HIGHEST_BIT = 0x8000


def take_window(asm: Assembler) -> tuple[Register, ...]:
    """Return registers for a column or row of a window; `emit_inputs` leaves results in ascending registers."""
    in0, in1, in3, in4, in2, in5 = asm.take_all("in0", "in1", "in3", "in4", "in2", "in5")
    return in0, in1, in2, in3, in4, in5


def emit_inputs(
    asm: Assembler, window: Sequence[Register], spare: Register, *, halves: bool
) -> list[Register]:
    """Replace six inputs by B times them; return the registers in the order of the results.

    With `halves` the lanes are halves of the words.
    """
    in0, in1, in2, in3, in4, in5 = window
    if halves:
        asm.comment("2^15 for all results: the lower half is then positive, and borrows nothing")
        asm("add", in4, in4, _HIGHEST_BIT)
        asm("add", in5, in5, _HIGHEST_BIT)
    asm.comment("4d0-5d2+d4, d3+d4-4(d1+d2), d4-d3+4(d1-d2), d4-d2+2(d3-d1), d4-d2-2(d3-d1), 4d1-5d3+d5")
    asm("sub", spare, in4, in2)
    asm("sub", in0, in0, in2)
    asm("add", in0, spare, in0, "lsl #2")
    asm("sub", in4, in4, in2, "lsl #2")
    asm("sub", in2, in3, in1)
    asm("sub", in5, in5, in3)
    asm("sub", in5, in5, in2, "lsl #2")
    asm("sub", in3, in3, in1, "lsl #2")
    asm("add", in1, in4, in3)
    asm("sub", in3, in4, in3)
    asm("add", in4, spare, in2, "lsl #1")
    asm("sub", in2, spare, in2, "lsl #1")
    results = [in0, in1, in3, in4, in2, in5]
    _emit_flips(asm, results if halves else ())
    return results


def emit_weights(
    asm: Assembler, taps: Sequence[Register], results: Sequence[Register], *, halves: bool
) -> None:
    """Set `results` to G times three taps, which stay. With `halves` the lanes are halves of the words."""
    tap0, tap1, tap2 = taps
    out0, out1, out2, out3, out4, out5 = results
    asm.comment("6g0, 4(g0+g1+g2), 4(g0-g1+g2), g0+2g1+4g2, g0-2g1+4g2, 12g2")
    asm("add", out0, tap0, tap0, "lsl #1")
    asm("add", out1, tap0, tap2)
    asm("add", out3, tap0, tap2, "lsl #2")
    asm("add", out5, tap2, tap2, "lsl #1")
    if halves:
        asm.comment("2^15 for all results: the lower half is then positive, and borrows nothing")
        for register, shift in ((out0, 1), (out1, 2), (out3, 0), (out5, 2)):
            asm("add", register, register, _HIGHEST_BIT >> shift)
    asm("sub", out2, out1, tap1)
    asm("add", out1, out1, tap1)
    asm("sub", out4, out3, tap1, "lsl #1")
    asm("add", out3, out3, tap1, "lsl #1")
    for register, shift in ((out0, 1), (out1, 2), (out2, 2), (out5, 2)):
        asm("lsl", register, register, shift)
    _emit_flips(asm, results if halves else ())


def emit_outputs(asm: Assembler, sums: Sequence[Register], spare: Register) -> Sequence[Register]:
    """Replace six sums by A times them, in the first four registers."""
    sum0, sum1, sum2, sum3, sum4, sum5 = sums
    asm.comment("m0-m1-m2+m3+m4, m2-m1+2(m3-m4), 4(m3+m4)-m1-m2, m2-m1+8(m3-m4)+2m5")
    asm("add", spare, sum1, sum2)
    asm("sub", sum1, sum1, sum2)
    asm("add", sum2, sum3, sum4)
    asm("sub", sum3, sum3, sum4)
    asm("sub", sum0, sum0, spare)
    asm("add", sum0, sum0, sum2)
    asm("rsb", sum2, spare, sum2, "lsl #2")
    asm("rsb", sum4, sum1, sum3, "lsl #3")
    asm("rsb", sum1, sum1, sum3, "lsl #1")
    asm("add", sum3, sum4, sum5, "lsl #1")
    return sums[:4]


def _emit_flips(asm: Assembler, words: Sequence[Register]) -> None:
    """Take 2**15 away from the lower halves."""
    for word in words:
        asm("eor", word, word, _HIGHEST_BIT)
