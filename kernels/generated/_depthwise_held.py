"""Schedule for small filters: all weights stay in registers, and two outputs at a time slide along the run.

Of the plane, the words that the next two outputs need again stay too, where registers are left for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from _blocks import LOOP_ALIGNMENT_BYTES
from _depthwise import FOR_WORDS, INSTRUCTION_BYTES, Depthwise, Schedule, Writer
from _depthwise_taps import Packing, Word, multiplies, packed_in_registers
from _depthwise_walk import LANE_BYTES
from _depthwise_words import Cursor, Item, WordRegisters, last_begun
from _product import WORD_BYTES

from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

_PAIR = 2
_LARGEST_TURN = 8
_CACHE_BYTES = 1100
"""Largest function that stays in an instruction cache of 1 KiB: its first 100 bytes run once."""
_REREAD_BYTES, _REREAD_CYCLES = 4, 3
"""Time of code that does not stay in the cache, nearly."""


@dataclass(frozen=True)
class HeldSchedule(Schedule):
    """Weights of a channel in registers."""

    name: ClassVar[str] = "held"

    staying: tuple[Word, ...] = ()
    """Words that stay for the next block: from where that begins they are `stride` words before."""

    @classmethod
    def of(cls, work: Depthwise) -> HeldSchedule | None:
        """Return the schedule, or None where the weights do not fit."""
        outputs = min(_PAIR, work.walk.along.output)
        packing = packed_in_registers(work.walk, outputs)
        free = FOR_WORDS - outputs - len(packing.words)
        needed = max(1, work.constants)
        if free < needed:
            return None
        staying = _staying(work, packing, outputs)
        return cls(work, packing, outputs, staying if len(staying) <= free - needed else ())

    @property
    def block_instructions(self) -> int:
        """Instructions of a block."""
        steps = multiplies(self.work.walk, self.packing, self.outputs)
        loads = len({step.word for step in steps}) - len(self.staying)
        stores = self.outputs * (self.work.requantization.cycles + 1)
        return 1 + len(steps) + loads + self.work.constants + stores

    @property
    def cycles(self) -> int:
        """Cycles of all runs of an output channel, nearly."""
        blocks = -(-self.work.walk.along.output // self.outputs)
        return self.work.walk.across.output * (blocks * (self.block_instructions + 2) + 20)

    @property
    def copied_bytes(self) -> int:
        """Scratch behind the planes: none."""
        return 0

    def routine(self, *, fpu: bool) -> Routine:
        """Return the function whose turns of the loop along a run have the best size."""
        blocks = max(1, self.work.walk.along.output // self.outputs)
        found = [
            (turn, _Held(self, turn, fpu=fpu).routine()) for turn in range(1, min(blocks, _LARGEST_TURN) + 1)
        ]
        fitting = [item for item in found if max(item[1].loops.values(), default=0) <= LOOP_BYTES]
        return min(fitting or found[:1], key=lambda item: self._cost(*item))[1]

    def _cost(self, turn: int, routine: Routine) -> int:
        """Return the cycles of an output channel with `turn` blocks in a turn, but for what all turns have."""
        walk, block = self.work.walk, self.block_instructions
        turns, rest = divmod(walk.along.output // self.outputs, turn)
        in_loop = (
            routine.loops["outputs"] // INSTRUCTION_BYTES if "outputs" in routine.loops else turn * block
        )
        run_bytes = INSTRUCTION_BYTES * (in_loop + (rest + walk.along.output % self.outputs) * block)
        again = 0
        if run_bytes > LOOP_BYTES:
            again = walk.across.output * _reading(run_bytes)
        elif routine.code_bytes > _CACHE_BYTES:
            again = _reading(routine.code_bytes) // (walk.planes * self.work.multiplier)
        return walk.across.output * (turns * in_loop + rest * block) + again


def _reading(code_bytes: int) -> int:
    """Return the cycles in which code that does not stay in the cache is read again."""
    return code_bytes * _REREAD_CYCLES // _REREAD_BYTES


def _staying(work: Depthwise, packing: Packing, outputs: int) -> tuple[Word, ...]:
    """Return the words that the next block needs too."""
    if outputs < _PAIR:
        return ()
    words = dict.fromkeys(step.word for step in multiplies(work.walk, packing, outputs))
    return tuple(word for word in words if word.further(-work.walk.along.stride) in words)


class _Held(Writer):
    """Writes the function; a turn of the loop along a run computes `turn` blocks."""

    def __init__(self, schedule: HeldSchedule, turn: int, *, fpu: bool) -> None:
        super().__init__(schedule, fpu=fpu)
        self.outputs, self.staying, self.turn = schedule.outputs, schedule.staying, turn

    def load_weights(self, stream: Register) -> Sequence[Register]:
        """Load all weights of a channel into registers."""
        asm = self.asm
        weights = asm.take_all(*(f"weights{number}" for number in range(len(self.packing.words))))
        if len(weights) > 1:
            asm.load_multiple(stream, weights)
        else:
            asm("ldr", weights[0], asm.after(stream, WORD_BYTES))
        return weights

    def emit_runs(self, plane: Register, output: Register, weights: Sequence[Register]) -> None:
        """Compute the runs, and release the registers."""
        asm = self.asm
        sums = asm.take_all(*(f"sum{number}" for number in range(self.outputs)))
        free = asm.take_all(*(f"word{number}" for number in range(len(asm.registers.free))))
        with self.loop_of_runs(free[0]):
            _Run(self, (plane, output), weights, sums, free).emit()
        asm.release(plane, output, *weights, *sums, *free)


class _Run:
    """A run: turns of whole blocks, blocks that are left, and an odd output."""

    def __init__(
        self,
        writer: _Held,
        pointers: tuple[Register, Register],
        weights: Sequence[Register],
        sums: Sequence[Register],
        free: Sequence[Register],
    ) -> None:
        self._writer, self._asm, self._walk = writer, writer.asm, writer.walk
        self._source, self._target = (Cursor(writer.asm, pointer) for pointer in pointers)
        self._weights, self._sums = weights, sums
        self._words = WordRegisters(writer.asm, free, self._load)
        self._steps = multiplies(writer.walk, writer.packing, writer.outputs)

    def emit(self) -> None:
        """Compute the run, and move both pointers to the next."""
        asm, walk, words, turn = self._asm, self._walk, self._words, self._writer.turn
        blocks, odd = divmod(walk.along.output, self._writer.outputs)
        turns, rest = divmod(blocks, turn)
        if turns == 1:
            turns, rest = 0, blocks
        staying = self._writer.staying
        words.preload([word.further(-walk.along.stride) for word in staying])
        begin = dict(words.held)
        self._source.move_to(0)
        if turns:
            with asm.loop("outputs", turns, self._writer.turns, words.free[0], align=LOOP_ALIGNMENT_BYTES):
                for number in range(turn):
                    self._block(number, self._writer.outputs, staying)
                words.advance(walk.along.stride * turn)
                words.restore(begin)
                self._restart(0, turn)
        for number in range(rest):
            is_last = number == rest - 1 and not odd
            self._block(number, self._writer.outputs, () if is_last else staying)
        if odd:
            self._block(rest, odd, ())
        self._restart(1, -turns * turn)

    def _restart(self, runs: int, blocks: int) -> None:
        """Move both pointers, from where offsets count then."""
        walk, outputs = self._walk, blocks * self._writer.outputs
        self._source.restart(runs * self._writer.run_step_bytes + outputs * walk.along.stride * LANE_BYTES)
        self._target.restart(runs * walk.across.output_pitch_bytes + outputs * walk.along.output_pitch_bytes)

    def _block(self, number: int, count: int, staying: Sequence[Word]) -> None:
        """Compute `count` outputs of block `number`, counted from where the pointers are."""
        asm, writer = self._asm, self._writer
        asm.comment("sum += weights * plane for all taps, two lanes a word")
        further = self._walk.along.stride * number
        steps = [step.further(further) for step in self._steps if step.output < count]
        start = self._sums[last_begun(steps)]
        asm.load(start, writer.start)
        self._words.multiply(
            steps, self._sums, self._weights, [word.further(further) for word in staying], start
        )
        constants = self._words.free[: writer.work.constants]
        writer.emit_outputs(self._sums[:count], constants, self._target, number * writer.outputs)

    def _load(self, register: Register, item: Item) -> None:
        assert isinstance(item, Word)
        offset_bytes = self._writer.row_offset_bytes(item.row) + item.number * WORD_BYTES
        self._asm("ldr", register, self._source.at(offset_bytes))
