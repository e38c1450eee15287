"""The three transforms of Winograd's F(4x4, 3x3) along one axis, in registers, two lanes of 16 bits at a time.

A register holds `first + 65536 * second` with signs, so that sums, differences and shifts to the left are those of both
lanes. Before it is stored for SMLAD its upper half is mended: a negative first lane has borrowed 1 from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register

_SIGN = 0x8000


def take_window(asm: Assembler) -> tuple[Register, ...]:
    """Return registers for a column or row of a window; `emit_inputs` leaves results in ascending registers."""
    in0, in1, in3, in4, in2, in5 = asm.take_all("in0", "in1", "in3", "in4", "in2", "in5")
    return in0, in1, in2, in3, in4, in5


def emit_inputs(asm: Assembler, window: Sequence[Register], spare: Register) -> list[Register]:
    """Replace six inputs by B times them; return the registers in the order of the results."""
    in0, in1, in2, in3, in4, in5 = window
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
    return [in0, in1, in3, in4, in2, in5]


def emit_weights(asm: Assembler, taps: Sequence[Register], results: Sequence[Register]) -> None:
    """Set `results` to G times three taps, which stay."""
    tap0, tap1, tap2 = taps
    out0, out1, out2, out3, out4, out5 = results
    asm.comment("6g0, -4(g0+g1+g2), -4(g0-g1+g2), g0+2g1+4g2, g0-2g1+4g2, 12g2")
    asm("add", out1, tap0, tap2)
    asm("sub", out2, tap1, out1)
    asm("add", out1, out1, tap1)
    asm("lsl", out2, out2, 2)
    asm("rsb", out1, out1, 0)
    asm("lsl", out1, out1, 2)
    asm("add", out3, tap0, tap2, "lsl #2")
    asm("sub", out4, out3, tap1, "lsl #1")
    asm("add", out3, out3, tap1, "lsl #1")
    asm("add", out0, tap0, tap0, "lsl #1")
    asm("lsl", out0, out0, 1)
    asm("add", out5, tap2, tap2, "lsl #1")
    asm("lsl", out5, out5, 2)


def emit_outputs(asm: Assembler, sums: Sequence[Register], spare: Register) -> Sequence[Register]:
    """Replace six sums by A times them, in the first four registers."""
    sum0, sum1, sum2, sum3, sum4, sum5 = sums
    asm.comment("m0+m1+m2+m3+m4, m1-m2+2(m3-m4), m1+m2+4(m3+m4), m1-m2+8(m3-m4)+2m5")
    asm("add", spare, sum1, sum2)
    asm("sub", sum1, sum1, sum2)
    asm("add", sum2, sum3, sum4)
    asm("sub", sum3, sum3, sum4)
    asm("add", sum0, sum0, spare)
    asm("add", sum0, sum0, sum2)
    asm("add", sum2, spare, sum2, "lsl #2")
    asm("add", sum4, sum1, sum3, "lsl #3")
    asm("add", sum1, sum1, sum3, "lsl #1")
    asm("add", sum3, sum4, sum5, "lsl #1")
    return sums[:4]


def emit_mending(asm: Assembler, words: Sequence[Register], spare: Register) -> None:
    """Make `first + 65536 * second` the two halves of each word."""
    asm.comment("give back what a negative lower half has borrowed from the upper one")
    for word in words:
        asm("and", spare, word, _SIGN)
        asm("add", word, word, spare, "lsl #1")
