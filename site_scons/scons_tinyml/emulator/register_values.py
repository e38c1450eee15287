"""Values of registers and memory words inside a trace of code, in terms of those at its start.

A pointer that a trace loads (a spilled one, an argument, a literal) is read from memory before the trace
runs. Or it is the register that the trace has stored there. Both need that no store in between may have
written the same place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scons_tinyml.emulator.instruction import CONSTANT, PC, Instruction, Kind, MemoryOperand

_WORD_BYTES = 4
_STORES = {Kind.STORE, Kind.STORE_DOUBLE, Kind.STORE_MULTIPLE}


@dataclass(frozen=True)
class Value:
    """Register `origin` at the start of the trace, or 0 for CONSTANT, + `delta`.

    With `slot`: the word of memory at `origin` + `slot` at the start of the trace, + `delta`.
    """

    origin: int
    delta: int = 0
    slot: int | None = None

    def plus(self, constant: int) -> Value:
        """Return this value plus `constant`."""
        return replace(self, delta=self.delta + constant)


@dataclass
class _Memory:
    """Stores of the trace. Places are (origin, delta) of their address."""

    written: list[tuple[int, int, int]] = field(default_factory=list)  # origin, delta, bytes
    anywhere: bool = False  # a store had an unknown address
    words: dict[tuple[int, int], Value] = field(default_factory=dict)

    def store(self, place: tuple[int, int] | None, size_bytes: int, value: Value | None) -> None:
        """Apply a store of `size_bytes` at `place`, which is None if unknown."""
        if place is None:
            self.anywhere = True
            self.words.clear()
            return
        self.words = {
            word: held for word, held in self.words.items() if not _may_overlap(word, (*place, size_bytes))
        }
        self.written.append((*place, size_bytes))
        if value is not None:
            self.words[place] = value

    def load(self, place: tuple[int, int] | None) -> Value | None:
        """Return the word at `place`, or None if unknown."""
        if place is None:
            return None
        if place in self.words:
            return self.words[place]
        if self.anywhere or any(_may_overlap(place, store) for store in self.written):
            return None
        return Value(place[0], 0, place[1])


def _may_overlap(word: tuple[int, int], store: tuple[int, int, int]) -> bool:
    """Return whether a store may write a part of a word: two registers may hold any two addresses."""
    origin, delta, size_bytes = store
    return word[0] != origin or (word[1] < delta + size_bytes and delta < word[1] + _WORD_BYTES)


class RegisterValues:
    """Registers and memory while a trace is followed instruction by instruction."""

    def __init__(self) -> None:
        self.known = {number: Value(number) for number in range(16)}
        self._memory = _Memory()

    def after(self, instruction: Instruction, *, conditional: bool) -> dict[int, int | None]:
        """Apply `instruction`. Return the addend to each register that it writes, None if unknown."""
        added: dict[int, int | None] = {n: None for n in range(16) if instruction.writes >> n & 1}
        results = {} if conditional else self._results(instruction, added)
        if instruction.kind in _STORES and instruction.memory:
            self._store(instruction, instruction.memory, conditional)
        for register in added:
            self.known.pop(register, None)
        self.known.update(results)
        return added

    def _results(self, instruction: Instruction, added: dict[int, int | None]) -> dict[int, Value]:
        """Return the register values that are known afterwards. Put constant addends into `added`."""
        results: dict[int, Value] = {}
        if instruction.sum is not None:
            to, source, constant = instruction.sum
            value = Value(CONSTANT) if source == CONSTANT else self.known.get(source)
            if value is not None:
                results[to] = value.plus(constant)
            if to == source:
                added[to] = constant
        memory = instruction.memory
        if memory and (loaded := _loaded_register(instruction, memory)) is not None:
            value = self._memory.load(self._place(memory))
            if value is not None:
                results[loaded] = value
        if memory and instruction.base_update:
            added[memory.base] = instruction.base_update
            if memory.base in self.known:
                results[memory.base] = self.known[memory.base].plus(instruction.base_update)
        return results

    def _store(self, instruction: Instruction, memory: MemoryOperand, conditional: bool) -> None:
        source = _stored_register(instruction, memory)
        known = source is not None and not conditional
        value = self.known.get(source) if known and source is not None else None
        self._memory.store(self._place(memory), memory.width_bytes * instruction.registers, value)

    def _place(self, memory: MemoryOperand) -> tuple[int, int] | None:
        """Return the address of a memory operand, or None if it is unknown without reading memory."""
        if memory.base == PC:
            base: Value | None = Value(CONSTANT)
        else:
            base = self.known.get(memory.base)
        if memory.index is not None or base is None or base.slot is not None:
            return None
        return base.origin, base.delta + memory.offset


def _loaded_register(instruction: Instruction, memory: MemoryOperand) -> int | None:
    """Return the register that a load of one word writes, or None."""
    written = instruction.writes & ~(1 << memory.base if instruction.base_update else 0)
    one_word = instruction.kind is Kind.LOAD and (memory.width_bytes, instruction.registers) == (
        _WORD_BYTES,
        1,
    )
    return written.bit_length() - 1 if one_word and written.bit_count() == 1 else None


def _stored_register(instruction: Instruction, memory: MemoryOperand) -> int | None:
    """Return the register that a store of one word reads, or None.

    None stands for a store that may not happen (STREX), or one of another unit.
    """
    written = instruction.writes & ~(1 << memory.base if instruction.base_update else 0)
    one_word = instruction.kind is Kind.STORE and (memory.width_bytes, instruction.registers) == (
        _WORD_BYTES,
        1,
    )
    if not one_word or written or instruction.fp_reads or memory.index is not None:
        return None
    source = instruction.reads & ~(1 << memory.base) or instruction.reads
    return source.bit_length() - 1
