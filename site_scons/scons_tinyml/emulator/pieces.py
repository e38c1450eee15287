"""Where code is cut into pieces, and how the addresses in a piece follow from the registers at its start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from scons_tinyml.emulator.instruction import PC, SP, Instruction, Kind
from scons_tinyml.emulator.timing.interface import Cost, Rule

_BY_OPERANDS = {Rule.DIVIDE, Rule.LONG_MULTIPLY}
#: A piece may have at most this many operands (see native/layout.py).
_MOST_OPERANDS = 500


@dataclass(frozen=True)
class Timed:
    """An instruction with its cost, and whether an IT decides if it is executed."""

    instruction: Instruction
    cost: Cost
    conditional: bool
    it_bytes: int  # of the IT block that follow it
    addressed: bool  # the address of its memory operand decides the cycles

    @property
    def by_operands(self) -> bool:
        """The values of its operands decide the cycles."""
        return self.cost.rule in _BY_OPERANDS

    @property
    def plain(self) -> bool:
        """One cycle whatever happens: it does not matter whether an IT skips it."""
        return self.cost.rule is Rule.FIXED and self.cost.cycles == 1 and self.instruction.memory is None


@dataclass(frozen=True)
class Operand:
    """`base` + (`index` << shift) + `offset` of registers at the start of a piece; for by_operands the two values."""

    timed: Timed
    base: int | None
    index: int | None
    shift: int
    offset: int
    first: bool


@dataclass
class _Registers:
    """What is known of registers: register at the start of the piece and what was added to it."""

    known: dict[int, tuple[int, int]] = field(default_factory=lambda: {n: (n, 0) for n in range(16)})

    def after(self, timed: Timed) -> None:
        """Take over what an instruction does."""
        instruction = timed.instruction
        results: dict[int, tuple[int, int]] = {}
        if not timed.conditional:
            if instruction.sum is not None and instruction.sum[1] in self.known:
                to, source, added = instruction.sum
                origin, delta = self.known[source]
                results[to] = (origin, delta + added)
            if instruction.base_update and instruction.memory and instruction.memory.base in self.known:
                origin, delta = self.known[instruction.memory.base]
                results[instruction.memory.base] = (origin, delta + instruction.base_update)
        for register in range(16):
            if instruction.writes >> register & 1:
                self.known.pop(register, None)
        self.known.update(results)

    def operand(self, timed: Timed, first: bool) -> Operand | None:
        """Operand of an instruction in terms of the start of the piece; None when they are not enough."""
        instruction = timed.instruction
        if timed.by_operands:
            one, other = (self.known.get(number) for number in instruction.operands)
            if one is None or other is None or other[1]:
                return None
            return Operand(timed, one[0], other[0], 0, one[1], first)
        memory = instruction.memory
        assert memory is not None
        base = (None, 0) if memory.base == PC else self.known.get(memory.base)
        index = (None, 0) if memory.index is None else self.known.get(memory.index)
        if base is None or index is None:
            return None
        offset = memory.offset + base[1] + (index[1] << memory.shift)
        return Operand(timed, base[0], index[0], memory.shift, offset, first)


@dataclass(frozen=True)
class PieceOfCode:
    """Instructions that are always executed one after the other, with the operands that decide their cycles."""

    instructions: tuple[Timed, ...]
    operands: tuple[Operand, ...]

    @property
    def start(self) -> int:
        """Address of the first instruction."""
        return self.instructions[0].instruction.address

    @property
    def end(self) -> int:
        """First address after it."""
        last = self.instructions[-1].instruction
        return last.address + last.size_bytes


def timed_block(
    instructions: Sequence[Instruction], cost: Callable[[Instruction], Cost], every_access: bool
) -> list[Timed]:
    """Instructions of a block with what decides their cycles."""
    result = []
    for instruction, (conditional, it_bytes) in zip(instructions, _it_blocks(instructions), strict=True):
        memory, price = instruction.memory, cost(instruction)
        loads = instruction.kind not in {Kind.STORE, Kind.STORE_DOUBLE, Kind.STORE_MULTIPLE}
        # The stack is RAM, and the write buffer hides stores: without slow RAM neither address changes anything.
        addressed = memory is not None and (every_access or (loads and memory.base != SP))
        result.append(Timed(instruction, price, conditional, it_bytes, addressed))
    return result


def _it_blocks(instructions: Sequence[Instruction]) -> Iterator[tuple[bool, int]]:
    """Per instruction whether an IT governs it, and the bytes of the IT block that follow it."""
    end = 0
    for number, instruction in enumerate(instructions):
        conditional = instruction.address < end
        if instruction.kind is Kind.IT:
            inside = instructions[number + 1 : number + 1 + instruction.it_count]
            end = inside[-1].address + inside[-1].size_bytes if inside else 0
        after = instruction.address + instruction.size_bytes
        yield conditional, max(end - after, 0)


def cut(block: Sequence[Timed], at: frozenset[int]) -> list[PieceOfCode]:
    """A block as pieces, cut at the addresses of `at` and wherever an address would not be known."""
    pieces: list[PieceOfCode] = []
    current: list[Timed] = []
    operands: list[Operand] = []
    registers = _Registers()

    def close() -> None:
        nonlocal registers
        if current:
            pieces.append(PieceOfCode(tuple(current), tuple(operands)))
            current.clear()
            operands.clear()
        registers = _Registers()

    alone_until = 0
    for timed in block:
        address = timed.instruction.address
        if address in at or address <= alone_until or len(operands) >= _MOST_OPERANDS:
            close()
        if timed.conditional and not timed.plain and current:
            close()
        if timed.addressed or timed.by_operands:
            operand = registers.operand(timed, first=not current)
            if operand is None:
                close()
                operand = registers.operand(timed, first=True)
            assert operand is not None
            operands.append(operand)
        current.append(timed)
        registers.after(timed)
        if timed.conditional and not timed.plain:
            # It may be skipped without a word: what follows in the block begins anew.
            alone_until = address + timed.instruction.size_bytes + timed.it_bytes
    close()
    return pieces
