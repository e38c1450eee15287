"""The order of instructions for cores that issue two a cycle, such as the Cortex-M7.

Generators write instructions in an order that suits cores that issue one. Here each run of instructions between labels,
jumps and names of registers is put into another order with the same result, so that loads and extensions issue beside
products, and nothing waits for what was just loaded. Rules are those of the timing model `cortex-m7`; where they are
wrong, a function is slower and not wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

_LINE = re.compile(r'^(\s*)"(    .*)\\n"$')
_FLAGS, _LANES, _MEMORY = "flags", "lanes", "memory"
"""What an instruction may read and write beside registers: N, Z, C, V; GE; stored words."""
_OPERAND = re.compile(r"\s*(\[[^\]]*\]!?|\{[^}]*\}|[^,]+)")
_NO_REGISTER = re.compile(r"#.*|(lsl|lsr|asr|ror|rrx)\b.*|\d.*")
_PRODUCTS = re.compile(r"(s|u)(ml|mm|mu)[a-z]+|ml[as]|mul")
_LONG = re.compile(r"[su]m(ul|la)l[a-z]*")
_SUMS = re.compile(r"[su]m(la|mla)(?!l)[a-z]*|sm[ml]ls[a-z]*|ml[as]")
"""Products with an accumulator, the last operand."""
_SIMD = re.compile(
    r"[su](xt|sat|bfx)[a-z0-9]*|pkh(bt|tb)|rev(16|sh)?|clz|rbit|bf[ic]|(s|u|q|uq|sh|uh)(add|sub)(8|16)|sel"
)
_ALU = re.compile(r"(add|sub|rsb|and|orr|eor|bic|orn|mov|mvn|lsl|lsr|asr|ror)(s|w|t)?|cmp|cmn|tst|teq")
_LOADS, _STORES = re.compile(r"ldr(s?[bh])?"), re.compile(r"str[bh]?")
_READS_RESULT = re.compile(r"movt|bfi|bfc|[su]mlal[a-z]*")
_SETS_LANES, _READS_LANES = re.compile(r"[su](add|sub)(8|16)"), re.compile(r"sel")


class Kind(Enum):
    """What decides beside which others an instruction issues."""

    ALU = "alu"
    SIMD = "simd"
    """One a cycle, and only as the first of a pair."""
    PRODUCT = "product"
    """One a cycle, not beside a store."""
    LOAD = "load"
    STORE = "store"


_LATENCY = {
    Kind.ALU: {"value": 1, "factor": 1, "sum": 1, "address": 2, "stored": 1},
    Kind.SIMD: {"value": 1, "factor": 1, "sum": 1, "address": 2, "stored": 1},
    Kind.PRODUCT: {"value": 2, "factor": 2, "sum": 1, "address": 4, "stored": 1},
    Kind.LOAD: {"value": 1, "factor": 2, "sum": 1, "address": 2, "stored": 1},
    Kind.STORE: {"value": 1, "factor": 1, "sum": 1, "address": 2, "stored": 1},
}
"""Cycles from an instruction to one that uses its result, by the use. A store's result is its moved address."""
_SPACINGS = (None, 0, 1, 2, 3)
"""Cycles between loads by one register that are tried: close loads are early, distant ones go beside products."""
_NARROW_LOAD = 1
"""Further cycles of bytes and halfwords."""


@dataclass(frozen=True)
class Instruction:
    """An instruction whose effects are known."""

    text: str
    kind: Kind
    reads: dict[str, str]
    """Registers and others, with their use."""
    writes: frozenset[str]
    narrow: bool = False
    base: str = ""
    """Register of the address of a store, or of a load of words."""
    moves: bool = False
    """True when the access moves its base."""
    offset_bytes: int = 0

    def latency(self, name: str, user: Instruction) -> int:
        """Return the cycles until `user` may use `name`, which this instruction writes."""
        if name in (_FLAGS, _LANES, _MEMORY):
            return 1
        moved = self.moves and name == self.base
        kind = Kind.ALU if moved else self.kind
        return _LATENCY[kind][user.reads[name]] + (_NARROW_LOAD if self.narrow and not moved else 0)

    def beside(self, other: Instruction) -> bool:
        """Return True when this one may issue as the first, and `other` as the second of a pair."""
        kinds = {self.kind, other.kind}
        if other.kind is Kind.SIMD or self.kind is other.kind is Kind.PRODUCT:
            return False
        if kinds == {Kind.PRODUCT, Kind.STORE} or self.kind is other.kind is Kind.STORE:
            return False
        if self.kind is other.kind is Kind.LOAD:
            apart = self.offset_bytes - other.offset_bytes
            same = self.base == other.base != "" and not self.moves
            return same and apart % 8 == 4  # different words of a pair
        return True


