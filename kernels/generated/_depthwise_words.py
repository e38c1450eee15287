"""Registers that hold words of a plane, and of weights, while instructions need them; and addresses of far offsets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from _depthwise_taps import Multiply, Word

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Memory
from scons_tinyml.stages.lowering.thumb.registers import Register

_FARTHEST = 4095

Item = Word | int
"""A word of the plane, or the number of a word of weights."""


class Cursor:
    """A pointer with any offsets from where it was: it is moved where an offset fits no encoding."""

    def __init__(self, asm: Assembler, register: Register) -> None:
        self.register = register
        self._asm = asm
        self._moved = 0

    def at(self, offset_bytes: int) -> Memory:
        """Return the operand at `offset_bytes`, 0 or more."""
        distance = offset_bytes - self._moved
        if not 0 <= distance <= _FARTHEST:
            self.move_to(offset_bytes)
            distance = 0
        return self._asm.at(self.register, distance)

    def move_to(self, offset_bytes: int) -> None:
        """Move the pointer itself."""
        self._asm.add_constant(self.register, offset_bytes - self._moved)
        self._moved = offset_bytes

    def restart(self, offset_bytes: int) -> None:
        """Move the pointer to `offset_bytes`, from where offsets count then."""
        self.move_to(offset_bytes)
        self._moved = 0


class WordRegisters:
    """Registers for words of a plane and of weights.

    Loads of words that are needed soon stand side by side, where registers are free.
    """

    def __init__(
        self, asm: Assembler, registers: Sequence[Register], load: Callable[[Register, Item], None]
    ) -> None:
        self.free = list(registers)
        self.held: dict[Item, Register] = {}
        self._asm = asm
        self._load = load

    def preload(self, items: Sequence[Item]) -> None:
        """Load `items`."""
        for item in items:
            self.held[item] = self.free.pop(0)
            self._load(self.held[item], item)

    def multiply(
        self,
        instructions: Sequence[Multiply],
        sums: Sequence[Register],
        weights: Sequence[Register] | None,
        stays: Collection[Item] = (),
        start: Register | None = None,
    ) -> None:
        """Emit `instructions`; None for `weights` loads them too. Items that nothing needs are freed but `stays`.

        `start` is one of the sums, that of `last_begun`: the others begin with it. None if all have begun.
        """
        needs = [(step.word,) if weights is not None else (step.word, step.weights) for step in instructions]
        begun = set(range(len(sums))) if start is None else {sums.index(start)}
        for number, step in enumerate(instructions):
            wanted: tuple[Item, ...] = needs[number]
            upcoming = [item for some in needs[number:] for item in some]
            if any(item not in self.held for item in wanted):
                self._fill(upcoming, wanted)
            total = sums[step.output]
            before = total if step.output in begun or start is None else start
            begun.add(step.output)
            factor = self.held[step.weights] if weights is None else weights[step.weights]
            self._asm(step.mnemonic, total, self.held[step.word], factor, before)
            for item in wanted:
                if item not in upcoming[len(wanted) :] and item not in stays:
                    self.free.append(self.held.pop(item))

    def _fill(self, upcoming: Sequence[Item], wanted: Sequence[Item]) -> None:
        """Load the items that come first, as far as registers are free, and `wanted` in any case."""
        for item in dict.fromkeys(upcoming):
            if item in self.held:
                continue
            if not self.free:
                if item not in wanted:
                    return
                last = max((held for held in self.held if held not in wanted), key=_use(upcoming))
                self.free.append(self.held.pop(last))
            self.preload([item])

    def restore(self, wanted: dict[Item, Register]) -> None:
        """Move held items into the registers that they have in `wanted`, which has the same items."""
        everything = [*self.free, *self.held.values()]
        temporary = next(register for register in everything if register not in wanted.values())
        pending = {
            self.held[item]: target for item, target in wanted.items() if self.held[item] is not target
        }
        while pending:
            source = next((register for register in pending if pending[register] not in pending), None)
            if source is None:
                source = next(iter(pending))
                self._asm("mov", temporary, source)
                pending[temporary] = pending.pop(source)
            else:
                self._asm("mov", pending[source], source)
                del pending[source]
        self.held = dict(wanted)
        self.free = [register for register in everything if register not in wanted.values()]

    def advance(self, words: int) -> None:
        """Count the words of the plane from `words` further on."""
        self.held = {
            Word(item.row, item.number - words) if isinstance(item, Word) else item: register
            for item, register in self.held.items()
        }


def last_begun(instructions: Sequence[Multiply]) -> int:
    """Return the output whose first instruction comes last."""
    return list(dict.fromkeys(step.output for step in instructions))[-1]


def _use(upcoming: Sequence[Item]) -> Callable[[Item], int]:
    return lambda item: upcoming.index(item) if item in upcoming else len(upcoming)
