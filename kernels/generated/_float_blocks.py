"""Blocks of float32 outputs: some channels of some pixels. Each sum is added up in the order of the definition.

A product is rounded before it is added, as in TensorFlow Lite Micro, so that results are the same bytes. On a
Cortex-M4 VMUL and VADD take two cycles; VFMA, which rounds once, takes three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register

FLOAT_BYTES = 4
REGISTERS = 32
_LEAST_PRODUCTS, _MOST_PRODUCTS = 2, 4
"""Products before they are added: four instructions hide the latency of a multiplication on all cores."""


@dataclass(frozen=True)
class Block:
    """FPU registers of a block: sums pixel by pixel, weights, inputs, products."""

    channels: int
    pixels: int
    weights: int
    inputs: int

    @property
    def sums(self) -> int:
        """Number of sums, which have the lowest registers."""
        return self.channels * self.pixels

    @property
    def products(self) -> int:
        """Number of products before they are added."""
        return min(_MOST_PRODUCTS, REGISTERS - self.sums - self.weights - self.inputs)

    @property
    def fits(self) -> bool:
        """Whether there are as many registers."""
        return self.products >= _LEAST_PRODUCTS

    def of_sum(self, channel: int, pixel: int) -> str:
        """Return the register of a sum."""
        return f"s{pixel * self.channels + channel}"

    def of_weight(self, number: int) -> str:
        """Return the register of a weight; at the end those of the channels hold their bias."""
        return f"s{self.sums + number}"

    def of_input(self, number: int) -> str:
        """Return the register of an input."""
        return f"s{self.sums + self.weights + number}"

    def of_product(self, number: int) -> str:
        """Return the register of a product."""
        return f"s{self.sums + self.weights + self.inputs + number}"

    def some_weights(self, count: int) -> str:
        """Return the first `count` weights, as VLDM has them."""
        return _listed(self.of_weight(0), self.of_weight(count - 1))

    @property
    def all_inputs(self) -> str:
        """All inputs, as VLDM has them."""
        return _listed(self.of_input(0), self.of_input(self.inputs - 1))

    def outputs(self, pixel: int) -> str:
        """Return the sums of `pixel`, as VSTM has them."""
        return _listed(self.of_sum(0, pixel), self.of_sum(self.channels - 1, pixel))


def _listed(first: str, last: str) -> str:
    """Return registers as VLDM and VSTM have them."""
    return f"{{{first}}}" if first == last else f"{{{first}-{last}}}"


def emit_zeros(asm: Assembler, block: Block, zero: Register) -> None:
    """Clear all sums of `block`."""
    asm.constant(zero, 0)
    asm("vmov", "s0", zero)
    for number in range(1, block.sums):
        asm("vmov.f32", f"s{number}", "s0")


def emit_products(
    asm: Assembler,
    block: Block,
    terms: Sequence[tuple[str, str, str]],
    loads: Mapping[str, str] | None = None,
) -> None:
    """Add the product of weight and input to the sum, for each of `terms`: sum, weight and input.

    Registers in `loads`, which has operands of VLDR, are loaded behind their last use, beside a product.
    """
    places = loads or {}
    last = {
        register: number for number, term in enumerate(terms) for register in term[1:] if register in places
    }
    due: list[str] = []

    def load() -> None:
        if due:
            register = due.pop(0)
            asm("vldr", register, places[register])

    for first in range(0, len(terms), block.products):
        some = terms[first : first + block.products]
        for number, (_, weight, value) in enumerate(some):
            asm("vmul.f32", block.of_product(number), weight, value)
            load()
            due += [register for register in (weight, value) if last.get(register) == first + number]
        for number, (total, _, _) in enumerate(some):
            asm("vadd.f32", total, total, block.of_product(number))
            load()
    while due:
        load()


def emit_outputs(
    asm: Assembler, name: str, block: Block, output: Register, step_bytes: int, limits: tuple[float, float]
) -> None:
    """Store all sums, then add the bias, which is where the first weights were, and limit them pixel by pixel.

    Pixels of the output are `step_bytes` apart; `output` is moved behind them. A loop takes less time than code for
    each sum, which a cache of 1 KiB would lose from block to block. A NaN stays a NaN.
    """
    low, high = block.of_product(0), block.of_product(1)
    with asm.using("left") as (left,):
        for register, value in ((low, limits[0]), (high, limits[1])):
            asm.constant(left, int(np.float32(value).view(np.uint32)))
            asm("vmov", register, left)
        if block.pixels > 1:
            for pixel in range(block.pixels):
                asm("vstmia", str(output), block.outputs(pixel))
                asm.add_constant(output, step_bytes)
            asm.add_constant(output, -block.pixels * step_bytes)
        with asm.loop(f"outputs_{name}", block.pixels, left):
            if block.pixels > 1:
                asm("vldmia", str(output), block.outputs(0))
            for channel in range(block.channels):
                total = block.of_sum(channel, 0)
                asm("vadd.f32", total, total, block.of_weight(channel))
            for channel in range(block.channels):
                for limit, condition in ((low, "mi"), (high, "gt")):
                    asm("vcmp.f32", block.of_sum(channel, 0), limit)
                    asm("vmrs", "APSR_nzcv", "fpscr")
                    asm("it", condition)
                    asm(f"vmov{condition}.f32", block.of_sum(channel, 0), limit)
            asm("vstmia", str(output), block.outputs(0))
            asm.add_constant(output, step_bytes)
