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
_MOST_RUNS = 4
_LOOP_CYCLES = 7
"""Of a turn of a loop: two pointers, a counter in a slot, a branch."""
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
        # Start and constants are loaded beside the weights and the pointer to them.
        if free < needed or len(packing.words) + 1 + work.constants > FOR_WORDS - 1:
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
        """Return the function whose loops have the best size."""
        runs, blocks = self.work.walk.across.output, self._blocks
        sizes = [_Turn(blocks=size) for size in range(1, min(blocks, _LARGEST_TURN) + 1)]
        if blocks <= _LARGEST_TURN:
            sizes += [_Turn(blocks, count) for count in range(2, _MOST_RUNS + 1) if runs % count == 0]
        found = [(size, _Held(self, size, fpu=fpu).routine()) for size in sizes]
        fitting = [item for item in found if max(item[1].loops.values(), default=0) <= LOOP_BYTES]
        return min(fitting or found[:1], key=lambda item: self._cost(*item))[1]

    @property
    def _blocks(self) -> int:
        """Whole blocks of a run."""
        return self.work.walk.along.output // self.outputs

    def _cost(self, turn: _Turn, routine: Routine) -> int:
        """Return the cycles of an output channel, but for what all sizes of turns have."""
        walk, block = self.work.walk, self.block_instructions
        turns, rest = divmod(self._blocks, turn.blocks)
        in_loop = turn.blocks * block
        if "outputs" in routine.loops:
            in_loop = routine.loops["outputs"] // INSTRUCTION_BYTES
        loop_bytes = (
            INSTRUCTION_BYTES * (in_loop + (rest + walk.along.output % self.outputs) * block) * turn.runs
        )
        again = 0
        if loop_bytes > LOOP_BYTES:
            again = walk.across.output // turn.runs * _reading(loop_bytes)
        elif routine.code_bytes > _CACHE_BYTES:
            again = _reading(routine.code_bytes) // (walk.planes * self.work.multiplier)
        run = turns * in_loop + rest * block
        return walk.across.output * run + walk.across.output // turn.runs * _LOOP_CYCLES + again


@dataclass(frozen=True)
class _Turn:
    """Outputs that a turn of a loop computes."""

    blocks: int
    """Of the loop along a run."""
    runs: int = 1
    """Of the loop over runs: more than one only where a turn has all blocks of a run."""


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
    """Writes the function."""

    def __init__(self, schedule: HeldSchedule, turn: _Turn, *, fpu: bool) -> None:
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
        with self.loop_of_runs(free[0], self.turn.runs):
            _Runs(self, (plane, output), weights, sums, free).emit()
        asm.release(plane, output, *weights, *sums, *free)


class _Runs:
    """One or more runs: turns of whole blocks, blocks that are left, and an odd output."""

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
        self._run_number = 0
        self._steps = multiplies(writer.walk, writer.packing, writer.outputs)

    def emit(self) -> None:
        """Compute the runs, and move both pointers to the next."""
        turn = self._writer.turn
        turns = self._walk.along.output // self._writer.outputs // turn.blocks
        if turns > 1:
            self._run(0, turns)
            self._restart(1, -turns * turn.blocks)
        else:
            for run in range(turn.runs):
                self._run(run, 0)
            self._restart(turn.runs, 0)

    def _run(self, run: int, turns: int) -> None:
        """Compute run `run`, counted from where the pointers are."""
        walk, words, turn = self._walk, self._words, self._writer.turn
        blocks, odd = divmod(walk.along.output, self._writer.outputs)
        staying = self._writer.staying
        self._run_number = run
        words.preload([word.further(-walk.along.stride) for word in staying])
        if turns:
            begin = dict(words.held)
            self._source.move_to(0)
            with self._asm.loop(
                "outputs", turns, self._writer.turns, words.free[0], align=LOOP_ALIGNMENT_BYTES
            ):
                for number in range(turn.blocks):
                    self._block(number, self._writer.outputs, staying)
                words.advance(walk.along.stride * turn.blocks)
                words.restore(begin)
                self._restart(0, turn.blocks)
        rest = blocks - turns * turn.blocks
        for number in range(rest):
            is_last = number == rest - 1 and not odd
            self._block(number, self._writer.outputs, () if is_last else staying)
        if odd:
            self._block(rest, odd, ())

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
        walk = self._walk
        offset_bytes = (
            self._run_number * walk.across.output_pitch_bytes
            + number * writer.outputs * walk.along.output_pitch_bytes
        )
        writer.emit_outputs(self._sums[:count], constants, self._target, offset_bytes)

    def _load(self, register: Register, item: Item) -> None:
        assert isinstance(item, Word)
        run_bytes = self._run_number * self._writer.run_step_bytes
        offset_bytes = run_bytes + self._writer.row_offset_bytes(item.row) + item.number * WORD_BYTES
        self._asm("ldr", register, self._source.at(offset_bytes))
