"""Two products of int8 in one MLA, for cores without the DSP extension: weights of two channels in a word.

A word `w0 + 65536 * w1` times an activation is `w0 * a + 65536 * (w1 * a)`: two products in fields of 16 bits. MLA adds
them to two sums at once. As the weights are known, so is how many products a field holds for any activations: a run.
Both fields begin a run with `bias`, so that they are never negative. After a run they are folded: their upper bytes are
added to the fields of a second register, and their lower bytes begin the next run. Then

    256 * sum  =  (field of the upper bytes << 16) + (field << 8) - 256 * (all biases)

modulo 2^32, which is exact while sums stay below 2^23.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN, Sums

FIELDS = 2
"""Sums in a register."""
LIMIT = 2**23
"""Sums are below this, and at least minus this."""
_LARGEST_WEIGHTS = 65_000
"""Weights of a channel, without signs, add up to less: their products stay within 2^23 with what folds leave."""
_BYTE = 256
_FIELD = 2**16
_BOTH = 0x0001_0001
_LOWER_BYTES = 0x00FF_00FF
_MIDDLE = 2**15


@dataclass(frozen=True)
class Run:
    """Products that are added before fields are folded."""

    length: int
    bias: int
    """What both fields begin with: whole upper bytes."""


@dataclass(frozen=True)
class Runs:
    """The runs of a turn, which is repeated."""

    runs: tuple[Run, ...]
    turns: int

    @property
    def folds_last(self) -> bool:
        """True when the last run of a turn is folded too, as another turn follows."""
        return self.turns > 1

    @property
    def folds(self) -> int:
        """Folds of a turn."""
        return len(self.runs) - 1 + self.folds_last

    @property
    def first_upper(self) -> int:
        """What upper bytes begin with: their lower field is then within 0 to 65,535 in the end."""
        folded = self.turns * sum(run.bias for run in self.runs[: self.folds])
        return _MIDDLE - folded // _BYTE

    def start(self, field: int) -> int:
        """Return what is added to 256 times the sum of field 0 or 1, as a number that is right modulo 2**32."""
        biases = self.turns * sum(run.bias for run in self.runs)
        biases += self.runs[0].bias if self.folds_last else 0
        upper = self.first_upper if self.folds and field == 0 else 0
        return -_BYTE * biases - (upper << 16)


def runs_of(weights: NDArray[np.int8]) -> Runs:
    """Return the longest runs for `weights` [channels, turns, products]: they hold for all channels and turns."""
    wide = weights.astype(np.int64)
    ends = np.stack([wide * INT8_MIN, wide * INT8_MAX])
    low, high = ends.min(0), ends.max(0)
    found, first = [], 0
    while first < wide.shape[2]:
        least = low[:, :, first:].cumsum(2).min((0, 1))
        most = high[:, :, first:].cumsum(2).max((0, 1))
        biases = -(least // _BYTE) * _BYTE
        fits = biases + most + _BYTE <= _FIELD
        length = int(np.argmin(fits)) if not fits.all() else len(fits)
        found.append(Run(length, int(biases[length - 1])))
        first += length
    return Runs(tuple(found), wide.shape[1])


def largest_objection(weights: NDArray[np.int8], sums: Sequence[Sums]) -> str | None:
    """Return the reason why sums of `weights` [channels, products] are not exact, or None."""
    for channel, found in enumerate(sums):
        if found.low < -LIMIT or found.high >= LIMIT:
            return (
                f"sums of channel {channel} reach {found.low} to {found.high}, fields hold -2^23 to 2^23 - 1"
            )
        reached = int(np.abs(weights[channel].astype(np.int64)).sum())
        if reached > _LARGEST_WEIGHTS:
            return f"weights of channel {channel} add up to {reached} without signs, fields hold {_LARGEST_WEIGHTS}"
    return None


def packed_words(low: NDArray[np.int8], high: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return words with the weights of two channels."""
    whole = low.astype(np.int64) + _FIELD * high.astype(np.int64)
    return whole.astype(np.uint32).view(np.int32)


def emit_begin(asm: Assembler, runs: Runs, fields: Sequence[Register], upper: Sequence[Register]) -> None:
    """Set `fields` and the registers of their upper bytes, which are only needed if there are folds."""
    for register in fields:
        asm.constant(register, runs.runs[0].bias * _BOTH)
    for number, register in enumerate(upper):
        if number == 0:
            asm.constant(register, runs.first_upper)
        else:
            asm("mov", register, upper[0])


def emit_fold(
    asm: Assembler,
    bias: int,
    fields: Sequence[Register],
    upper: Sequence[Register],
    free: Sequence[Register],
) -> None:
    """Move the upper bytes of `fields` to `upper`, and begin a run with `bias`. Two `free` registers are lost."""
    mask, moved = free
    asm.comment("upper bytes of both fields are added to those before, lower bytes stay")
    asm.constant(mask, _LOWER_BYTES)
    for field, total in zip(fields, upper, strict=True):
        asm("and", moved, mask, field, "lsr #8")
        asm("add", total, total, moved)
        asm("and", field, field, mask)
        if bias:
            asm("orr", field, field, bias * _BOTH)


def emit_sums(
    asm: Assembler, field: Register, upper: Register | None, free: Register
) -> tuple[Register, Register]:
    """Return the registers of 256 times the lower and upper sum: `free`, and one of the others."""
    asm("uxth", free, field)
    asm("lsl", free, free, 8)
    if upper is None:
        asm("lsr", field, field, 16)
        asm("lsl", field, field, 8)
        return free, field
    asm("add", free, free, upper, "lsl #16")
    asm("bfc", upper, 0, 16)
    asm("lsr", field, field, 16)
    asm("add", upper, upper, field, "lsl #8")
    return free, upper
