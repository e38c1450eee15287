"""Blocks of assembly for Armv6-M, inside of C functions: instructions of 16 bits, and arithmetic on r0 to r7 alone.

What is around a block is left to the compiler. A block gets up to four values in r0 to r3, may change them, and keeps
all other registers. Registers from r8 on hold values that are moved or added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Memory
from scons_tinyml.stages.lowering.thumb.registers import ARGUMENTS, Register
from scons_tinyml.stages.lowering.thumb.routine import LABEL, Item, Line, in_string, laid_out

_BYTES = 2
_LARGEST = 255
"""Constant of MOVS, ADDS, SUBS and CMP."""
_FURTHEST_BYTES = 240
"""Body of a loop that a conditional branch jumps over, with what may align it."""
_REACH_BYTES = 1900
"""Of a jump, which has 2 KiB, with what may align loops inside."""
_LARGEST_OFFSET_BYTES = 124
_SYNTAX = ".syntax unified"
"""For Armv6-M the compiler has another one for assembly in C; it returns to its own behind a block."""
_HEAD = ("push {r4-r7}", "mov r4, r8", "mov r5, r9", "mov r6, r10", "mov r7, r11", "push {r4-r7}")
_TAIL = ("pop {r4-r7}", "mov r8, r4", "mov r9, r5", "mov r10, r6", "mov r11, r7", "pop {r4-r7}")
_SAVED_BYTES = 32
_CLOBBERED = ("r12", "lr", "cc", "memory")


@dataclass(frozen=True)
class Block:
    """Assembly inside of a function in C."""

    lines: tuple[str, ...]
    """A compound statement."""
    code_bytes: int
    stack_bytes: int


class NarrowAssembler(Assembler):
    """Writes one block. `values` are C declarations, 'const int8_t *input'. Arithmetic changes flags, moves do not."""

    def __init__(self, values: Sequence[str]) -> None:
        super().__init__("", values, dsp=False)
        self._values = tuple(values)
        self._islands: list[int] = []

    def __call__(self, mnemonic: str, *operands: Register | Memory | int | str | Sequence[Register]) -> None:
        """Add an instruction, which has 16 bits. The assembler of the toolchain refuses any that Armv6-M lacks."""
        texts = [self._operand(operand) for operand in operands]
        self._items.append(Line(f"    {mnemonic} {', '.join(texts)}".rstrip(), _BYTES))

    def at(self, base: Register, offset_bytes: int = 0) -> Memory:
        """Return the operand [base, #offset] of a load of a word. Raises InternalError for one that is too far."""
        if not 0 <= offset_bytes <= _LARGEST_OFFSET_BYTES:
            raise InternalError(f"offset {offset_bytes} of '{base}' fits no encoding, which have 0 to 124")
        return super().at(base, offset_bytes)

    def indexed(self, base: Register, index: Register) -> Memory:
        """Return the operand [base, index]."""
        self.registers.check(index)
        return Memory(base, f"[{base}, {index}]")

    def load_words(self, base: Register, registers: Sequence[Register]) -> None:
        """Load ascending words into one register or more, and move `base` behind them."""
        names = ", ".join(self._operand(register) for register in registers)
        self("ldmia", f"{self._operand(base)}!", f"{{{names}}}")

    def constant(self, register: Register, value: int) -> None:
        """Set `register`, one of r0 to r7, to `value`, in as many instructions as it takes."""
        word, negative = value % 2**32, -value % 2**32
        if word > _LARGEST and negative <= _LARGEST:
            self("movs", register, negative)
            self("rsbs", register, register, 0)
            return
        zeros = 0 if word <= _LARGEST else (word & -word).bit_length() - 1
        parts = list((word >> zeros).to_bytes(4, "big"))
        while len(parts) > 1 and parts[0] == 0:
            parts.pop(0)
        self("movs", register, parts[0])
        shift = 0
        for part in parts[1:]:
            shift += 8
            if part:
                self("lsls", register, register, shift)
                self("adds", register, part)
                shift = 0
        if shift + zeros:
            self("lsls", register, register, shift + zeros)

    def add_constant(self, register: Register, value: int, source: Register | None = None) -> None:
        """Add `value` to `register`, one of r0 to r7. Raises InternalError for one that takes more than four steps."""
        if source is not None:
            raise InternalError("without instructions of 32 bits a sum with a constant has no other source")
        rest, mnemonic = abs(value), "adds" if value >= 0 else "subs"
        if rest > 4 * _LARGEST:
            raise InternalError(f"{value} takes too many additions to '{register}'")
        while rest:
            part = min(rest, _LARGEST)
            self(mnemonic, register, part)
            rest -= part

    def add_any(self, register: Register, value: int, spare: Register) -> None:
        """Add any `value` to `register`; `spare` is one of r0 to r7 that may be changed."""
        if abs(value) <= 2 * _LARGEST and register.is_low:
            self.add_constant(register, value)
        elif value:
            self.constant(spare, value)
            self("add", register, spare)

    @contextmanager
    def repeat(self, name: str, *, align: int = 4) -> Iterator[None]:
        """Run the block again as long as its last instructions leave the flags of another value than zero.

        A body of more than 1.9 KiB needs an `island` at least that often.
        """
        start = self.label(name, align)
        first = len(self._items)
        yield
        if self._bytes(first, len(self._items)) <= _FURTHEST_BYTES:
            self("bne", start)
            return
        self("beq", self.forward(f"after_{name}"))
        self("b", self._on_the_way(name, start, first))
        self.label(f"after_{name}", _BYTES)

    def island(self) -> None:
        """Allow a jump here that others go through, as they reach 2 KiB. It takes nothing where none is needed."""
        self._islands.append(len(self._items))

    def _bytes(self, first: int, end: int) -> int:
        """Return the bytes of items `first` up to `end`."""
        return sum(item.size_bytes for item in self._items[first:end] if isinstance(item, Line))

    def _on_the_way(self, name: str, start: str, first: int) -> str:
        """Return the label to jump to at the end of a loop that began with the item `first`, or raise InternalError."""
        target, place, number = start, first, 0
        while self._bytes(place, len(self._items)) > _REACH_BYTES:
            within = [at for at in self._islands if at > place and self._bytes(place, at) <= _REACH_BYTES]
            if not within:
                raise InternalError(f"the loop '{name}' is longer than a jump, and has no island")
            place, number = max(within), number + 1
            target = self._insert_island(f"{name}_{number}", target, place)
        return target

    def _insert_island(self, name: str, target: str, place: int) -> str:
        """Insert a jump to `target` before the item `place`, around which others go. Return its label."""
        later, self._items = self._items[place:], self._items[:place]
        self("b", self.forward(f"over_{name}"))
        label = self.label(f"island_{name}", _BYTES)
        self("b", target)
        self.label(f"over_{name}", _BYTES)
        added = len(self._items) - place
        self._items += later
        self._islands = [at + added if at > place else at for at in self._islands if at != place]
        return label

    def unless(self, condition: str, name: str, emit: Callable[[], None]) -> None:
        """Run what `emit` adds unless the flags say `condition`; it has less than 250 bytes."""
        self(f"b{condition}", self.forward(name))
        emit()
        self.label(name, _BYTES)

    def block(self, given: Sequence[str], prefix: str) -> Block:
        """Return the block, which gets the C expressions `given` as its values. Labels begin with `prefix`."""
        if missing := self._expected - self._labels:
            raise InternalError(f"label '{min(missing)}' is jumped to, and nowhere")
        self.release(*self.registers.live)
        frame = 4 * len(self._slots)
        head = [*_HEAD, *([f"sub sp, #{frame}"] if frame else [])]
        tail = [*([f"add sp, #{frame}"] if frame else []), *_TAIL]
        items: list[Item] = [Line(_SYNTAX), *(Line(f"    {text}", _BYTES) for text in head)]
        items += [*self._items, *(Line(f"    {text}", _BYTES) for text in tail)]
        texts, offsets = laid_out(items)
        lines = [in_string(text.replace(LABEL, f".L{prefix}_%=_")) for text in texts]
        return Block(tuple(self._statement(given, lines)), offsets[-1], _SAVED_BYTES + frame)

    def _statement(self, given: Sequence[str], lines: Sequence[str]) -> Iterator[str]:
        yield "{"
        names = []
        for number, (declared, value) in enumerate(zip(self._values, given, strict=True)):
            names.append(f"block_{self.arguments[number]}")
            kind = declared.removesuffix(str(self.arguments[number]))
            yield f'    register {kind}{names[-1]} __asm("r{number}") = {value};'
        yield "    __asm volatile("
        yield from lines
        changed = ", ".join(f'"+r"({name})' for name in names)
        free = [f"r{number}" for number in range(len(names), ARGUMENTS)]
        clobbered = ", ".join(f'"{name}"' for name in (*free, *_CLOBBERED))
        yield f"        : {changed} : : {clobbered}"
        yield "    );"
        yield "}"
