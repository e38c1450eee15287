"""The larger or smaller of two int8 values, four in a word: by SSUB8 and SEL, or by masks without DSP instructions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from _c_function import CFunction, block, c_function, counted, indented

WORD_BYTES = 4
_TURN_WORDS = 4
"""Words of a turn: loads follow each other, and registers hold all of them."""
_SHORT_TURN_WORDS = 2
"""The same for the eight registers that instructions of 16 bits reach."""
_EACH_BYTE = 0x0101_0101


@dataclass(frozen=True)
class Choice:
    """One of two values: the larger one, or the smaller one."""

    larger: bool

    def word(self, first: str, second: str, *, dsp: bool) -> list[str]:
        """Return lines that replace the word `first` by the choice of each of its bytes and that of `second`."""
        if dsp:
            left, right = ("%0", "%2") if self.larger else ("%2", "%0")
            text = f"ssub8 %1, {left}, {right}\\n\\tsel %0, %0, %2"
            operands = f'"+r"({first}), "=&r"(difference) : "r"({second}) : "cc"'
            return block("", ["uint32_t difference;", f'__asm("{text}" : {operands});'])
        lower = "(a | 0x80808080) - (b & 0x7f7f7f7f)"
        at_least = "(a & ~b) | (~(a ^ b) & lower)"
        kept = "" if self.larger else "~"
        return block(
            "",
            [
                "/* Bit 7 of each byte says a >= b: with the sign bits turned round, the lower seven never borrow. */",
                f"const uint32_t a = {first} ^ 0x80808080, b = {second} ^ 0x80808080;",
                f"const uint32_t lower = {lower};",
                f"const uint32_t bits = ({at_least}) & 0x80808080;",
                f"const uint32_t mask = {kept}((bits << 1) - (bits >> 7));",
                f"{first} = ({first} & mask) | ({second} & ~mask);",
            ],
        )

    @property
    def end(self) -> int:
        """Return the limit that keeps every value of int8."""
        return -128 if self.larger else 127

    def byte(self, first: str, second: str) -> str:
        """Return an expression for the choice of two values."""
        return f"{first} {'>' if self.larger else '<'} {second} ? {first} : {second}"


def pair_of_words(
    choice: Choice, rows: int, length: int, repeats: tuple[bool, bool], *, dsp: bool
) -> CFunction:
    """Return the function of two inputs that meet in rows, of which one may repeat.

    Without DSP instructions all rows have to begin at words.
    """
    words = _Words(dsp, aligned=rows == 1 or length % WORD_BYTES == 0)

    def turn(count: int) -> list[str]:
        first, second = ([f"{name}_{number}" for number in range(count)] for name in ("word", "other"))
        chosen = [line for pair in zip(first, second, strict=True) for line in choice.word(*pair, dsp=dsp)]
        return [
            *words.loads(first, "input_1"),
            *words.loads(second, "input_2"),
            *chosen,
            *words.stores(first),
            *_moved(count * WORD_BYTES, "input_1", "input_2", "output"),
        ]

    rest = length % WORD_BYTES
    body = [
        *words.in_turns(length // WORD_BYTES, turn),
        *(
            f"output[{place}] = {choice.byte(f'input_1[{place}]', f'input_2[{place}]')};"
            for place in range(rest)
        ),
        *(_moved(rest, "input_1", "input_2", "output") if rest else []),
        *(f"input_{place} -= {length};" for place in (1, 2) if repeats[place - 1]),
    ]
    return c_function(
        "extremes",
        f"{'Larger' if choice.larger else 'Smaller'} ones of two values, {rows} rows of {length}",
        ("const int8_t *input_1", "const int8_t *input_2", "int8_t *output"),
        indented(counted("row", rows, body)),
    )


def limited_words(least: int, most: int, size: int) -> CFunction:
    """Return the function of one input that limits `size` values to [least, most], by DSP instructions."""
    words = _Words(dsp=True, aligned=True)
    choices = ((Choice(larger=True), least, "least"), (Choice(larger=False), most, "most"))
    taken = [(choice, value, name) for choice, value, name in choices if value != choice.end]

    def turn(count: int) -> list[str]:
        names = [f"word_{number}" for number in range(count)]
        limited = [
            line
            for name in names
            for choice, _, limit in taken
            for line in choice.word(name, limit, dsp=True)
        ]
        moved = _moved(count * WORD_BYTES, "input", "output")
        return [*words.loads(names, "input"), *limited, *words.stores(names), *moved]

    body = [f"const uint32_t {name} = 0x{value % 256 * _EACH_BYTE:08x};" for _, value, name in taken]
    body += words.in_turns(size // WORD_BYTES, turn)
    for place in range(size % WORD_BYTES):
        body.append(f"int8_t value_{place} = input[{place}];")
        body += [
            f"value_{place} = {choice.byte(f'value_{place}', str(value))};" for choice, value, _ in taken
        ]
        body.append(f"output[{place}] = value_{place};")
    text = f"Values limited to {least} to {most}, {size} of them"
    return c_function("limits", text, ("const int8_t *input", "int8_t *output"), indented(body))


@dataclass(frozen=True)
class _Words:
    """Lines that load and store words."""

    dsp: bool
    aligned: bool
    """True when all words are at multiples of their size."""

    def in_turns(self, words: int, lines_of: Callable[[int], list[str]]) -> list[str]:
        """Return a loop over turns of a few words, and the words behind it."""
        turn = _TURN_WORDS if self.dsp else _SHORT_TURN_WORDS
        turns, rest = divmod(words, turn)
        loop = block("", lines_of(turn)) if turns == 1 else counted("turn", turns, lines_of(turn))
        return [*loop, *(block("", lines_of(rest)) if rest else [])]

    def loads(self, names: Sequence[str], pointer: str) -> list[str]:
        """Return lines that declare words of the values at `pointer`, one after the other."""
        return [
            f"uint32_t {', '.join(names)};",
            *(
                f"__builtin_memcpy(&{name}, {self._place(pointer, number)}, {WORD_BYTES});"
                for number, name in enumerate(names)
            ),
        ]

    def stores(self, names: Sequence[str]) -> list[str]:
        """Return lines that store words."""
        return [
            f"__builtin_memcpy({self._place('output', number)}, &{name}, {WORD_BYTES});"
            for number, name in enumerate(names)
        ]

    def _place(self, pointer: str, number: int) -> str:
        place = f"{pointer} + {WORD_BYTES * number}"
        return f"__builtin_assume_aligned({place}, {WORD_BYTES})" if self.aligned else place


def _moved(count: int, *pointers: str) -> list[str]:
    return [f"{pointer} += {count};" for pointer in pointers]
