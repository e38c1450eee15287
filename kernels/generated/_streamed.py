"""Schedule for any filter: up to four outputs at a time, weights are read again for each block of them.

The weights of a channel are copied behind the planes first, where each load takes a cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from _blocks import LOOP_ALIGNMENT_BYTES, emit_copy
from _depthwise import POINTERS, REGISTERS, Depthwise, Writer, emit_outputs
from _pool import Cursor, Item, Pool, last_begun
from _product import WORD_BYTES
from _taps import Multiply, Packing, Word, multiplies, packed_by_rows

from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

_LARGEST = 4
"""Outputs of a block: sums, two pointers, and eight registers for words."""
_INSTRUCTION_BYTES = 4
_ONCE = 40
"""Instructions of a block that are not for a tap: starts, requantization, stores, the loop."""


@dataclass(frozen=True)
class StreamedSchedule:
    """Outputs of a block, and whether a loop runs over the rows of the filter."""

    packing: Packing
    outputs: int
    loops: bool

    @classmethod
    def of(cls, work: Depthwise) -> StreamedSchedule | None:
        """Return the schedule, or None where even one row of the filter is too long for the instruction cache."""
        along = work.walk.along
        sizes = [
            size
            for size in range(min(_LARGEST, along.output), 0, -1)
            if size * along.stride % 2 == 0 or size >= along.output
        ]
        if not sizes:
            sizes = [1] if along.output == 1 else []
        outputs = min(sizes, key=lambda size: _cost(work, size))
        packing = packed_by_rows(work.walk, outputs)
        code_bytes = sum(
            _INSTRUCTION_BYTES * (_ONCE + _count(work, packing, size)) for size in {outputs, along.output % outputs} - {0}
        )
        loops = code_bytes > LOOP_BYTES
        rows = work.walk.across.filter if loops else 1
        largest = _INSTRUCTION_BYTES * (_ONCE + _count(work, packing, outputs) // rows)
        return None if largest > LOOP_BYTES else cls(packing, outputs, loops)

    def copied_bytes(self) -> int:
        """Bytes of the copy of a channel's weights."""
        return WORD_BYTES * len(self.packing.words)


def _count(work: Depthwise, packing: Packing, outputs: int) -> int:
    """Return the instructions for taps of a block: loads and multiplications."""
    steps = multiplies(work.walk, packing, outputs)
    return len(steps) + len({step.word for step in steps}) + len(packing.words)


