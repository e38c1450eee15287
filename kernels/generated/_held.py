"""Schedule for small filters: all weights stay in registers, and two outputs at a time slide along the run.

Of a row of the filter, the words that the next two outputs need again stay too, where registers are left for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from _blocks import LOOP_ALIGNMENT_BYTES
from _depthwise import POINTERS, REGISTERS, Depthwise, Writer, emit_outputs
from _pool import Cursor, Item, Pool, last_begun
from _product import WORD_BYTES
from _taps import Packing, Word, multiplies, packed_in_registers

from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

_PAIR = 2


@dataclass(frozen=True)
class HeldSchedule:
    """What stays in registers."""

    packing: Packing
    outputs: int
    """Of a block: 2, or 1 where runs have one output."""
    slides: bool
    """True when words stay for the next block."""

    @classmethod
    def of(cls, work: Depthwise) -> HeldSchedule | None:
        """Return the schedule, or None where the weights do not fit."""
        outputs = min(_PAIR, work.walk.along.output)
        packing = packed_in_registers(work.walk, outputs)
        free = REGISTERS - POINTERS - outputs - len(packing.words)
        needed = max(1, work.constants)
        if free < needed:
            return None
        stays = len(_staying(work, packing, outputs))
        return cls(packing, outputs, slides=0 < stays <= free - needed)


def _staying(work: Depthwise, packing: Packing, outputs: int) -> list[Word]:
    """Return the words that the next block needs too."""
    if outputs == 1:
        return []
    words = {step.word for step in multiplies(work.walk, packing, outputs)}
    stride = work.walk.along.stride
    return sorted(
        (word for word in words if Word(word.row, word.number - stride) in words),
        key=lambda word: (word.row, word.number),
    )


def held_routine(work: Depthwise, schedule: HeldSchedule, turn: int, *, fpu: bool) -> Routine:
    """Return the function; a turn of the loop along a run computes `turn` blocks."""
    return _Held(work, schedule, turn, fpu=fpu).routine("depthwise")


class _Held(Writer):
    def __init__(self, work: Depthwise, schedule: HeldSchedule, turn: int, *, fpu: bool) -> None:
        walk = work.walk
        title = (
            f"{work.layer.channels} filters of {walk.across.filter}x{walk.along.filter} on {work.inputs} channels, "
            f"{walk.across.output} runs of {walk.along.output} outputs, weights in registers"
        )
        super().__init__(work, schedule.packing, title, fpu=fpu)
        self._schedule = schedule
        self._turn = turn
        self._staying = _staying(work, schedule.packing, schedule.outputs) if schedule.slides else []

    def load_weights(self, stream: Register) -> Sequence[Register]:
        """Load all weights of a channel into registers."""
        asm = self.asm
        weights = asm.take_all(*(f"weights{number}" for number in range(len(self.packing.words))))
        if len(weights) > 1:
            asm.load_multiple(stream, weights)
        else:
            asm("ldr", weights[0], asm.after(stream, WORD_BYTES))
        self.load_constants(stream)
        return weights

    def emit_runs(self, plane: Register, output: Register, weights: Sequence[Register]) -> None:
        """Compute the runs: turns of whole blocks, blocks that are left, and an odd output."""
        asm, walk, outputs = self.asm, self.walk, self._schedule.outputs
        stride, pitch = walk.along.stride, walk.along.output_pitch_bytes
        blocks, odd = divmod(walk.along.output, outputs)
        turns, rest = divmod(blocks, self._turn)
        sums = asm.take_all(*(f"sum{number}" for number in range(outputs)))
        free = asm.take_all(*(f"word{number}" for number in range(len(asm.registers.free))))
        source, target = Cursor(asm, plane), Cursor(asm, output)

        def load(register: Register, item: Item) -> None:
            assert isinstance(item, Word)
            asm("ldr", register, source.at(self.row_offset_bytes(item.row) + item.number * WORD_BYTES))

        pool = Pool(asm, free, load)
        steps = multiplies(walk, self.packing, outputs)

        def block(number: int, count: int, stays: Sequence[Word]) -> None:
            asm.comment("sum += weights * plane for all taps, two lanes a word")
            shift = stride * number
            moved = [step.further(shift) for step in steps if step.output < count]
            start = sums[last_begun(moved)]
            asm.load(start, self.start)
            pool.multiply(moved, sums, weights, [word.further(shift) for word in stays], start)
            constants = pool.free[: self.work.constants]
            emit_outputs(asm, sums[:count], constants, self, target, number * outputs)

        with self.loop_of_runs(free[0]):
            pool.preload([Word(word.row, word.number - stride) for word in self._staying])
            begin = dict(pool.held)
            if turns:
                with asm.loop("outputs", turns, self.turns, pool.free[0], align=LOOP_ALIGNMENT_BYTES):
                    for number in range(self._turn):
                        block(number, outputs, self._staying)
                    pool.advance(stride * self._turn)
                    if turns > 1:
                        pool.restore(begin)
                    source.restart(stride * self._turn * WORD_BYTES * outputs // _PAIR)
                    target.restart(self._turn * outputs * pitch)
            for number in range(rest):
                last = number == rest - 1 and not odd
                block(number, outputs, [] if last else self._staying)
            if odd:
                block(rest, odd, [])
            pool.free += pool.held.values()
            pool.held.clear()
            done = turns * self._turn
            source.restart(self.run_step_bytes - done * stride * WORD_BYTES * outputs // _PAIR)
            target.restart(walk.across.output_pitch_bytes - done * outputs * pitch)
        asm.release(plane, output, *weights, *sums, *free)