def paired(text: str) -> str:
    """Return `text`, C with blocks of assembly by `Assembler`, with its instructions in an order for two a cycle."""
    lines, run = [], _Run()
    for line in text.split("\n"):
        match = _LINE.match(line)
        found = parsed(match[2].strip()) if match else None
        if found is not None:
            run.instructions.append(found)
            run.lines.append(line)
        elif line.strip().startswith("/*") and run.lines:
            run.comments.append(line)
        else:
            lines += [*run.in_order(), line]
            run = _Run()
    return "\n".join([*lines, *run.in_order()])


def parsed(text: str) -> Instruction | None:
    """Return the instruction `text`, None for one that stays where it is: a jump, an access of several words."""
    name, _, rest = text.partition(" ")
    name = name.removesuffix(".w").removesuffix(".n")
    operands = [operand.strip() for operand in _OPERAND.findall(rest)]
    if _LOADS.fullmatch(name) or _STORES.fullmatch(name):
        return _access(text, name, operands)
    if not operands or any(operand[0] in "[{" for operand in operands):
        return None
    registers = [operand for operand in operands if not _NO_REGISTER.fullmatch(operand)]
    if _PRODUCTS.fullmatch(name):
        return _product(text, name, registers)
    if _SIMD.fullmatch(name):
        return _computation(text, name, Kind.SIMD, registers)
    return _computation(text, name, Kind.ALU, registers) if _ALU.fullmatch(name) else None


def _access(text: str, name: str, operands: Sequence[str]) -> Instruction | None:
    value, address, *step = operands
    inside = [part.strip() for part in address.strip("[]!").split(",")]
    registers = [part for part in inside if not _NO_REGISTER.fullmatch(part)]
    base = inside[0]
    if len(registers) > 1 or base in ("pc", "sp") or value in ("pc", "sp"):
        return None
    moves = bool(step) or address.endswith("!")
    offset = inside[1].removeprefix("#") if len(inside) > 1 else "0"
    narrow = name[-1] in "bh"
    moved = {base} if moves else set()
    plain = "" if narrow and not moves else base
    if name.startswith("str"):
        reads = {value: "stored", base: "address"} if value != base else {base: "address"}
        return Instruction(
            text, Kind.STORE, {**reads, _MEMORY: ""}, frozenset({*moved, _MEMORY}), False, base, moves
        )
    if value == base and moves:
        return None
    reads = {base: "address", _MEMORY: ""}
    return Instruction(
        text, Kind.LOAD, reads, frozenset({value, *moved}), narrow, plain, moves, int(offset, 0)
    )


def _product(text: str, name: str, registers: Sequence[str]) -> Instruction:
    results = 2 if _LONG.fullmatch(name) else 1
    reads = dict.fromkeys(registers[results:], "factor")
    if _LONG.fullmatch(name) and _READS_RESULT.fullmatch(name):
        reads |= dict.fromkeys(registers[:2], "sum")
    elif _SUMS.fullmatch(name) and len(registers) == 4 and registers[3] not in registers[1:3]:
        reads[registers[3]] = "sum"
    return Instruction(text, Kind.PRODUCT, reads, frozenset(registers[:results]))


def _computation(text: str, name: str, kind: Kind, registers: Sequence[str]) -> Instruction | None:
    if {"pc", "sp"} & set(registers):
        return None
    compares = name in ("cmp", "cmn", "tst", "teq")
    reads = dict.fromkeys(registers if compares else registers[1:], "value")
    writes = set() if compares else {registers[0]}
    if _READS_RESULT.fullmatch(name):
        reads[registers[0]] = "value"
    if compares or (kind is Kind.ALU and name.endswith("s")):
        writes.add(_FLAGS)
    if _SETS_LANES.fullmatch(name):
        writes.add(_LANES)
    if _READS_LANES.fullmatch(name):
        reads[_LANES] = "value"
    return Instruction(text, kind, reads, frozenset(writes))


@dataclass
class _Run:
    """Instructions that may change places, with their lines; comments between them come first."""

    instructions: list[Instruction] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def in_order(self) -> Iterator[str]:
        """Yield the lines."""
        yield from dict.fromkeys(self.comments)
        yield from (self.lines[number] for number in order(self.instructions))