def _cost(work: Depthwise, size: int) -> int:
    """Return the cycles of a run, nearly."""
    blocks, rest = divmod(work.walk.along.output, size)
    packing = packed_by_rows(work.walk, size)
    parts = [(blocks, size), (1, rest)] if rest else [(blocks, size)]
    return sum(count * (_count(work, packing, part) * 5 // 4 + 5 * part + 12) for count, part in parts)


def streamed_routine(work: Depthwise, schedule: StreamedSchedule, *, fpu: bool) -> Routine:
    """Return the function."""
    return _Streamed(work, schedule, fpu=fpu).routine("depthwise")


class _Streamed(Writer):
    def __init__(self, work: Depthwise, schedule: StreamedSchedule, *, fpu: bool) -> None:
        walk = work.walk
        title = (
            f"{work.layer.channels} filters of {walk.across.filter}x{walk.along.filter} on {work.inputs} channels, "
            f"{walk.across.output} runs of {walk.along.output} outputs, {schedule.outputs} at a time"
        )
        super().__init__(work, schedule.packing, title, fpu=fpu)
        self._schedule = schedule
        self._target = self.asm.slot("target")
        self._filter_rows = self.asm.slot("filter_rows")

    def load_weights(self, stream: Register) -> Sequence[Register]:
        """Copy the weights of a channel behind the planes, and return the register of their address."""
        asm, words = self.asm, len(self.packing.words)
        weights = asm.take("weights")
        asm.load(weights, self.planes)
        asm.add_constant(weights, self.walk.planes_bytes)
        asm.comment(f"copy {words} words of weights behind the planes")
        emit_copy(asm, stream, weights, words, "copied_weights")
        asm.add_constant(weights, -WORD_BYTES * words)
        self.load_constants(stream)
        return (weights,)

    def emit_runs(self, plane: Register, output: Register, weights: Sequence[Register]) -> None:
        """Compute the runs: whole blocks, and one of the outputs that are left."""
        asm, walk, outputs = self.asm, self.walk, self._schedule.outputs
        asm.save(self._target, output)
        asm.release(output)
        blocks, rest = divmod(walk.along.output, outputs)
        step_bytes = outputs * walk.along.stride * WORD_BYTES // 2
        with self.loop_of_runs():
            with asm.loop("outputs", blocks, self.turns, align=LOOP_ALIGNMENT_BYTES):
                self._block(plane, weights[0], outputs, "")
                asm.add_constant(plane, step_bytes)
            if rest:
                self._block(plane, weights[0], rest, "_rest")
            asm.add_constant(plane, self.run_step_bytes - blocks * step_bytes)
            with asm.using("target") as (target,):
                asm.load(target, self._target)
                asm.add_constant(
                    target, walk.across.output_pitch_bytes - walk.along.output * walk.along.output_pitch_bytes
                )
                asm.save(self._target, target)
        asm.release(plane, *weights)

    def _block(self, plane: Register, weights: Register, outputs: int, name: str) -> None:
        """Compute `outputs` outputs and store them; `plane` stays."""
        asm = self.asm
        sums = asm.take_all(*(f"sum{number}" for number in range(outputs)))
        steps = sorted(
            multiplies(self.walk, self.packing, outputs), key=lambda step: (step.weights, step.output)
        )
        start = sums[last_begun(steps)]
        asm.load(start, self.start)
        source, factors = Cursor(asm, plane), Cursor(asm, weights)
        asm.comment("sum += weights * plane for all taps, two lanes a word")
        if self._schedule.loops:
            for value in sums:
                if value is not start:
                    asm("mov", value, start)
            rows = self.walk.across.filter
            first = [step for step in steps if step.word.row == 0]
            with asm.loop(f"filter_row{name}", rows, self._filter_rows, align=LOOP_ALIGNMENT_BYTES):
                self._products(first, sums, source, factors, None)
                source.restart(self.row_offset_bytes(1))
                factors.restart(WORD_BYTES * len(self.packing.words) // rows)
            source.restart(-self.row_offset_bytes(rows))
            factors.restart(-WORD_BYTES * len(self.packing.words))
        else:
            self._products(steps, sums, source, factors, start)
            source.move_to(0)
            factors.move_to(0)
        with asm.using("target") as (target,), asm.using(*self._constant_names()) as constants:
            asm.load(target, self._target)
            cursor = Cursor(asm, target)
            emit_outputs(asm, sums, constants, self, cursor, 0)
            cursor.move_to(outputs * self.walk.along.output_pitch_bytes)
            asm.save(self._target, target)
        asm.release(*sums)

    def _constant_names(self) -> Iterable[str]:
        return (f"factor{number}" for number in range(self.work.constants))

    def _products(
        self,
        steps: Sequence[Multiply],
        sums: Sequence[Register],
        source: Cursor,
        weights: Cursor,
        start: Register | None,
    ) -> None:
        """Add the products of `steps`, in the order of weights; registers hold words as long as they can."""
        asm = self.asm

        def load(register: Register, item: Item) -> None:
            if isinstance(item, Word):
                offset_bytes = self.row_offset_bytes(item.row) + item.number * WORD_BYTES
                asm("ldr", register, source.at(offset_bytes))
            else:
                asm("ldr", register, weights.at(item * WORD_BYTES))

        free = REGISTERS - POINTERS - len(sums)
        with asm.using(*(f"word{number}" for number in range(free))) as registers:
            pool = Pool(asm, registers, load)
            pool.multiply(steps, sums, None, (), start)
