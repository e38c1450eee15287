"""Parts that schedules of depthwise layers share: channel by channel, its plane, and for each filter on it all runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from _depthwise_planes import emit_copy_of_channels, emit_filling
from _depthwise_scaled import ScaledSums
from _depthwise_taps import Packing
from _depthwise_walk import Walk
from _depthwise_words import Cursor
from _product import ARGUMENTS
from _weighted import WeightedLayer

from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import ALLOCATABLE, Register
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.routine import Routine

FOR_WORDS = len(ALLOCATABLE) - 2
"""Registers for sums and words: the others point to plane and output, or weights."""
INSTRUCTION_BYTES = 4


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
        return ConstantData("weights", "int32_t", data, comment, timed=walk.lanes == 1)


@dataclass(frozen=True)
class Schedule(ABC):
    """An order of computation for a layer."""

    name: ClassVar[str]

    work: Depthwise
    packing: Packing
    outputs: int
    """Outputs of a block."""

    @property
    @abstractmethod
    def cycles(self) -> int:
        """Cycles of all runs of an output channel, nearly."""

    @property
    @abstractmethod
    def copied_bytes(self) -> int:
        """Scratch behind the planes."""

    @abstractmethod
    def routine(self, *, fpu: bool) -> Routine:
        """Return the function."""


class Writer(ABC):
    """Writes the function. Slots hold what runs have no register for, those first that are used most."""

    def __init__(self, schedule: Schedule, *, fpu: bool) -> None:
        self.work, self.walk, self.packing = schedule.work, schedule.work.walk, schedule.packing
        walk, work = self.walk, self.work
        title = (
            f"{work.layer.channels} filters of {walk.across.filter}x{walk.along.filter} on {work.inputs} channels, "
            f"{walk.across.output} runs of {walk.along.output} outputs {'down' if walk.down else 'along'} the image, "
            f"{schedule.name}"
        )
        self.asm = asm = Assembler(title, ARGUMENTS, fpu=fpu, dsp=walk.lanes > 1)
        self.constants = [asm.slot(f"constant_{number}") for number in range(work.constants)]
        self.start, self.turns, self._runs = asm.slot("start"), asm.slot("turns"), asm.slot("runs")
        self.planes, self._plane, self._output = asm.slot("planes"), asm.slot("plane"), asm.slot("output")
        self._input, self._stream, self._filters = asm.slot("input"), asm.slot("stream"), asm.slot("filters")
        self._channels, self._groups = asm.slot("channels"), asm.slot("groups")

    def routine(self) -> Routine:
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
                    self._next_plane()
        return asm.finish("depthwise")

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

    def _next_plane(self) -> None:
        asm = self.asm
        with asm.using("plane") as (plane,):
            asm.load(plane, self._plane)
            asm.add_constant(plane, self.walk.plane_bytes)
            asm.save(self._plane, plane)

    def _filter(self) -> None:
        """Compute all runs of an output channel."""
        asm = self.asm
        plane, output = asm.take_all("plane", "output")
        with asm.using("stream") as (stream,):
            asm.load(stream, self._stream)
            weights = self.load_weights(stream)
            self._load_constants(stream)
            asm.save(self._stream, stream)
        asm.load(plane, self._plane)
        with asm.using("next_output") as (following,):
            asm.load(output, self._output)
            asm("add", following, output, 1)
            asm.save(self._output, following)
        self.emit_runs(plane, output, weights)

    def _load_constants(self, stream: Register) -> None:
        """Load start and constants of a channel into their slots, and move `stream` behind them."""
        asm = self.asm
        with asm.using(*(f"constant{number}" for number in range(1 + self.work.constants))) as registers:
            asm.load_multiple(stream, registers)
            for slot, register in zip((self.start, *self.constants), registers, strict=True):
                asm.save(slot, register)

    def emit_outputs(
        self, sums: Sequence[Register], constants: Sequence[Register], output: Cursor, offset_bytes: int
    ) -> None:
        """Requantize `sums`, and store them as the outputs of a run from `offset_bytes` on."""
        for slot, register in zip(self.constants, constants, strict=True):
            self.asm.load(register, slot)
        if self.asm.dsp:
            self.work.requantization.emit(self.asm, sums, constants)
        else:
            with self.asm.using("lower") as (lower,):
                self.work.requantization.emit(self.asm, sums, constants, lower)
        for number, value in enumerate(sums):
            place = offset_bytes + number * self.walk.along.output_pitch_bytes
            self.asm("strb", value, output.at(place))

    def loop_of_runs(
        self, temporary: Register | None = None, together: int = 1
    ) -> AbstractContextManager[None]:
        """Return the loop over all runs, `together` in a turn; its counter passes through `temporary`."""
        return self.asm.loop("run", self.walk.across.output // together, self._runs, temporary)

    @property
    def run_step_bytes(self) -> int:
        """From a run's first row of the plane to that of the next run."""
        return self.walk.across.stride * self.walk.pitch_bytes

    def row_offset_bytes(self, row: int) -> int:
        """From a block's first word to that in the filter's row `row`."""
        return row * self.walk.across.dilation * self.walk.pitch_bytes

    @abstractmethod
    def load_weights(self, stream: Register) -> Sequence[Register]:
        """Return registers for the weights of a channel, and move `stream` behind them."""

    @abstractmethod
    def emit_runs(self, plane: Register, output: Register, weights: Sequence[Register]) -> None:
        """Compute all runs, and release the registers."""
