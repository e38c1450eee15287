"""Where code is cut into pieces, and how the addresses in a piece follow from the registers at its start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.instruction import CONSTANT, PC, SP, Instruction, Kind
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
        """One cycle whatever happens: that an IT may skip it is ignored."""
        pipe = self.cost.scoreboard
        at_once = pipe is None or pipe.result == 1 or pipe.hoists
        one_cycle = self.cost.rule is Rule.FIXED and self.cost.cycles == 1
        return one_cycle and at_once and self.instruction.memory is None


@dataclass(frozen=True)
class Operand:
    """`base` + (`index` << shift) + `offset`, or for by_operands the values of two registers.

    Registers have the values of the start of the piece, or, where `late`, those of its end. None is 0.
    """

    timed: Timed
    base: int | None
    index: int | None
    shift: int
    offset: int
    first: bool
    base_late: bool = False
    index_late: bool = False


class _Registers:
    """What is known of registers: by how much they differ from one at the start of the piece, or from a constant."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[int, int]] = {number: (number, 0) for number in range(16)}

    def after(self, timed: Timed) -> dict[int, int | None]:
        """Take over what an instruction does. What it adds to registers that it writes, None if that is unknown."""
        instruction = timed.instruction
        results: dict[int, tuple[int, int]] = {}
        added: dict[int, int | None] = {n: None for n in range(16) if instruction.writes >> n & 1}
        if not timed.conditional:
            if instruction.sum is not None:
                to, source, constant = instruction.sum
                if source == CONSTANT:
                    results[to] = (CONSTANT, constant)
                elif source in self.known:
                    origin, delta = self.known[source]
                    results[to] = (origin, delta + constant)
                if to == source:
                    added[to] = constant
            if instruction.base_update and instruction.memory:
                base = instruction.memory.base
                added[base] = instruction.base_update
                if base in self.known:
                    origin, delta = self.known[base]
                    results[base] = (origin, delta + instruction.base_update)
        for register in added:
            self.known.pop(register, None)
        self.known.update(results)
        return added


@dataclass
class _Open:
    """An operand whose registers are not all known from the start: those may still be there at the end."""

    timed: Timed
    first: bool
    # per register that is needed: what was added to it since (late), or what it is (early)
    early: dict[int, tuple[int, int]]
    late: dict[int, int]

    def after(self, added: dict[int, int | None]) -> bool:
        """Follow the late registers over an instruction; False when one of them is lost."""
        for register, constant in added.items():
            if register in self.late:
                if constant is None:
                    return False
                self.late[register] += constant
        return True

    def _part(self, register: int | None) -> tuple[int | None, int, bool]:
        """Register, offset, whether its value is that of the end."""
        if register is None or register == PC:
            return None, 0, False
        if register in self.late:
            return register, -self.late[register], True
        origin, delta = self.early[register]
        return None if origin == CONSTANT else origin, delta, False

    def operand(self) -> Operand:
        """The operand, when the piece is complete."""
        if self.timed.by_operands:
            (base, offset, base_late), (index, _, index_late) = (
                self._part(number) for number in self.timed.instruction.operands
            )
            return Operand(self.timed, base, index, 0, offset, self.first, base_late, index_late)
        memory = self.timed.instruction.memory
        assert memory is not None
        base, offset, base_late = self._part(memory.base)
        index, more, index_late = self._part(memory.index)
        offset += memory.offset + (more << memory.shift)
        return Operand(self.timed, base, index, memory.shift, offset, self.first, base_late, index_late)


def _needed(timed: Timed) -> set[int]:
    """Registers that decide the cycles of an instruction."""
    if timed.by_operands:
        return set(timed.instruction.operands)
    memory = timed.instruction.memory
    assert memory is not None
    return {number for number in (memory.base, memory.index) if number is not None and number != PC}


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
    while True:
        pieces = _cut(block, at)
        if isinstance(pieces, list):
            return pieces
        at |= {pieces}


def _cut(block: Sequence[Timed], at: frozenset[int]) -> list[PieceOfCode] | int:
    """The pieces, or an address at which a further cut is needed."""
    pieces: list[PieceOfCode] = []
    current: list[Timed] = []
    operands: list[_Open] = []
    registers = _Registers()
    alone_until = 0
    for timed in block:
        address = timed.instruction.address
        uncertain = timed.conditional and not timed.plain
        if current and (
            address in at or address <= alone_until or uncertain or len(operands) >= _MOST_OPERANDS
        ):
            pieces.append(PieceOfCode(tuple(current), tuple(entry.operand() for entry in operands)))
            current, operands, registers = [], [], _Registers()
        if timed.addressed or timed.by_operands:
            early = {
                number: registers.known[number] for number in _needed(timed) if number in registers.known
            }
            late = {number: 0 for number in _needed(timed) if number not in registers.known}
            entry = _Open(timed, not current, early, late)
            if timed.by_operands and not _usable(entry):
                return address
            operands.append(entry)
        current.append(timed)
        added = registers.after(timed)
        lost = next((entry for entry in operands if not entry.after(added)), None)
        if lost is not None:
            return lost.timed.instruction.address
        if uncertain:
            # It may be skipped without a word: what follows in the block begins anew.
            alone_until = address + timed.instruction.size_bytes + timed.it_bytes
    if current:
        pieces.append(PieceOfCode(tuple(current), tuple(entry.operand() for entry in operands)))
    return pieces


def _usable(entry: _Open) -> bool:
    """The second of two operands must be a register as it is, both of the start of the piece."""
    second = entry.timed.instruction.operands[1]
    return not entry.late and entry.early[second][0] != CONSTANT and entry.early[second][1] == 0
