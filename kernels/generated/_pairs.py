"""Functions of two int8 tensors, value by value: how the inputs meet, and the loop over four values at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from _blocks import LOOP_ALIGNMENT_BYTES
from _bytes import Limits, emit_packed

from scons_tinyml.stages.graph.families.elementwise.broadcast import axes
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator, tensor_data
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import (
    Address,
    ConstantData,
    GeneratedCode,
    Implementation,
    Input,
    Output,
)
from scons_tinyml.stages.lowering.literals import pack
from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import QUAD, emit_last_quad
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

_ARGUMENTS = ("const int8_t *input_1", "const int8_t *input_2", "int8_t *output", "const int32_t *constants")
_TURN = 4
"""Quads of a turn of the loop, about 400 bytes."""
_WORD_BYTES = 4
_VALUES = ("odd_1", "odd_2", "even_1", "even_2", "even", "odd")
"""Words of the inputs, whose odd bytes stay in their registers, and room for the others and for results."""


@dataclass(frozen=True)
class Pairs:
    """Rows of `length` values. An input that repeats has one row, which meets each row of the other."""

    rows: int
    length: int
    repeats: tuple[bool, bool] = (False, False)

    @classmethod
    def of(cls, view: LayerView) -> Pairs | str:
        """Return how the two inputs of a layer of int8 meet, or why no function is generated for them."""
        if known_operator(view).number_type(view) != "int8":
            return "is for int8 activations"
        *outer, inner = axes((view.input(0), view.input(1)), view.output())
        if inner.strides != (1, 1) or len(outer) > 1:
            return "is for inputs of one shape, or of which one has only the last dimensions of the other"
        if not outer:
            return cls(1, inner.length)
        first, second = outer[0].strides
        return cls(outer[0].length, inner.length, (first == 0, second == 0))


class PairArithmetic(ABC):
    """Instructions for the pairs of two words, and the constants that they need."""

    description: ClassVar[str]
    """What the function computes."""
    names: ClassVar[tuple[str, ...]]
    """Registers of the constants."""

    @property
    @abstractmethod
    def constants(self) -> tuple[int, ...]:
        """Words for `names`, with sign."""

    def begin(self, asm: Assembler) -> tuple[Register, ...]:  # noqa: ARG002
        """Return registers behind those of `names` that are set once."""
        return ()

    @abstractmethod
    def emit(
        self,
        asm: Assembler,
        constants: Sequence[Register],
        words: Sequence[Register],
        free: Sequence[Register],
    ) -> tuple[Register, ...]:
        """Return four registers with outputs that are limited to int8, the first one of `free`.

        Words of the inputs may be lost. `free` are four registers that hold nothing.
        """


def pair_function(
    view: LayerView, core: Core, pairs: Pairs, arithmetic: PairArithmetic, limits: Limits
) -> Implementation:
    """Return the function for a layer. Layers that differ in constants and in the number of turns share it."""
    asm = Assembler(arithmetic.description, _ARGUMENTS, fpu="fpu" in core.features)
    routine = _Function(asm, pairs, arithmetic, limits).routine()
    words = (_turns(pairs), *arithmetic.constants)
    # Cycles depend on the number of turns, which follows from the shape.
    constants = ConstantData("constants", "int32_t", pack("int32_t", words), "turns, factors", timed=False)
    return pair_implementation(view, routine.function, routine.code, constants)


def pair_implementation(
    view: LayerView, function: str, code: GeneratedCode, *constants: ConstantData
) -> Implementation:
    """Return a function of two inputs, the output and `constants`, for a layer."""
    inputs = (_address(view, 0), _address(view, 1))
    return Implementation("", function, code, (*inputs, Output(0), *constants), in_place=True)


def _turns(pairs: Pairs) -> int:
    return pairs.length // (_TURN * QUAD)


def _address(view: LayerView, position: int) -> Address:
    tensor = view.input(position)
    return tensor_data(tensor, f"input_{position + 1}") if tensor.is_constant else Input(position)


class _Function:
    """The function under construction."""

    def __init__(self, asm: Assembler, pairs: Pairs, arithmetic: PairArithmetic, limits: Limits) -> None:
        self._asm, self._pairs, self._arithmetic, self._limits = asm, pairs, arithmetic, limits
        *self._pointers, constants = asm.arguments
        self._turns = asm.slot("turns")
        with asm.using("count") as (count,):
            asm("ldr", count, asm.after(constants, _WORD_BYTES))
            asm.save(self._turns, count)
        taken = asm.take_all(*arithmetic.names)
        asm.load_multiple(constants, taken, step=False)
        asm.release(constants)
        self._constants = (*taken, *arithmetic.begin(asm))

    def routine(self) -> Routine:
        """Return the function."""
        asm, rows = self._asm, self._pairs.rows
        if rows == 1:
            self._emit_row()
        else:
            with asm.loop("row", rows, asm.slot("rows")):
                self._emit_row()
        return asm.finish("pairs")

    def _emit_row(self) -> None:
        """Compute a row, and move pointers of inputs that repeat back to its beginning."""
        length = self._pairs.length
        if _turns(self._pairs):
            self._emit_loop(self._turns)
        self._emit_quads(length // QUAD % _TURN)
        self._emit_last(length % QUAD)
        for pointer, repeats in zip(self._pointers, self._pairs.repeats, strict=False):
            if repeats:
                self._asm.add_constant(pointer, -length)

    def _emit_loop(self, turns: Slot) -> None:
        asm = self._asm
        with asm.using("left") as (left,):
            asm.load(left, turns)
            with asm.repeat("values", align=LOOP_ALIGNMENT_BYTES):
                self._emit_quads(_TURN)
                asm("subs", left, left, 1)

    def _emit_quads(self, count: int) -> None:
        """Compute quads, and move the pointers behind them. A load behind a store would take a cycle more."""
        asm = self._asm
        with asm.using(*_VALUES) as (first, second, *free):
            for number in range(count):
                if number == 0:
                    self._emit_loads((first, second), 0)
                output = self._emit_outputs((first, second), free)
                if number + 1 < count:
                    self._emit_loads((first, second), QUAD * (number + 1))
                asm("str", output, asm.at(self._pointers[2], QUAD * number))
        for pointer in self._pointers:
            asm.add_constant(pointer, QUAD * count)

    def _emit_loads(self, words: Sequence[Register], place: int) -> None:
        for word, pointer in zip(words, self._pointers, strict=False):
            self._asm("ldr", word, self._asm.at(pointer, place))

    def _emit_last(self, count: int) -> None:
        """Compute the last `count` values, fewer than a quad."""
        asm = self._asm
        if not count:
            return
        with asm.using(*_VALUES) as (first, second, *free):
            for word, pointer in zip((first, second), self._pointers, strict=False):
                emit_last_quad(asm, pointer, word, free[0], count)
            output = self._emit_outputs((first, second), free)
            if count > 1:
                asm("strh", output, asm.after(self._pointers[2], 2))
                asm("lsr", output, output, 16)
            if count % 2:
                asm("strb", output, asm.after(self._pointers[2], 1))

    def _emit_outputs(self, words: Sequence[Register], free: Sequence[Register]) -> Register:
        """Return the word of four outputs."""
        values = self._arithmetic.emit(self._asm, self._constants, words, free)
        output = emit_packed(self._asm, values)
        others = [register for register in (*words, *free) if register is not output]
        self._limits.emit(self._asm, output, others[:2])
        return output
