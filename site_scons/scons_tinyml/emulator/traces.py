"""Cutting of code into traces, and addresses in a trace in terms of the registers at its start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.instruction import CONSTANT, PC, SP, Instruction, Kind
from scons_tinyml.emulator.register_values import RegisterValues, Value
from scons_tinyml.emulator.timing.interface import Cost, Rule

_BY_OPERANDS = {
    Rule.DIVIDE,
    Rule.DIVIDE_BY_LENGTH,
    Rule.LONG_MULTIPLY,
    Rule.LONG_MULTIPLY_ACCUMULATE,
}
#: Limit of operands of a trace (see native/layout.py).
_MOST_OPERANDS = 500


@dataclass(frozen=True)
class Timed:
    """Instruction with its cost. `conditional`: an IT decides if it is executed."""

    instruction: Instruction
    cost: Cost
    conditional: bool
    it_bytes: int  # bytes of the IT block that follow it
    addressed: bool  # the address of its memory operand decides the cycles

    @property
    def by_operands(self) -> bool:
        """True when the values of its operands decide the cycles."""
        return self.cost.rule in _BY_OPERANDS

    @property
    def one_cycle(self) -> bool:
        """True when it takes one cycle in every case: a skip by an IT is ignored."""
        pipe = self.cost.scoreboard
        at_once = pipe is None or pipe.result == 1 or pipe.hoists
        takes_one = self.cost.rule is Rule.FIXED and self.cost.cycles == 1
        return takes_one and at_once and self.instruction.memory is None


@dataclass(frozen=True)
class Part:
    """Register at the start of the trace, or at its end if `late`. With `slot`: the word in memory there."""

    register: int | None = None
    late: bool = False
    slot: int | None = None


@dataclass(frozen=True)
class Operand:
    """Address `base` + (`index` << shift) + `offset`, or for by_operands the values of two registers.

    A register of None is 0.
    """

    timed: Timed
    base: Part
    index: Part
    shift: int
    offset: int


@dataclass
class _Open:
    """Operand whose registers are not all known from the start: the others may still be there at the end."""

    timed: Timed
    # per needed register: its value (early), or the constant added to it since (late)
    early: dict[int, Value]
    late: dict[int, int]

    def after(self, added: dict[int, int | None]) -> bool:
        """Follow the late registers over an instruction. Return False when one of them is lost."""
        for register, constant in added.items():
            if register in self.late:
                if constant is None:
                    return False
                self.late[register] += constant
        return True

    def _part(self, register: int | None) -> tuple[Part, int]:
        """Return the source of a register, and the constant to add to it."""
        if register is None or register == PC:
            return Part(), 0
        if register in self.late:
            return Part(register, late=True), -self.late[register]
        value = self.early[register]
        return Part(None if value.origin == CONSTANT else value.origin, slot=value.slot), value.delta

    def operand(self) -> Operand:
        """Return the operand, when the trace is complete."""
        if self.timed.by_operands:
            (base, offset), (index, _) = (self._part(number) for number in self.timed.instruction.operands)
            return Operand(self.timed, base, index, 0, offset)
        memory = self.timed.instruction.memory
        assert memory is not None
        base, offset = self._part(memory.base)
        index, more = self._part(memory.index)
        offset += memory.offset + (more << memory.shift)
        return Operand(self.timed, base, index, memory.shift, offset)


def _needed(timed: Timed) -> set[int]:
    """Return the registers that decide the cycles of an instruction."""
    if timed.by_operands:
        return set(timed.instruction.operands)
    memory = timed.instruction.memory
    assert memory is not None
    return {number for number in (memory.base, memory.index) if number is not None and number != PC}


@dataclass(frozen=True)
class Trace:
    """Instructions that are always executed in sequence, with the operands that decide their cycles."""

    instructions: tuple[Timed, ...]
    operands: tuple[Operand, ...]

    @property
    def start(self) -> int:
        """Address of the first instruction."""
        return self.instructions[0].instruction.address

    @property
    def end(self) -> int:
        """First address after the trace."""
        last = self.instructions[-1].instruction
        return last.address + last.size_bytes


def timed_block(
    instructions: Sequence[Instruction], cost: Callable[[Instruction], Cost], every_access: bool
) -> list[Timed]:
    """Return the instructions of a block with their costs.

    `every_access`: the addresses of stores and stack accesses matter too.
    """
    result = []
    for instruction, (conditional, it_bytes) in zip(instructions, _it_blocks(instructions), strict=True):
        memory, price = instruction.memory, cost(instruction)
        loads = instruction.kind not in {Kind.STORE, Kind.STORE_DOUBLE, Kind.STORE_MULTIPLE}
        # The stack is RAM, and the write buffer hides stores: without slow RAM, neither address matters.
        addressed = memory is not None and (every_access or (loads and memory.base != SP))
        result.append(Timed(instruction, price, conditional, it_bytes, addressed))
    return result


def _it_blocks(instructions: Sequence[Instruction]) -> Iterator[tuple[bool, int]]:
    """Yield per instruction whether an IT governs it, and the bytes of the IT block that follow it."""
    end = 0
    for number, instruction in enumerate(instructions):
        conditional = instruction.address < end
        if instruction.kind is Kind.IT:
            inside = instructions[number + 1 : number + 1 + instruction.it_count]
            end = inside[-1].address + inside[-1].size_bytes if inside else 0
        after = instruction.address + instruction.size_bytes
        yield conditional, max(end - after, 0)


def cut(block: Sequence[Timed], at: frozenset[int]) -> list[Trace]:
    """Return a block as traces, cut at the addresses of `at` and wherever an address would be unknown."""
    while True:
        traces = _cut(block, at)
        if isinstance(traces, list):
            return traces
        at |= {traces}


def _cut(block: Sequence[Timed], at: frozenset[int]) -> list[Trace] | int:
    """Return the traces, or an address at which a further cut is needed."""
    traces: list[Trace] = []
    current: list[Timed] = []
    operands: list[_Open] = []
    values = RegisterValues()
    alone_until = 0
    for timed in block:
        address = timed.instruction.address
        uncertain = timed.conditional and not timed.one_cycle
        if current and (
            address in at or address <= alone_until or uncertain or len(operands) >= _MOST_OPERANDS
        ):
            traces.append(Trace(tuple(current), tuple(entry.operand() for entry in operands)))
            current, operands, values = [], [], RegisterValues()
        if timed.addressed or timed.by_operands:
            needed = _needed(timed)
            early = {number: values.known[number] for number in needed if number in values.known}
            late = {number: 0 for number in needed if number not in values.known}
            entry = _Open(timed, early, late)
            if timed.by_operands and not _usable(entry):
                return address
            operands.append(entry)
        current.append(timed)
        added = values.after(timed.instruction, conditional=timed.conditional)
        lost = next((entry for entry in operands if not entry.after(added)), None)
        if lost is not None:
            return lost.timed.instruction.address
        if uncertain:
            # It may be skipped without notice: the rest of the block begins anew.
            alone_until = address + timed.instruction.size_bytes + timed.it_bytes
    if current:
        traces.append(Trace(tuple(current), tuple(entry.operand() for entry in operands)))
    return traces


def _usable(entry: _Open) -> bool:
    """Return whether the second operand is a register as it is, and both are of the start of the trace."""
    second = entry.timed.instruction.operands[1]
    return not entry.late and entry.early[second] == Value(second)