def order(instructions: Sequence[Instruction]) -> list[int]:
    """Return the numbers of `instructions` in the best order that was found: least cycles of two turns of a loop."""
    if len(instructions) <= 2:
        return list(range(len(instructions)))
    has_products = any(one.kind is Kind.PRODUCT for one in instructions)
    found = [
        _Schedule(instructions, spacing).numbers() for spacing in (_SPACINGS if has_products else (None,))
    ]
    return min(found, key=lambda numbers: cycles([instructions[number] for number in numbers] * 2))


def cycles(instructions: Sequence[Instruction]) -> int:
    """Return the cycles in which a core issues `instructions` in their order."""
    written: dict[str, tuple[int, Instruction]] = {}
    cycle, first = 0, None
    for one in instructions:
        known = {name: written[name] for name in (*one.reads, *one.writes) if name in written}
        waits = [at + by.latency(name, one) for name, (at, by) in known.items() if name in one.reads]
        waits += [at + 1 for name, (at, _) in known.items() if name in one.writes]
        ready = max(waits, default=0)
        if first is not None and ready <= cycle and first.beside(one):
            first = None
        else:
            cycle, first = max(cycle + 1, ready), one
        written |= dict.fromkeys(one.writes, (cycle, one))
    return cycle


class _Schedule:
    """Greedy: of what is ready, the instruction goes first from which the longest chain hangs, then most others.

    With a `spacing` loads by one register keep their order, and as many cycles between them.
    """

    def __init__(self, instructions: Sequence[Instruction], spacing: int | None) -> None:
        self._instructions = instructions
        self._before: list[dict[int, int]] = [{} for _ in instructions]
        """Instructions that come earlier, with the cycles from them."""
        self._connect()
        if spacing is not None:
            self._space_loads(spacing)
        self._behind: list[dict[int, int]] = [{} for _ in instructions]
        """Instructions that come later, with the cycles to them."""
        for number, before in enumerate(self._before):
            for earlier, wait in before.items():
                self._behind[earlier][number] = wait

    def _connect(self) -> None:
        writer: dict[str, int] = {}
        readers: dict[str, list[int]] = {}
        for number, one in enumerate(self._instructions):
            for name in one.reads:
                if name in writer:
                    self._after(number, writer[name], self._instructions[writer[name]].latency(name, one))
                readers.setdefault(name, []).append(number)
            for name in one.writes:
                for reader in readers.pop(name, ()):
                    if reader != number:
                        self._after(number, reader, 0)
                if name in writer and writer[name] != number:
                    self._after(number, writer[name], 1)
                writer[name] = number

    def _space_loads(self, spacing: int) -> None:
        last: dict[str, int] = {}
        for number, one in enumerate(self._instructions):
            if one.kind is Kind.LOAD:
                if one.base in last:
                    self._after(number, last[one.base], spacing)
                last[one.base] = number

    def _after(self, number: int, earlier: int, wait: int) -> None:
        self._before[number][earlier] = max(wait, self._before[number].get(earlier, 0))

    def numbers(self) -> list[int]:
        """Return all numbers in their order."""
        heights = self._heights()
        rank = {
            number: (-heights[number], -len(self._behind[number]), number) for number in range(len(heights))
        }
        missing = [len(before) for before in self._before]
        earliest = [0] * len(missing)
        waiting = {number for number, count in enumerate(missing) if count == 0}
        found: list[int] = []
        cycle = 0
        while waiting:
            ready = sorted((number for number in waiting if earliest[number] <= cycle), key=rank.__getitem__)
            for number in self._pair(ready):
                waiting.remove(number)
                found.append(number)
                for later, wait in self._behind[number].items():
                    missing[later] -= 1
                    earliest[later] = max(earliest[later], cycle + wait)
                    if missing[later] == 0:
                        waiting.add(later)
            cycle += 1
        return found

    def _heights(self) -> list[int]:
        """Return the cycles of the longest chain that hangs from each instruction."""
        heights = [1] * len(self._instructions)
        for number in reversed(range(len(heights))):
            for earlier, wait in self._before[number].items():
                heights[earlier] = max(heights[earlier], heights[number] + wait)
        return heights

    def _pair(self, ready: Sequence[int]) -> list[int]:
        """Return the first of `ready`, and the best that issues beside it, in the order of the pair."""
        if not ready:
            return []
        first = self._instructions[ready[0]]
        for number in ready[1:]:
            if first.beside(self._instructions[number]):
                return [ready[0], number]
            if self._instructions[number].beside(first):
                return [number, ready[0]]
        return [ready[0]]
