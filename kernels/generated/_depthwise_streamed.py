"""Schedule for any filter: up to six outputs at a time, and weights are read again for each block of them.

The weights of a channel are copied behind the planes first, where each load of several takes a cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from _blocks import LOOP_ALIGNMENT_BYTES, emit_copy
from _depthwise import FOR_WORDS, INSTRUCTION_BYTES, Depthwise, Schedule, Writer
from _depthwise_taps import Multiply, Word, multiplies, packed_by_rows
from _depthwise_walk import Walk
from _depthwise_words import Cursor, Item, WordRegisters, last_begun
from _product import WORD_BYTES

from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

_LARGEST = 6
"""Outputs of a block: the registers beside sums and two pointers hold the words of three taps. Eight took longer."""
_ONCE = 16
"""Instructions of a block that are not for taps or outputs: pointers and loops."""


@dataclass(frozen=True)
class StreamedSchedule(Schedule):
    """Weights of a channel in scratch."""

    name: ClassVar[str] = "streamed"

    loops: bool = False
    """True when a loop runs over the rows of the filter, as the instruction cache does not hold them all."""

    @classmethod
    def of(cls, work: Depthwise) -> StreamedSchedule | None:
        """Return the schedule, or None where even one row of the filter is too long for the instruction cache."""
        along = work.walk.along
        sizes = [
            size
            for size in range(1, min(_LARGEST, along.output) + 1)
            if size * along.stride % work.walk.lanes == 0 or size == along.output
        ]
        found = [
            cls(work, packed_by_rows(work.walk, size), size, loops)
            for size in sizes
            for loops in (False, True)
        ]
        fitting = [schedule for schedule in found if schedule._bytes <= LOOP_BYTES]
        return min(fitting, key=lambda schedule: schedule.cycles, default=None)

    @property
    def cycles(self) -> int:
        """Cycles of all runs of an output channel, nearly."""
        rows = self.work.walk.across.filter
        looping = 8 * rows + self.outputs if self.loops else 0
        parts = [(count, part) for count, part in self._parts if part]
        run = sum(count * (self._taps(part) * 5 // 4 + self._other(part) + looping) for count, part in parts)
        return self.work.walk.across.output * (run + _ONCE)

    @property
    def _parts(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Numbers of blocks and their outputs: whole blocks, and the rest."""
        blocks, rest = divmod(self.work.walk.along.output, self.outputs)
        return (blocks, self.outputs), (1, rest)

    @property
    def _bytes(self) -> int:
        """Bytes of the code of a run, or of the loop over rows."""
        sizes = [part for _, part in self._parts if part]
        if not self.loops:
            return INSTRUCTION_BYTES * sum(self._taps(size) + self._other(size) for size in sizes)
        rows = self.work.walk.across.filter
        return INSTRUCTION_BYTES * max(self._taps(size) // rows + _ONCE for size in sizes)

    def _taps(self, outputs: int) -> int:
        """Return the instructions for taps of a block: loads and multiplications."""
        steps = multiplies(self.work.walk, self.packing, outputs)
        return len(steps) + len({step.word for step in steps}) + len(self.packing.words)

    def _other(self, outputs: int) -> int:
        """Return the other instructions of a block."""
        return outputs * (self.work.requantization.cycles + 1) + self.work.constants + _ONCE

    @property
    def copied_bytes(self) -> int:
        """Scratch behind the planes: the weights of a channel."""
        return WORD_BYTES * self.packing.stream_words

    def routine(self, *, fpu: bool) -> Routine:
        """Return the function."""
        return _Streamed(self, fpu=fpu).routine()


class _Streamed(Writer):
    """Writes the function."""

    def __init__(self, schedule: StreamedSchedule, *, fpu: bool) -> None:
        super().__init__(schedule, fpu=fpu)
        self._outputs, self._loops = schedule.outputs, schedule.loops
        self._target, self._filter_rows = self.asm.slot("target"), self.asm.slot("filter_rows")

    def load_weights(self, stream: Register) -> Sequence[Register]:
        """Copy the weights of a channel behind the planes, and return the register of their address."""
        asm, words = self.asm, self.packing.stream_words
        weights = asm.take("weights")
        asm.comment(f"copy {words} words of weights behind the planes")
        asm.load(weights, self.planes)
        asm.add_constant(weights, self.walk.planes_bytes)
        emit_copy(asm, stream, weights, words, "copied_weights")
        asm.add_constant(weights, -WORD_BYTES * words)
        return (weights,)

    def emit_runs(self, plane: Register, output: Register, weights: Sequence[Register]) -> None:
        """Compute the runs: whole blocks, and one of the outputs that are left."""
        asm, walk, outputs = self.asm, self.walk, self._outputs
        asm.save(self._target, output)
        asm.release(output)
        blocks, rest = divmod(walk.along.output, outputs)
        step_bytes = outputs * walk.along.stride * walk.lane_bytes
        with self.loop_of_runs():
            with asm.loop("outputs", blocks, self.turns, align=LOOP_ALIGNMENT_BYTES):
                self._block(plane, weights[0], outputs, "")
                asm.add_constant(plane, step_bytes)
            if rest:
                self._block(plane, weights[0], rest, "_rest")
            asm.add_constant(plane, self.run_step_bytes - blocks * step_bytes)
            with asm.using("target") as (target,):
                asm.load(target, self._target)
                done = walk.along.output * walk.along.output_pitch_bytes
                asm.add_constant(target, walk.across.output_pitch_bytes - done)
                asm.save(self._target, target)
        asm.release(plane, *weights)

    def _block(self, plane: Register, weights: Register, outputs: int, name: str) -> None:
        """Compute `outputs` outputs and store them; `plane` stays."""
        asm = self.asm
        sums = asm.take_all(*(f"sum{number}" for number in range(outputs)))
        self._taps(Cursor(asm, plane), Cursor(asm, weights), sums, name)
        with (
            asm.using("target") as (target,),
            asm.using(*(f"factor{number}" for number in range(self.work.constants))) as constants,
        ):
            asm.load(target, self._target)
            cursor = Cursor(asm, target)
            self.emit_outputs(sums, constants, cursor, 0)
            cursor.move_to(outputs * self.walk.along.output_pitch_bytes)
            asm.save(self._target, target)
        asm.release(*sums)

    def _taps(self, source: Cursor, weights: Cursor, sums: Sequence[Register], name: str) -> None:
        """Set `sums` to start and products of all taps; pointers stay."""
        asm, rows = self.asm, self.walk.across.filter
        steps = _in_order(multiplies(self.walk, self.packing, len(sums)), self.walk)
        start = sums[last_begun(steps)]
        asm.comment("sum += weights * plane for all taps, two lanes a word")
        asm.load(start, self.start)
        if not self._loops:
            self._products(steps, sums, source, weights, start)
            source.move_to(0)
            weights.move_to(0)
            return
        for value in sums:
            if value is not start:
                asm("mov", value, start)
        row_bytes = self.packing.word_bytes * len(self.packing.words) // rows
        with asm.loop(f"filter_row{name}", rows, self._filter_rows, align=LOOP_ALIGNMENT_BYTES):
            self._products([step for step in steps if step.word.row == 0], sums, source, weights)
            source.restart(self.row_offset_bytes(1))
            weights.restart(row_bytes)
        source.restart(-self.row_offset_bytes(rows))
        weights.restart(-row_bytes * rows)

    def _products(
        self,
        steps: Sequence[Multiply],
        sums: Sequence[Register],
        source: Cursor,
        weights: Cursor,
        start: Register | None = None,
    ) -> None:
        """Add the products of `steps`; registers hold words of plane and weights as long as they can."""
        asm = self.asm

        def load(register: Register, item: Item) -> None:
            if isinstance(item, Word):
                offset_bytes = (
                    self.row_offset_bytes(item.row) + item.number * self.walk.lanes * self.walk.lane_bytes
                )
                asm(self.walk.load, register, source.at(offset_bytes))
            else:
                asm(self.walk.load_weights, register, weights.at(item * self.packing.word_bytes))

        names = (f"word{number}" for number in range(FOR_WORDS - len(sums)))
        with asm.using(*names) as registers:
            WordRegisters(asm, registers, load).multiply(steps, sums, None, (), start)


def _in_order(steps: Sequence[Multiply], walk: Walk) -> list[Multiply]:
    """Return `steps` by words of weights; single values by their place, as the weights of a row stay for all."""
    if walk.lanes > 1:
        return sorted(steps, key=lambda step: (step.weights, step.output))
    return sorted(steps, key=lambda step: (step.word.row, step.word.number, step.output))
