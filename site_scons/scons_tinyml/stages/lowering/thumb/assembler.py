"""An assembler of functions: registers by name, wide encodings, aligned loops, known bytes of code and stack.

A function is C with one block of assembly, so that compiler, linker and debugger treat it as any other. Every
instruction is encoded in 32 bits where it can be: on a Cortex-M4 a pair of 16-bit instructions before a load or a
wide instruction costs what it saves, and 32-bit ones were up to 7 % faster. So lengths are known without assembling.
Pairs of loads alone gain from 16 bits, as the loop is shorter: 'ldr.n' is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.lowering.thumb.registers import ARGUMENTS, CALLEE_SAVED, LINK, Register, Registers
from scons_tinyml.stages.lowering.thumb.routine import (
    LABEL,
    Align,
    Item,
    Line,
    LoopEnd,
    Routine,
    comment_text,
    routine,
)

FPU_SLOTS = 16
"""s0 to s15, which a function need not restore (AAPCS32 6.1.2.1)."""
LOOP_BYTES = 900
"""Largest body of a loop that stays in an instruction cache of 1 KiB, with what is around it."""

_FLOATS, _FLOATS_BYTES = "{s16-s31}", 64
"""FPU registers that a function restores (AAPCS32 6.1.2.1)."""

_WIDE_BYTES, _NARROW_BYTES = 4, 2
_NARROW = re.compile(r"it[te]{0,3}|bx|blx|.*\.n")
_WIDE_ONLY = re.compile(
    r"(s|u)?(ml|mm|mu|sat|add16|sub16|add8|sub8|sat16|mlal|mull)[a-z]*|(s|u)xta?b16|(s|u)xta(b|h)|(s|u|q|sh|uh|uq)"
    r"(add|sub)(8|16)|q(d)?(add|sub)|mov(t|w)|(add|sub)w|pkh(bt|tb)|v[a-z]+(\.[a-z0-9]+)*|(ldr|str)d|(s|u)bfx|bf(c|i)"
    r"|sel|clz|rbit|(s|u)div|orn|teq|mla|mls|usad8|usada8|pld"
)


@dataclass(frozen=True)
class Memory:
    """Operand of a load or store."""

    base: Register
    text: str


@dataclass(frozen=True)
class Slot:
    """A place for a value that is seldom needed: an FPU register, or a word of the stack."""

    name: str
    fpu: bool
    index: int


class Assembler:
    """Writes one function. `arguments` are C declarations, 'const int8_t *input'; registers have their names.

    With `fpu` slots are in FPU registers. A function of `floats` has all of these, s0 to s31, for itself.
    """

    def __init__(
        self,
        description: str,
        arguments: Sequence[str],
        *,
        fpu: bool = False,
        floats: bool = False,
        dsp: bool = True,
    ) -> None:
        self.registers = Registers()
        self.dsp = dsp
        """True when the core has the DSP extension, which some arithmetic does without."""
        self._description = comment_text(description)
        self._arguments = tuple(arguments)
        self._fpu = fpu and not floats
        self._floats = floats
        self._items: list[Item] = []
        self._labels: set[str] = set()
        self._expected: set[str] = set()
        self._slots: list[Slot] = []
        self._inner_loops = 0
        self._comment = ""
        names = [re.findall(r"\w+", argument)[-1] for argument in arguments]
        if len(names) > ARGUMENTS:
            raise InternalError(f"a generated function has {len(names)} arguments, at most {ARGUMENTS} fit")
        self.arguments = tuple(self.take(name, number) for number, name in enumerate(names))

    # Registers and slots.

    def take(self, name: str, number: int | None = None) -> Register:
        """Return a free register under `name`. Raises InternalError."""
        register = self.registers.take(name, number)
        real = "lr" if register.number == LINK else f"r{register.number}"
        self._items.append(Line(f"{name} .req {real}"))
        return register

    def take_all(self, *names: str) -> tuple[Register, ...]:
        """Return free registers with ascending numbers, as `ldm` and `stm` need them. Raises InternalError."""
        return tuple(self.take(name) for name in names)

    def release(self, *registers: Register) -> None:
        """Free `registers`."""
        for register in registers:
            self.registers.release(register)
            self._items.append(Line(f".unreq {register}"))

    @contextmanager
    def using(self, *names: str) -> Iterator[tuple[Register, ...]]:
        """Registers for the time of a block."""
        registers = self.take_all(*names)
        yield registers
        self.release(*registers)

    def slot(self, name: str) -> Slot:
        """Return a new place for a value: an FPU register where the core has them, else a word of the stack."""
        in_fpu = sum(slot.fpu for slot in self._slots)
        fpu = self._fpu and in_fpu < FPU_SLOTS
        slot = Slot(name, fpu, in_fpu if fpu else len(self._slots) - in_fpu)
        self._slots.append(slot)
        return slot

    def save(self, slot: Slot, register: Register) -> None:
        """Put `register` into `slot`. Flags stay."""
        self._move(("vmov", f"s{slot.index}", register), ("str", register), slot)

    def load(self, register: Register, slot: Slot) -> None:
        """Set `register` to the value in `slot`. Flags stay."""
        self._move(("vmov", register, f"s{slot.index}"), ("ldr", register), slot)

    def _move(self, fpu: tuple[str | Register, ...], memory: tuple[str | Register, ...], slot: Slot) -> None:
        words = fpu if slot.fpu else (*memory, f"[sp, #{4 * slot.index}]")
        self(str(words[0]), *words[1:])

    # Instructions.

    def __call__(self, mnemonic: str, *operands: Register | Memory | int | str | Sequence[Register]) -> None:
        """Add an instruction: registers, numbers, register lists, `at(...)`, and text such as 'ror #8'.

        It has 32 bits, or 16 where the mnemonic ends with '.n'.
        """
        texts = [self._operand(operand) for operand in operands]
        narrow = _NARROW.fullmatch(mnemonic) is not None
        suffix = "" if narrow or _WIDE_ONLY.fullmatch(mnemonic) else ".w"
        text = f"{mnemonic}{suffix} {', '.join(texts)}".rstrip()
        self._items.append(Line(f"    {text}", _NARROW_BYTES if narrow else _WIDE_BYTES))

    def at(self, base: Register, offset_bytes: int = 0) -> Memory:
        """Return the operand [base, #offset]. Raises InternalError for an offset that no encoding has."""
        if not -255 <= offset_bytes <= 4095:
            raise InternalError(
                f"offset {offset_bytes} of '{base}' fits no encoding, which have -255 to 4095"
            )
        return Memory(base, f"[{base}, #{offset_bytes}]" if offset_bytes else f"[{base}]")

    def after(self, base: Register, step_bytes: int) -> Memory:
        """Return the operand [base], #step: the address is moved after the access."""
        if not -255 <= step_bytes <= 255:
            raise InternalError(f"a step of {step_bytes} bytes fits no encoding, which have -255 to 255")
        return Memory(base, f"[{base}], #{step_bytes}")

    def before(self, base: Register, step_bytes: int) -> Memory:
        """Return the operand [base, #step]!: the address is moved before the access."""
        return Memory(base, self.after(base, step_bytes).text.replace("]", "") + "]!")

    def load_multiple(self, base: Register, registers: Sequence[Register], *, step: bool = True) -> None:
        """Load ascending words into `registers`; `step` moves `base` behind them."""
        self("ldmia", f"{self._operand(base)}{'!' if step else ''}", registers)

    def store_multiple(self, base: Register, registers: Sequence[Register]) -> None:
        """Store `registers` to ascending words, and move `base` behind them."""
        self("stmia", f"{self._operand(base)}!", registers)

    def constant(self, register: Register, value: int) -> None:
        """Set `register` to `value`, a number of 32 bits with or without sign, in one or two instructions."""
        word = value % 2**32
        if is_modified(word):
            self("mov", register, word)
        elif is_modified(word ^ 0xFFFF_FFFF):
            self("mvn", register, word ^ 0xFFFF_FFFF)
        else:
            self("movw", register, word % 2**16)
            if word >> 16:
                self("movt", register, word >> 16)

    def add_constant(self, register: Register, value: int, source: Register | None = None) -> None:
        """Set `register` to `source` (or itself) plus `value`, in as many instructions as it takes. Flags stay."""
        start, rest, sign = source or register, abs(value), "add" if value >= 0 else "sub"
        if rest == 0 and start is not register:
            self("mov", register, start)
        while rest:
            if is_modified(rest):
                part, mnemonic = rest, sign
            elif rest < 2**12:
                part, mnemonic = rest, f"{sign}w"
            else:
                low = rest & -rest
                part, mnemonic = rest & (0xFF * low), sign
            self(mnemonic, register, start, part)
            start, rest = register, rest - part

    # Structure.

    def comment(self, text: str) -> None:
        """Add a line that explains the next instructions, unless the comment before says it already."""
        if text != self._comment:
            self._items.append(Line(f"/* {comment_text(text)} */"))
        self._comment = text

    def label(self, name: str, align: int = 4) -> str:
        """Begin a place to jump to, aligned to `align` bytes; return its operand. Raises InternalError twice."""
        if name in self._labels:
            raise InternalError(f"label '{name}' is there twice")
        self._labels.add(name)
        self._items += [Align(align), Line(f"{LABEL}{name}:")]
        return f"{LABEL}{name}"

    def forward(self, name: str) -> str:
        """Return the operand of a label that is begun later; `finish` sees to it."""
        self._expected.add(name)
        return f"{LABEL}{name}"

    @contextmanager
    def loop(
        self,
        name: str,
        count: int,
        counter: Register | Slot,
        temporary: Register | None = None,
        *,
        align: int = 4,
    ) -> Iterator[None]:
        """Run the block `count` times; a count of 1 adds no instruction.

        A counter in a slot passes through `temporary`, or a register that is free before and after each turn.
        """
        if count == 1:
            yield
            return
        with self._counting(name, counter, temporary) as register:
            self.constant(register, count)
            if isinstance(counter, Slot):
                self.save(counter, register)
        with self.repeat(name, align=align):
            yield
            with self._counting(name, counter, temporary) as register:
                if isinstance(counter, Slot):
                    self.load(register, counter)
                self("subs", register, register, 1)
                if isinstance(counter, Slot):
                    self.save(counter, register)

    @contextmanager
    def repeat(self, name: str, *, align: int = 4) -> Iterator[None]:
        """Run the block again as long as its last instructions leave the flags of another value than zero."""
        start = self.label(name, align)
        first, inner = len(self._items), self._inner_loops
        yield
        self("bne", start)
        self._items.append(LoopEnd(name, first, self._inner_loops == inner))
        self._inner_loops += 1

    @contextmanager
    def _counting(
        self, name: str, counter: Register | Slot, temporary: Register | None
    ) -> Iterator[Register]:
        if isinstance(counter, Register) or temporary is not None:
            yield counter if isinstance(counter, Register) else cast("Register", temporary)
            return
        with self.using(f"{name}_left") as (register,):
            yield register

    def finish(self, prefix: str) -> Routine:
        """Return the function, named `prefix` and a digest of its text. Raises InternalError for a missing label."""
        if missing := self._expected - self._labels:
            raise InternalError(f"label '{min(missing)}' is jumped to, and nowhere")
        self.release(*self.registers.live)
        saved = [number for number in CALLEE_SAVED if number in self.registers.used or number == LINK]
        names = ["lr" if number == LINK else f"r{number}" for number in saved]
        frame = 4 * sum(not slot.fpu for slot in self._slots)
        push = f"push.w {{{', '.join(names)}}}" if len(names) > 1 else "str.w lr, [sp, #-4]!"
        pop = f"pop.w {{{', '.join([*names[:-1], 'pc'])}}}" if len(names) > 1 else "ldr.w pc, [sp], #4"
        head, tail = [push], [pop]
        if self._floats:
            head, tail = [*head, f"vpush {_FLOATS}"], [f"vpop {_FLOATS}", *tail]
        if frame:
            head, tail = [*head, f"sub.w sp, sp, #{frame}"], [f"add.w sp, sp, #{frame}", *tail]
        saved_bytes = 4 * len(saved) + self._floats * _FLOATS_BYTES
        items: list[Item] = [Line(f"    {text}", _WIDE_BYTES) for text in head]
        items += [
            replace(item, start=item.start + len(head)) if isinstance(item, LoopEnd) else item
            for item in self._items
        ]
        items += [Line(f"    {text}", _WIDE_BYTES) for text in tail]
        return routine(self._description, prefix, self._arguments, items, saved_bytes + frame)

    def _operand(self, operand: Register | Memory | int | str | Sequence[Register]) -> str:
        if isinstance(operand, Register):
            self.registers.check(operand)
            return operand.name
        if isinstance(operand, Memory):
            self.registers.check(operand.base)
            return operand.text
        if isinstance(operand, int):
            return f"#{operand}"
        if isinstance(operand, str):
            return operand
        numbers = [register.number for register in operand]
        if numbers != sorted(set(numbers)) or len(numbers) < 2:
            raise InternalError(
                f"registers {', '.join(map(str, operand))} do not ascend, or are fewer than two"
            )
        return f"{{{', '.join(map(self._operand, operand))}}}"


def is_modified(word: int) -> bool:
    """Return True for a number that `mov` and `add` have as an operand: eight bits anywhere, or repeated ones."""
    low, second = word & 0xFF, word >> 8 & 0xFF
    if word in (low, low * 0x0001_0001, low * 0x0101_0101, second * 0x0100_0100):
        return True
    return word < 2**32 and word >> max(word.bit_length() - 8, 0) << max(word.bit_length() - 8, 0) == word
