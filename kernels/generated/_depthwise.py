"""Depthwise functions: channel by channel, its plane, and for each filter on it all runs of outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from _planes import emit_copy_of_channels, emit_filling
from _pool import Cursor
from _product import ARGUMENTS, WORD_BYTES
from _scaled import ScaledSums
from _taps import Packing
from _walk import Walk

from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.routine import Routine

from _weighted import WeightedLayer

POINTERS = 2
"""Registers of the plane and of the outputs."""
REGISTERS = 14


@dataclass(frozen=True)
class Depthwise:
    """A depthwise layer: weights and sums, and how it is walked."""

    layer: WeightedLayer
    sums: ScaledSums
    inputs: int
    """Input channels."""
    walk: Walk

    @property
    def multiplier(self) -> int:
        """Filters on each input channel."""
        return self.layer.channels // self.inputs

    @property
    def requantization(self) -> Requantization:
        """The way from sums to outputs."""
        return self.sums.requantization

    @property
    def constants(self) -> int:
        """Words of a channel's requantization."""
        return len(self.requantization.constants[0])

    def stream(self, packing: Packing) -> ConstantData:
        """Return what is read for each output channel in turn: words of weights, start, constants."""
        lanes = self.layer.weights.astype(np.int64) * (self.layer.live * self.sums.scales)[:, None]
        walk = self.walk
        if walk.down:
            filters = lanes.reshape(len(lanes), walk.along.filter, walk.across.filter)
            lanes = filters.transpose(0, 2, 1).reshape(len(lanes), -1)
        words = packing.pack(lanes, walk.along.filter)
        constants = np.array(self.requantization.constants, np.int64).astype(np.uint32).view(np.int32)
        data = np.hstack([words, self.sums.starts[:, None], constants]).astype("<i4").tobytes()
        comment = f"weights of {self.layer.channels} channels by two, with starts and factors"
        return ConstantData("weights", "int32_t", data, comment, timed=False)


class Writer(ABC):
    """Writes the function. Slots hold what runs have no register for."""

    def __init__(self, work: Depthwise, packing: Packing, title: str, *, fpu: bool) -> None:
        self.work, self.walk, self.packing = work, work.walk, packing
        self.asm = Assembler(title, ARGUMENTS, fpu=fpu)
        asm = self.asm
        self.constants = [asm.slot(f"constant_{number}") for number in range(work.constants)]
        self.start = asm.slot("start")
        self.turns = asm.slot("turns")
        self._runs, self._filters, self._channels, self._groups = (
            asm.slot(name) for name in ("runs", "filters", "channels", "groups")
        )
        self._input, self._stream, self._output = (asm.slot(name) for name in ("input", "stream", "output"))
        self.planes, self._plane = asm.slot("planes"), asm.slot("plane")

    @property
    def words_of_a_channel(self) -> int:
        """Words of the stream that belong to an output channel."""
        return len(self.packing.words) + 1 + self.work.constants

    def routine(self, prefix: str) -> Routine:
        """Return the function."""
        asm, work = self.asm, self.work
        source, stream, output, planes = asm.arguments
        slots = (self._input, self._stream, self._output, self.planes)
        for slot, register in zip(slots, asm.arguments, strict=True):
            asm.save(slot, register)
        asm.release(source, stream, output)
        emit_filling(asm, planes, self.walk, work.layer.input_zero_point)
        asm.release(planes)
        with asm.loop("group", work.inputs // self.walk.planes, self._groups):
            self._copy()
            with asm.loop("channel", self.walk.planes, self._channels):
                with asm.loop("filter", work.multiplier, self._filters):
                    self._filter()
                if self.walk.planes > 1:
                    self._step(self._plane, self.walk.row_bytes)
        return asm.finish(prefix)

    def _copy(self) -> None:
        """Copy the next channels into the planes."""
        asm = self.asm
        with asm.using("input", "target") as (source, target):
            asm.load(source, self._input)
            asm.load(target, self.planes)
            with asm.using("next_input") as (following,):
                asm.add_constant(following, self.walk.planes, source)
                asm.save(self._input, following)
            asm.save(self._plane, target)
            asm.add_constant(target, self.walk.interior_bytes)
            emit_copy_of_channels(asm, source, target, self.walk)

    def _step(self, slot: Slot, step_bytes: int) -> None:
        with self.asm.using("moved") as (moved,):
            self.asm.load(moved, slot)
            self.asm.add_constant(moved, step_bytes)
            self.asm.save(slot, moved)

    def _filter(self) -> None:
        """Compute all runs of an output channel."""
        asm = self.asm
        plane, output = asm.take_all("plane", "output")
        with asm.using("stream") as (stream,):
            asm.load(stream, self._stream)
            weights = self.load_weights(stream)
            asm.save(self._stream, stream)
        asm.load(plane, self._plane)
        with asm.using("next_output") as (following,):
            asm.load(output, self._output)
            asm("add", following, output, 1)
            asm.save(self._output, following)
        self.emit_runs(plane, output, weights)

    def load_constants(self, stream: Register) -> None:
        """Load start and constants of a channel into their slots, and move `stream` behind them."""
        asm = self.asm
        with asm.using(*(f"constant{number}" for number in range(1 + self.work.constants))) as registers:
            asm.load_multiple(stream, registers)
            for slot, register in zip((self.start, *self.constants), registers, strict=True):
                asm.save(slot, register)

    def loop_of_runs(self, temporary: Register | None = None) -> AbstractContextManager[None]:
        return self.asm.loop("run", self.walk.across.output, self._runs, temporary)

    @property
    def run_step_bytes(self) -> int:
        """From a run's first row of the plane to that of the next run."""
        return self.walk.across.stride * self.walk.pitch_bytes

    def row_offset_bytes(self, row: int) -> int:
        """From a block's first word to that in the filter's row `row`."""
        return row * self.walk.across.dilation * self.walk.pitch_bytes

    @abstractmethod
    def load_weights(self, stream: Register) -> Sequence[Register]:
        """Return registers for weights. Load start and constants of a channel, and move `stream` behind all."""

    @abstractmethod
    def emit_runs(self, plane: Register, output: Register, weights: Sequence[Register]) -> None:
        """Compute all runs, and release the registers."""


def emit_outputs(
    asm: Assembler, sums: Sequence[Register], constants: Sequence[Register], writer: Writer, output: Cursor, first: int
) -> None:
    """Requantize `sums` and store them as outputs `first` and on of a run."""
    for slot, register in zip(writer.constants, constants, strict=True):
        asm.load(register, slot)
    writer.work.requantization.emit(asm, sums, constants)
    for number, value in enumerate(sums):
        asm("strb", value, output.at((first + number) * writer.walk.along.output_pitch_bytes))
